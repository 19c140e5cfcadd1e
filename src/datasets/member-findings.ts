import type { z } from 'zod';
import { ExactNumber, isJsonObject, type JsonObject, type JsonValue, NonFinite } from '../json/value.ts';
import type { RejectCode } from '../reject.ts';
import type { Column } from '../schema/table.ts';
import type { RecordAccount } from './account.ts';
import { expectation } from './column-schema.ts';
import type { Picked } from './picked.ts';

/** Turns what zod found into a finding that names the member and the rule, never the value. */
export function reportIssue(
  issue: z.core.$ZodIssue,
  name: string,
  declared: Column,
  picked: Picked,
  account: RecordAccount,
): void {
  const code = codeOf(issue);
  const pointer = picked.pointerOf(name);
  const member = pointer.slice(pointer.lastIndexOf('/') + 1);
  const isExplained = issue.code === 'custom' && issue.message !== '' && issue.message !== 'Invalid input';
  const rule = isExplained ? `: ${issue.message}` : ` ${ruleOf(code, declared, picked.known[name])}`;
  account.reject(code, pointer, `${member}${rule}`);
}

function ruleOf(code: RejectCode, declared: Column, value: JsonValue | bigint | undefined): string {
  if (code === 'number-out-of-range') return 'is larger than the column can hold';
  return `must be ${expectation(declared)}${code === 'wrong-type' ? `, not ${kindOf(value)}` : ''}`;
}

function codeOf(issue: z.core.$ZodIssue): RejectCode {
  switch (issue.code) {
    case 'too_big':
    case 'too_small':
      return 'out-of-range';
    case 'invalid_value':
      return 'not-one-of';
    case 'custom':
      return (issue.params?.['code'] as RejectCode | undefined) ?? 'wrong-type';
    case 'invalid_union':
      return (
        issue.errors
          .flat()
          .map(codeOf)
          .find((code) => code !== 'wrong-type') ?? 'wrong-type'
      );
    default:
      return 'wrong-type';
  }
}

/** The record as an object; anything else is a finding. `what` names the record: "an event". */
export function objectOf(value: JsonValue, what: string, account: RecordAccount): JsonObject | undefined {
  if (isJsonObject(value)) return value;
  account.reject('wrong-shape', '', `${what} must be an object, not ${kindOf(value)}`);
  return undefined;
}

export function kindOf(value: JsonValue | bigint | undefined): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (
    value instanceof ExactNumber ||
    value instanceof NonFinite ||
    typeof value === 'number' ||
    typeof value === 'bigint'
  ) {
    return 'a number';
  }
  if (isJsonObject(value)) return 'an object';
  return typeof value === 'string' ? 'text' : 'true or false';
}
