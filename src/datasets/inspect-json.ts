import { jsonbHolds } from '../json/canonical.ts';
import { joinPointer } from '../json/pointer.ts';
import { ExactNumber, isJsonObject, type JsonValue, NonFinite } from '../json/value.ts';
import type { RecordAccount } from './account.ts';

/** Checks what a JSON column shall hold: NaN and Infinity become strings, counted; numbers that jsonb cannot hold reject. */
export function inspectJson(value: JsonValue, pointer: string, account: RecordAccount): void {
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof NonFinite) account.repair('non-finite-as-text');
  else if (value instanceof ExactNumber) {
    if (!jsonbHolds(value.text))
      account.reject('number-out-of-range', pointer, 'no JSON column can hold a number of this size');
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      if (typeof item === 'object') inspectJson(item, joinPointer(pointer, index), account);
    }
  } else if (isJsonObject(value)) {
    for (const member of Object.keys(value)) {
      const item = value[member];
      if (typeof item === 'object') inspectJson(item, joinPointer(pointer, member), account);
    }
  }
}
