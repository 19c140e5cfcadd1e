import { wordsOf } from './names.ts';
import type { ColumnDraft } from './records.ts';
import { isSensitiveName } from './sensitive.ts';
import { scalarText } from './yaml-text.ts';

const ENOUGH_ROWS = 20;
const MOST_VALUES = 12;
const LEAST_TIMES = 2;
const LONGEST = 40;

/** Names of members that say which kind a thing is of: their values are nobody's name. */
const KINDS =
  /^(?:status|state|type|kind|category|level|role|priority|mode|method|unit|currency|severity|stage|phase|size|format|visibility|frequency|interval|difficulty|channel|day|month|weekday|color|colour|language|locale)$/;
/** Such members name rows, or people. */
const NAMES_OF_ROWS = /^(?:id|ids|uuid|guid|key|slug|ref)$/;
/** Constants as programs write them; a capital may begin a name. */
const CONSTANT = /^(?:[a-z\d][a-z\d_ -]*|[A-Z\d][A-Z\d_-]*)$/;

/** The few values of a column that says a kind, as a declaration lists them; never of what may be secret or personal. */
export function enumOf({ stats, source, isJson }: ColumnDraft): string | undefined {
  if (source.of !== 'member' || isJson || !stats.isAll('text') || stats.present < ENOUGH_ROWS) return undefined;
  if (stats.isSensitive || stats.longest > LONGEST || source.way.some(isSensitiveName)) return undefined;
  const { few } = stats.distinct;
  if (few === undefined || few.size < 2 || few.size > MOST_VALUES) return undefined;
  // The first sign of each says that it is a text.
  const values = [...few.keys()].map((value) => value.slice(1)).toSorted();
  const last = wordsOf(source.way.at(-1) ?? '').at(-1) ?? '';
  if (NAMES_OF_ROWS.test(last)) return undefined;
  const isKind = KINDS.test(last);
  if (!values.every((value) => value !== '' && (isKind || CONSTANT.test(value)))) return undefined;
  if ([...few.values()].some((times) => times < LEAST_TIMES)) return undefined;
  return `enum: [${values.map(scalarText).join(', ')}]`;
}
