import { ExactNumber, type JsonObject } from '../json/value.ts';
import type { RecordAccount } from './account.ts';
import { kindOf } from './misfits.ts';

/** What a record refers to by name or id, as text; anything but text and numbers is a finding. */
export function referenceId(record: JsonObject, member: string, account: RecordAccount): string | undefined {
  const value = record[member] ?? null;
  if (value === null) return undefined;
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  if (value instanceof ExactNumber) return value.text;
  account.reject('wrong-type', `/${member}`, `${member} must be text or a number, not ${kindOf(value)}`);
  return undefined;
}
