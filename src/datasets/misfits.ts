import { ExactNumber, isJsonObject, type JsonObject, type JsonValue, NonFinite } from '../json/value.ts';
import type { RejectCode } from '../reject.ts';
import type { Column } from '../schema/table.ts';
import { counted } from '../system/quantities.ts';
import type { RecordAccount } from './account.ts';
import { Refused } from './read-value.ts';

/** `words` go on behind the name of the member: "must be text". */
export function refuse(code: RejectCode, words: string): Refused {
  return new Refused(code, (member) => `${member} ${words}`);
}

export function wrongType(declared: Column, value: JsonValue): Refused {
  return refuse('wrong-type', `must be ${expectation(declared)}, not ${kindOf(value)}`);
}

/** What the column wants, in words: "a number from 0 to 100". */
export function expectation(declared: Column): string {
  switch (declared.type) {
    case 'text':
    case 'uuid':
      if (declared.oneOf) return `one of ${declared.oneOf.join(', ')}`;
      return declared.max === undefined ? 'text' : `text of at most ${counted(declared.max, 'character')}`;
    case 'integer':
      return `a whole number${range(declared)}`;
    case 'real':
      return `a number${range(declared)}`;
    case 'boolean':
      return 'true or false';
    case 'timestamp':
      return 'a time such as 2025-01-31T12:00:00Z';
    case 'bytes':
      return 'bytes in base64';
    case 'date':
      return 'a date such as 2025-01-31';
    case 'time':
      return 'a time of day such as 12:00:00';
    case 'decimal':
      return `a number${range(declared)} of at most ${counted(declared.precision ?? 0, 'digit')}, ${declared.scale ?? 0} of them behind the point`;
    default:
      return 'a value';
  }
}

function range({ min, most }: Column): string {
  if (min !== undefined && most !== undefined) return ` from ${min} to ${most}`;
  if (min !== undefined) return ` of at least ${min}`;
  return most === undefined ? '' : ` of at most ${most}`;
}

/** The record as an object; anything else is a finding. `what` names the record: "an event". */
export function objectOf(value: JsonValue, what: string, account: RecordAccount): JsonObject | undefined {
  if (isJsonObject(value)) return value;
  account.reject('wrong-shape', '', `${what} must be an object, not ${kindOf(value)}`);
  return undefined;
}

export function kindOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number' || value instanceof ExactNumber || value instanceof NonFinite) return 'a number';
  if (isJsonObject(value)) return 'an object';
  return typeof value === 'string' ? 'text' : 'true or false';
}
