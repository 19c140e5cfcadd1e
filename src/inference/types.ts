import { tellingNames, wordsOf } from './names.ts';
import type { ColumnDraft } from './records.ts';
import type { Spelled } from './spelled.ts';
import type { ValueStats } from './values.ts';

/** What a column is declared as, by its values. */
export interface ProposedType {
  readonly type: string;
  readonly epoch?: 's' | 'ms';
  /** The numbers are texts of digits. */
  readonly isText?: true;
  /** Times without a zone, of how many. */
  readonly naive?: number;
  /** A type that nearly all values have, and how many have not. */
  readonly misfits?: { readonly type: string; readonly count: number };
  /** What the texts mean if somebody says so. `isLikely`: there are several of them, or their name says it too. */
  readonly spelled?: Spelled & { readonly isLikely: boolean };
}

/** Values that must differ before their form alone says what they are. */
const FEW_VALUES = 3;

const MONEY =
  /^(?:price|prices|amount|total|subtotal|cost|costs|balance|sum|fee|fees|tax|salary|budget|revenue|cash|payment|credit|debit|wage|rent|deposit|paid)$/;
const TIME =
  /^(?:at|on|time|date|timestamp|ts|created|updated|modified|expires|expiry|since|until|last|first|ms|start|end|begin|seen|login|sync)$/;
const DATE = /^\${1,2}date$/;
const ID = /^(?:id|ids|uuid|guid)$/;
const MOST_DIGITS = 1000;
const DIGITS_OF_A_DOUBLE = 15;

/** Forms that a few wrong values may hide. */
const NEARLY = ['uuid', 'timestamp', 'date'] as const;

const JSON_TYPE: ProposedType = { type: 'json' };

export function typeOf({ stats, isJson, source }: ColumnDraft): ProposedType {
  if (source.of === 'position') return { type: 'integer' };
  if (source.of === 'capture') return { type: 'text' };
  const words = source.of === 'member' ? wordsOf(tellingNames(source.way).at(-1) ?? '') : [];
  // A text among objects would be one in quotes.
  if (isJson && stats.counts.text > 0 && stats.isFinite) return { type: 'literal' };
  if (isJson || stats.present === 0) return JSON_TYPE;
  if (stats.isAll('boolean')) return { type: 'boolean' };
  // A wrapper says more than a name: {"$date": …} of MongoDB, {"$$date": …} of NeDB.
  const isTime =
    (source.of === 'member' && source.way.some((name) => DATE.test(name))) || words.some((word) => TIME.test(word));
  if (stats.isAll('text')) return textType(stats, words, isTime);
  if (stats.isAll('number')) return numberType(stats, words, isTime);
  return stats.isFinite ? { type: 'literal' } : JSON_TYPE;
}

function textType(stats: ValueStats, words: readonly string[], isTime: boolean): ProposedType {
  const { naive } = stats;
  const areMany = stats.distinct.count >= FEW_VALUES;
  if (stats.isForm('uuid') && (areMany || words.some((word) => ID.test(word)))) return { type: 'uuid' };
  if (stats.isForm('timestamp') && (areMany || isTime)) return { type: 'timestamp', ...(naive > 0 && { naive }) };
  if (stats.isForm('date') && (areMany || isTime)) return { type: 'date' };
  const { spelled } = stats;
  const isTelling = isTime || words.some((word) => MONEY.test(word));
  if (spelled !== undefined) return { type: 'text', spelled: { ...spelled, isLikely: areMany || isTelling } };
  const nearly = NEARLY.find((form) => stats.misfitsOf(form) > 0);
  return nearly === undefined
    ? { type: 'text' }
    : { type: 'text', misfits: { type: nearly, count: stats.misfitsOf(nearly) } };
}

function numberType(stats: ValueStats, words: readonly string[], isTime: boolean): ProposedType {
  const { isWhole, isExact, whole, fraction } = stats;
  // JSON keeps what is no number.
  if (!stats.isFinite) return JSON_TYPE;
  if (isWhole && isExact) {
    const epoch = isTime ? [...stats.epochs][0] : undefined;
    if (epoch !== undefined) return { type: 'timestamp', epoch };
    // Who writes 1.0 will write 1.5; ids that are written so are whole all the same.
    const isWritten = stats.hasPoint && whole <= DIGITS_OF_A_DOUBLE && !words.some((word) => ID.test(word));
    if (!isWritten) return { type: 'integer' };
  }
  const isMoney = words.some((word) => MONEY.test(word)) && fraction <= 2 && whole <= 13;
  if (isMoney) return { type: 'decimal(15,2)' };
  if (isExact) return { type: 'real' };
  return whole + fraction > MOST_DIGITS ? JSON_TYPE : { type: `decimal(${whole + fraction},${fraction})` };
}
