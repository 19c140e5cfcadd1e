import { jsonbHolds } from '../json/canonical.ts';
import { joinPointer } from '../json/pointer.ts';
import { ExactNumber, isJsonObject, type JsonValue, NonFinite } from '../json/value.ts';
import type { RecordAccount } from './account.ts';

/** What is wrong with a number inside of a JSON column. */
export const TOO_LARGE_FOR_JSON = 'no JSON column can hold a number of this size';

/** What a JSON column cannot hold as it is. */
export interface JsonDoubts {
  /** Each NaN and Infinity, which become strings. */
  readonly repairs: 'non-finite-as-text'[];
  /** Pointers of numbers that jsonb cannot hold. */
  readonly tooLarge: string[];
}

export function inspectJson(value: JsonValue): JsonDoubts {
  const doubts: JsonDoubts = { repairs: [], tooLarge: [] };
  inspect(value, '', doubts);
  return doubts;
}

function inspect(value: JsonValue | undefined, pointer: string, doubts: JsonDoubts): void {
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof NonFinite) doubts.repairs.push('non-finite-as-text');
  else if (value instanceof ExactNumber) {
    if (!jsonbHolds(value.text)) doubts.tooLarge.push(pointer);
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) inspect(item, joinPointer(pointer, index), doubts);
  } else if (isJsonObject(value)) {
    for (const member of Object.keys(value)) inspect(value[member], joinPointer(pointer, member), doubts);
  }
}

/** The same into the account of a record that keeps the value at `pointer`. */
export function accountForJson(value: JsonValue, pointer: string, account: RecordAccount): void {
  const { repairs, tooLarge } = inspectJson(value);
  for (const repair of repairs) account.repair(repair);
  for (const place of tooLarge) account.reject('number-out-of-range', pointer + place, TOO_LARGE_FOR_JSON);
}
