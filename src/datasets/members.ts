import { z } from 'zod';
import { canonicalJson } from '../json/canonical.ts';
import { joinPointer } from '../json/pointer.ts';
import { ExactNumber, isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import { keyHash } from '../key-hash.ts';
import { type Column, column, type Table, type Value } from '../schema/table.ts';
import type { RecordAccount } from './account.ts';
import { columnSchema, identifierSchema } from './column-schema.ts';
import type { MappingContext } from './dataset.ts';
import { inspectJson } from './inspect-json.ts';
import { reportIssue } from './member-findings.ts';
import { emptyObject, type Picked } from './picked.ts';
import { PLAIN_KEY_MEMBERS } from './plain-keys.ts';
import { repaired, resolveSpecial } from './repairs.ts';

/** Which member fills a column. The key of a `MemberSpecs` entry is the column, and always a spelling of the member. */
export interface MemberSpec {
  /** Other spellings, found in the wild. `timing/total` is the member `total` of the object `timing`. */
  readonly from?: readonly string[];
  /** The spelling of the reference layout, which `export` writes. Default: the column's name. */
  readonly as?: string;
  /** A record without it is rejected. */
  readonly required?: true;
  /** Where the column's own schema does not say enough. */
  readonly schema?: z.ZodType;
  /** An id that some applications write as text and others as a number; which of the two the reference layout has. */
  readonly identifier?: 'text' | 'number';
  /** The reference layout writes 0 and 1 in place of false and true. */
  readonly asNumber?: true;
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
    spellings(name, spec).map((member): [string, string] => [`${prefix}/${member}`, `${table.name}.${name}`]),
  );
}

/** Every way to write the member of a column. */
export function spellings(name: string, spec: MemberSpec): readonly string[] {
  return [...new Set([name, ...(spec.as === undefined ? [] : [spec.as]), ...(spec.from ?? [])])];
}

export type MemberReader = (object: JsonObject, pointer: string, account: RecordAccount) => Members | undefined;

/**
 * Compiles a reader of objects whose members fill columns of a table. Members without a column go to `extra`; those that
 * are `kept` there by rule, such as the id of the old database, do not count as unmapped.
 */
export function compileMembers(
  table: Table,
  specs: MemberSpecs,
  context: MappingContext,
  kept: readonly string[] = [],
): MemberReader {
  const picker = new MemberPicker(specs, new Set(kept), context.keepPlainKeys);
  const required = Object.keys(specs).filter((name) => specs[name]?.required);
  const isJson = (name: string): boolean => column(table, name).type === 'json';
  const jsonColumns = Object.keys(specs).filter(isJson);
  const twoFaced = Object.entries(specs).filter(
    ([name, spec]) => column(table, name).type === 'boolean' || spec.identifier !== undefined,
  );
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
        schemaOf(spec, column(table, name), { ...context, readTime }).optional(),
      ]),
    ),
  );

  return (object, pointer, account) => {
    const picked = picker.pick(object, pointer, account);
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
    for (const [name, spec] of twoFaced) keepOtherFace(picked, name, spec);
    if (picked.extra) inspectJson(picked.extra, pointer, account);
    return account.rejected ? undefined : { values, extra: picked.extra };
  };
}

function schemaOf(spec: MemberSpec, declared: Column, context: MappingContext): z.ZodType {
  if (spec.schema) return spec.schema;
  return spec.identifier === undefined ? columnSchema(declared, context) : identifierSchema(declared.max);
}

/** Where the source writes a value in another form than the reference layout, `extra` keeps the form of the source. */
function keepOtherFace(picked: Picked, name: string, spec: MemberSpec): void {
  const known = picked.known[name];
  if (known === undefined) return;
  const value = typeof known === 'bigint' ? new ExactNumber(String(known)) : known;
  const isNumber = typeof value !== 'string' && typeof value !== 'boolean';
  const wantsNumber = spec.identifier === undefined ? spec.asNumber === true : spec.identifier === 'number';
  // Text that is no number is text in every layout.
  if (isNumber === wantsNumber || (typeof value === 'string' && !/^(?:0|-?[1-9]\d*)$/.test(value))) return;
  picked.extra ??= emptyObject();
  picked.extra[name] ??= value;
}

/** Sorts the members of an object into those that fill a column and the rest. */
class MemberPicker {
  private readonly columnOf = new Map<string, string>();
  /** Objects whose own members fill columns. */
  private readonly opened = new Set<string>();
  private readonly kept: ReadonlySet<string>;
  private readonly keepPlainKeys: boolean;

  constructor(specs: MemberSpecs, kept: ReadonlySet<string>, keepPlainKeys: boolean) {
    this.kept = kept;
    this.keepPlainKeys = keepPlainKeys;
    for (const [name, spec] of Object.entries(specs)) {
      for (const spelling of spellings(name, spec)) {
        this.columnOf.set(spelling, name);
        if (spelling.includes('/')) this.opened.add(spelling.slice(0, spelling.indexOf('/')));
      }
    }
  }

  pick(object: JsonObject, pointer: string, account: RecordAccount): Picked {
    const spelling = new Map<string, string>();
    const picked: Picked = {
      known: {},
      extra: undefined,
      pointerOf: (name) => `${pointer}/${spelling.get(name) ?? name}`,
    };
    for (const member of Object.keys(object)) {
      const value = object[member];
      if (value === undefined) continue;
      if (this.opened.has(member) && isJsonObject(value) && Object.keys(value).length > 0) {
        for (const inner of Object.keys(value)) {
          const rest = this.take(`${member}/${inner}`, value[inner], object, picked, spelling, account);
          if (rest !== undefined) this.leave([member, inner], rest, pointer, picked, account);
        }
        continue;
      }
      const rest = this.take(member, value, object, picked, spelling, account);
      if (rest !== undefined) this.leave([member], rest, pointer, picked, account);
    }
    return picked;
  }

  /** Puts the value where its column wants it; answers what is left over. */
  private take(
    member: string,
    value: JsonValue | undefined,
    object: JsonObject,
    { known }: Picked,
    spelling: Map<string, string>,
    account: RecordAccount,
  ): JsonValue | undefined {
    const name = this.columnOf.get(member);
    if (value === null || value === undefined) {
      if (name === undefined) account.drop('null-member');
      return undefined;
    }
    // The column's own name wins over other spellings.
    if (name === undefined || (name !== member && ((object[name] ?? null) !== null || known[name] !== undefined)))
      return value;
    known[name] = value;
    account.columns++;
    if (name !== member) spelling.set(name, member);
    return undefined;
  }

  private leave(
    path: readonly [string, string?],
    value: JsonValue,
    pointer: string,
    picked: Picked,
    account: RecordAccount,
  ): void {
    const [member, inner] = path;
    if (inner === undefined && this.kept.has(member)) {
      picked.extra ??= emptyObject();
      picked.extra[member] = value;
      account.kept++;
      return;
    }
    const name = inner ?? member;
    const isPlainKey = typeof value === 'string' && !this.keepPlainKeys && PLAIN_KEY_MEMBERS.has(name);
    const kept = isPlainKey ? keyHash(value) : value;
    if (kept !== value) account.repair('plain-key-hashed');
    picked.extra ??= emptyObject();
    if (inner === undefined) picked.extra[member] = kept;
    else {
      const object = picked.extra[member];
      const opened = object !== undefined && isJsonObject(object) ? object : emptyObject();
      opened[inner] = kept;
      picked.extra[member] = opened;
    }
    const place = joinPointer(pointer, member);
    account.leaveUnmapped(inner === undefined ? place : joinPointer(place, inner));
  }
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
