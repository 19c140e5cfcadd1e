import { z } from 'zod';
import { canonicalJson } from '../json/canonical.ts';
import { ExactNumber } from '../json/value.ts';
import { Cells } from '../schema/cells.ts';
import { column, isUniqueText, rowLayout, rowOf, type Table, type Value } from '../schema/table.ts';
import type { RecordAccount } from './account.ts';
import type { MappingContext } from './dataset.ts';
import { inspectJson } from './inspect-json.ts';
import { reportIssue } from './member-findings.ts';
import { compilePicker } from './member-picker.ts';
import {
  hasOtherFace,
  isTwoFaced,
  type MemberReader,
  type MemberSpec,
  type MemberSpecs,
  ruleOf,
} from './member-specs.ts';
import { emptyObject, type Picked } from './picked.ts';
import { countPlainKeys, PLAIN_KEY_STORED } from './plain-keys.ts';
import { asNull, repaired, resolveSpecial } from './repairs.ts';

/** What an application keeps inside of a JSON value of its own is its business; that it is a key, people should know. */

type Schema = z.ZodType<Record<string, unknown>>;

/** Compiles the reader that knows every rule: it repairs what can be repaired, and tells what is wrong. */
export function compileCheckedReader(
  table: Table,
  specs: MemberSpecs,
  context: MappingContext,
  kept: ReadonlySet<string>,
): MemberReader {
  const pick = compilePicker(specs, kept, context.keepPlainKeys);
  const required = Object.keys(specs).filter((name) => specs[name]?.required);
  const isJson = (name: string): boolean => column(table, name).type === 'json';
  const jsonColumns = Object.keys(specs).filter(isJson);
  const twoFaced = Object.entries(specs).filter(([name, spec]) => isTwoFaced(spec, column(table, name)));
  let ambiguous = 0;
  const readTime: MappingContext['readTime'] = (text) => {
    const result = context.readTime(text);
    if ('ok' in result && result.ambiguous) ambiguous++;
    return result;
  };
  const schema = schemaOf(table, specs, { ...context, readTime });

  const uniqueTexts = Object.keys(specs).filter((name) => isUniqueText(table, name));
  return (object, pointer, account) => {
    const picked = pick({ object, pointer, account });
    const rejectMissing = ({ known }: Picked): void => {
      for (const name of required) {
        if (known[name] === undefined) account.reject('missing-member', pointer, `the member ${name} is missing`);
      }
    };
    rejectMissing(picked);
    for (const name of Object.keys(picked.known)) {
      const value = picked.known[name];
      if (typeof value === 'object' && !isJson(name))
        resolveSpecial(picked, name, column(table, name), account, context);
    }
    for (const name of uniqueTexts) if (picked.known[name] === '') asNull(picked, name, account);
    ambiguous = 0;
    const values = validate(schema, table, picked, account);
    for (; ambiguous > 0; ambiguous--) account.repair('ambiguous-local-time');
    if (values === undefined || account.rejected) return undefined;
    // A repair may have taken one.
    rejectMissing(picked);
    for (const name of jsonColumns) {
      const value = picked.known[name];
      if (value === undefined || typeof value === 'bigint') continue;
      inspectJson(value, picked.pointerOf(name), account);
      if (!context.keepPlainKeys && countPlainKeys('', value) > 0) account.warn('plain-key-stored', PLAIN_KEY_STORED);
      values[name] = canonicalJson(value);
    }
    for (const [name, spec] of twoFaced) keepOtherFace(picked, name, spec);
    if (picked.extra) inspectJson(picked.extra, pointer, account);
    if (account.rejected) return undefined;
    return { values: new Cells(rowLayout(table), rowOf(table, values)), extra: picked.extra };
  };
}

function schemaOf(table: Table, specs: MemberSpecs, context: MappingContext): Schema {
  const fields = Object.entries(specs).map(([name, spec]) => {
    const { schema } = ruleOf(spec, column(table, name), context);
    return [name, schema.optional()];
  });
  return z.object(Object.fromEntries(fields));
}

function validate(
  schema: Schema,
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

function keepOtherFace(picked: Picked, name: string, spec: MemberSpec): void {
  const known = picked.known[name];
  if (known === undefined) return;
  const value = typeof known === 'bigint' ? new ExactNumber(String(known)) : known;
  if (!hasOtherFace(spec, value)) return;
  picked.extra ??= emptyObject();
  picked.extra[name] ??= value;
}
