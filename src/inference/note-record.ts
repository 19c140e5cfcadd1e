import { readFaithfully } from '../json/parse.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import { holdsNumberTexts } from './names.ts';
import type { PathStep } from './places.ts';
import type { ChildDraft, ColumnDraft, RecordDraft } from './records.ts';

/** A number that is spelled in one way only, and that a double holds. */
const WHOLE = /^(?:0|[1-9]\d{0,14})$/;

/** Names in the path of a file or in a map, by the columns that they fill. */
type Said = readonly (readonly [ColumnDraft, string])[];

/** Notes the values of a record, with those of the elements in it. `around`: the names that the record around it has. */
export function addRecord(
  draft: RecordDraft,
  value: JsonValue,
  captures: readonly string[],
  position: number,
  around: Said = [],
): void {
  draft.rows++;
  const own: (readonly [ColumnDraft, string])[] = [];
  let captured = 0;
  for (const column of draft.columns) {
    const { source, stats } = column;
    if (source.of === 'capture') {
      const name = captures[captured++] ?? '';
      stats.add(name);
      if (WHOLE.test(name)) column.numbers?.add(Number(name));
      else column.numbers = undefined;
      own.push([column, name]);
    } else if (source.of === 'position') stats.add(position);
    else {
      const found = source.of === 'value' ? value : valueAt(value, source.way);
      if (found !== undefined)
        stats.add(source.of === 'member' && holdsNumberTexts(source.way) ? numberIn(found) : found);
      if (own.length + around.length > 0 && (typeof found === 'string' || typeof found === 'number'))
        noteEchoes(draft, [...own, ...around], column, String(found));
    }
  }
  for (const child of draft.children) addElements(child, value, child.steps, [], own);
}

/** A text in a wrapper of numbers is the number, where a column of numbers reads it. */
function numberIn(value: JsonValue): JsonValue {
  return typeof value === 'string' && NUMBER.test(value) ? (readFaithfully(value) ?? value) : value;
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

function noteEchoes(draft: RecordDraft, said: Said, column: ColumnDraft, text: string): void {
  for (const [capture, name] of said) {
    if (name !== text) continue;
    const known = draft.echoes.get(capture) ?? new Map<ColumnDraft, number>();
    draft.echoes.set(capture, known);
    known.set(column, (known.get(column) ?? 0) + 1);
  }
}

/** The member at the end of the way. */
export function valueAt(value: JsonValue, way: readonly string[]): JsonValue | undefined {
  let found: JsonValue | undefined = value;
  for (const name of way) {
    if (!isJsonObject(found) || !Object.hasOwn(found, name)) return undefined;
    found = found[name];
  }
  return found;
}

function addElements(
  child: ChildDraft,
  value: JsonValue,
  [step, ...steps]: readonly PathStep[],
  captures: readonly string[],
  around: Said,
  position = 0,
): void {
  if (step === undefined) addRecord(child, value, captures, position, around);
  else if (step.to === 'member') {
    const inner = valueAt(value, [step.name]) ?? null;
    if (inner !== null) addElements(child, inner, steps, captures, around, position);
  } else if (step.to === 'elements' && Array.isArray(value)) {
    for (const [index, element] of value.entries()) addElements(child, element, steps, captures, around, index);
  } else if (step.to === 'names' && isJsonObject(value)) {
    for (const [index, name] of Object.keys(value).entries())
      addElements(child, value[name] ?? null, steps, [...captures, name], around, index);
  }
}
