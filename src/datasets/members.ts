import { z } from 'zod';
import { canonicalJson } from '../json/canonical.ts';
import { joinPointer } from '../json/pointer.ts';
import { ExactNumber, isJsonObject, type JsonObject, type JsonValue, NonFinite } from '../json/value.ts';
import type { RejectCode } from '../reject.ts';
import { type Column, column, type Table, type Value } from '../schema/table.ts';
import type { RecordAccount } from './account.ts';
import { columnSchema, expectation } from './column-schema.ts';
import type { MappingContext } from './dataset.ts';
import { inspectJson } from './inspect-json.ts';
import { emptyObject, type Picked } from './picked.ts';
import { repaired, resolveSpecial } from './repairs.ts';

/** Which member fills a column. The key of a `MemberSpecs` entry is the column, and its reference spelling. */
export interface MemberSpec {
  /** Other spellings, found in the wild. */
  readonly from?: readonly string[];
  /** A record without it is rejected. */
  readonly required?: true;
  /** Where the column's own schema does not say enough. */
  readonly schema?: z.ZodType;
}

export type MemberSpecs = Readonly<Record<string, MemberSpec>>;

/** The members of one object after validation: column values, and what no column holds. */
export interface Members {
  readonly values: Readonly<Record<string, Value | undefined>>;
  readonly extra: JsonObject | undefined;
}

/** Where the members of an object go, by pointer below `prefix`: `table.column`. */
export function destinations(table: Table, specs: MemberSpecs, prefix = ''): [string, string][] {
  return Object.entries(specs).flatMap(([name, spec]) =>
    [name, ...(spec.from ?? [])].map((member): [string, string] => [
      joinPointer(prefix, member),
      `${table.name}.${name}`,
    ]),
  );
}

export type MemberReader = (object: JsonObject, pointer: string, account: RecordAccount) => Members | undefined;

/** Compiles a reader of objects whose members fill columns of a table. Members without a column go to `extra`. */
export function compileMembers(table: Table, specs: MemberSpecs, context: MappingContext): MemberReader {
  const columnOf = new Map<string, string>();
  for (const [name, spec] of Object.entries(specs)) {
    for (const spelling of [name, ...(spec.from ?? [])]) columnOf.set(spelling, name);
  }
  const required = Object.keys(specs).filter((name) => specs[name]?.required);
  const isJson = (name: string): boolean => column(table, name).type === 'json';
  const jsonColumns = Object.keys(specs).filter(isJson);
  let ambiguous = 0;
  const readTime: MappingContext['readTime'] = (text) => {
    const result = context.readTime(text);
    if ('ok' in result && result.ambiguous) ambiguous++;
    return result;
  };
  const schema = z.object(
    Object.fromEntries(
      Object.entries(specs).map(([name, spec]) => [
        name,
        (spec.schema ?? columnSchema(column(table, name), { ...context, readTime })).optional(),
      ]),
    ),
  );

  return (object, pointer, account) => {
    const picked = pick(object, columnOf, pointer, account);
    for (const name of required) {
      if (picked.known[name] === undefined) account.reject('missing-member', pointer, `the member ${name} is missing`);
    }
    for (const name of Object.keys(picked.known)) {
      const value = picked.known[name];
      if (typeof value === 'object' && !isJson(name))
        resolveSpecial(picked, name, column(table, name), account, context);
    }
    ambiguous = 0;
    const values = validate(schema, table, picked, account);
    for (; ambiguous > 0; ambiguous--) account.repair('ambiguous-local-time');
    if (values === undefined || account.rejected) return undefined;
    for (const name of jsonColumns) {
      const value = picked.known[name];
      if (value === undefined || typeof value === 'bigint') continue;
      inspectJson(value, picked.pointerOf(name), account);
      values[name] = canonicalJson(value);
    }
    if (picked.extra) inspectJson(picked.extra, pointer, account);
    return account.rejected ? undefined : { values, extra: picked.extra };
  };
}

function pick(
  object: JsonObject,
  columnOf: ReadonlyMap<string, string>,
  pointer: string,
  account: RecordAccount,
): Picked {
  const known: Record<string, JsonValue | undefined> = {};
  const spelling = new Map<string, string>();
  let extra: JsonObject | undefined;
  for (const member of Object.keys(object)) {
    const value = object[member];
    if (value === null || value === undefined) continue;
    const name = columnOf.get(member);
    if (name !== undefined && (name === member || ((object[name] ?? null) === null && known[name] === undefined))) {
      known[name] = value;
      if (name !== member) spelling.set(name, member);
    } else {
      extra ??= emptyObject();
      extra[member] = value;
      account.leaveUnmapped(joinPointer(pointer, member));
    }
  }
  return { known, extra, pointerOf: (name) => joinPointer(pointer, spelling.get(name) ?? name) };
}

function validate(
  schema: z.ZodType<Record<string, unknown>>,
  table: Table,
  picked: Picked,
  account: RecordAccount,
): Record<string, Value | undefined> | undefined {
  let result = schema.safeParse(picked.known);
  if (!result.success) {
    const failing = new Set(result.error.issues.map((issue) => String(issue.path[0])));
    const changes = [...failing].filter((name) => repaired(picked, name, column(table, name), account));
    if (changes.length > 0) result = schema.safeParse(picked.known);
  }
  // The schema of a column yields what the column stores.
  if (result.success) return result.data as Record<string, Value | undefined>;
  for (const issue of result.error.issues) {
    const name = String(issue.path[0]);
    reportIssue(issue, name, column(table, name), picked, account);
  }
  return undefined;
}

function reportIssue(
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
