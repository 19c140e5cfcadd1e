import { RecordAccount } from '../datasets/account.ts';
import type { MappingContext, RecordMapper, RecordStates, SourceContext, SourceRecord } from '../datasets/dataset.ts';
import { SeenMembers } from '../datasets/seen-members.ts';
import { spelledJson } from '../json/canonical.ts';
import type { Way } from '../json/pointer.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import { type Finding, REJECT_CODES } from '../reject.ts';
import type { Cells } from '../schema/cells.ts';
import { rowNames } from '../schema/row-names.ts';
import type { Table } from '../schema/table.ts';
import { compileApiKey } from './api-key.ts';
import { compileCondition } from './conditions.ts';
import { contentKey, contentOf, withRowKey } from './content-key.ts';
import { compileEnvironments, type Environment, type EnvironmentOf } from './environment.ts';
import { fillsBetween, takesFileTime, withoutFileTime } from './file-time.ts';
import type { DatasetFunctions, FunctionContext } from './functions.ts';
import { compilePlaceMembers } from './place-members.ts';
import { compilePlain, type Mapped } from './plain-records.ts';
import type { DatasetPlan } from './plan.ts';
import { compileRecord } from './record-reader.ts';
import { compileWithoutRepeats } from './repeated-elements.ts';
import { rowGroup } from './row-group.ts';

export interface MapperParts {
  /** The child tables, in order of reference. */
  readonly children: readonly Table[];
  /** What is taken of the document around the records. */
  readonly documentWays: readonly Way[];
}

/** Validates and maps the records of a declared dataset. */
export function compileMapper(
  plan: DatasetPlan,
  { children, documentWays }: MapperParts,
  context: MappingContext,
): RecordMapper<Mapped> {
  const seen = new SeenMembers();
  const read = compileRecord(plan, context, seen);
  const takes = plan.when && compileCondition(plan.when);
  const readTimeless = takesFileTime(plan) ? compileRecord(withoutFileTime(plan), context) : undefined;
  const environmentOf = compileEnvironments(plan, documentWays, context);
  const prepare = compilePrepare(plan);
  const inspect = compileInspect(plan);
  const takeKey = compileApiKey(plan);
  const { rowKey } = plan;
  const isKeyless = plan.table.recordKey !== undefined && rowKey === undefined;
  const { keyOf, without } = compilePlaceMembers(plan);
  const withoutRepeats = compileWithoutRepeats(plan);
  const skips = plan.skip.map(([name, condition]) => ({ rule: `skip: ${name}`, holds: compileCondition(condition) }));
  const checks = plan.check.map(([name, condition]) => ({
    name,
    hint: condition['hint'],
    fails: compileCondition(condition),
  }));
  return {
    seen: () => seen.names(),
    ...compilePlain(plan, { documentWays, seen }, context, environmentOf),
    namesOf: compileNames(plan, context, environmentOf),
    ...(plan.states && { states: compileStates(plan, plan.states.by, context, environmentOf) }),
    ...(skips.length > 0 && {
      leavesOut: (record, source) =>
        skips.find(({ holds }) => holds(record.value, environmentOf(record, source)))?.rule,
    }),
    ...(plan.functions?.contain && { contain: compileContain(plan, plan.functions.contain) }),
    ...(takes && { takes: (record, source) => takes(record.value, environmentOf(record, source)) }),
    validate(record, source, account) {
      const environment = environmentOf(record, source);
      for (const { name, hint, fails } of checks) {
        if (fails(record.value, environment)) account.reject('check-failed', '', `${name}${hint ? `: ${hint}` : ''}`);
      }
      const key = keyOf(record.value);
      const value = without(record.value);
      inspect(value, account);
      const prepared = account.rejected ? value : prepare(value, environment, account);
      if (account.rejected) return undefined;
      const { record: bared, environment: about } = takeKey(prepared, environment, account);
      const whole = read(bared, '', about, account);
      const found = whole && withoutRepeats(whole, account);
      const refusal = found && plan.functions?.check?.(found.cells.named());
      if (refusal !== undefined) account.reject('check-failed', '', refusal);
      const doubt = found && plan.functions?.doubt?.(found.cells.named());
      if (doubt) account.warn(doubt.code, doubt.words);
      if (found === undefined) return undefined;
      const bare = readTimeless?.(prepared, '', withoutTime(environment), new RecordAccount());
      const timeless = bare && withoutRepeats(bare, new RecordAccount());
      if (!isKeyless) return { record: found, timeless, told: undefined };
      const told = key === undefined ? { content: contentOf(value, environment.captures) } : { key };
      return { record: found, timeless, told };
    },
    map({ record, timeless, told }, source, account) {
      if (rowKey)
        return rowGroup(plan, children, { ...record, cells: withRowKey(plan, rowKey, record, source) }, undefined);
      const key = told && ('key' in told ? told.key : contentKey(plan, told.content, source));
      const group = rowGroup(plan, children, record, key);
      if (timeless === undefined) return group;
      const compared = rowGroup(plan, children, timeless, key);
      const fills = fillsBetween(compared, group);
      if (fills.length === 0) return compared;
      const names = [...new Set(fills.map(({ column }) => column))].join(', ');
      account.warn('file-time', `nothing but the time of the file says ${names}`);
      return { ...compared, fills };
    },
  };
}

function withoutTime(environment: Environment): Environment {
  return { ...environment, source: { ...environment.source, mtime: undefined } };
}

function compileContain(
  { parameters }: DatasetPlan,
  contain: NonNullable<DatasetFunctions['contain']>,
): NonNullable<RecordMapper['contain']> {
  const options = parameters as FunctionContext['options'];
  const refused = (message: string): Finding => ({ code: 'check-failed', pointer: '', message });
  return (document, { path }) => {
    try {
      const found = contain(document, { path, options, parent: undefined });
      return 'reject' in found ? refused(found.reject) : found.map((record) => spelledJson(definedOf(record)));
    } catch {
      return refused('its records cannot be found: the function of its dataset fails');
    }
  };
}

/** A function may leave members undefined, which are absent. */
function definedOf(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((each) => definedOf(each ?? null));
  if (!isJsonObject(value)) return value;
  const defined = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(defined.map(([name, each]) => [name, definedOf(each)]));
}

function compileInspect({ functions }: DatasetPlan): (record: JsonValue, account: RecordAccount) => void {
  const inspect = functions?.inspect;
  return (record, account) => {
    for (const { at, code = 'check-failed', reject } of inspect?.(record) ?? [])
      account.reject(code in REJECT_CODES ? code : 'check-failed', at, reject);
  };
}

function compilePrepare({
  functions,
}: DatasetPlan): (record: JsonValue, environment: Environment, account: RecordAccount) => JsonValue {
  const prepare = functions?.prepare;
  if (prepare === undefined) return (record) => record;
  return (record, { source, options, mapKey }, account) => {
    const result = prepare(record, { path: source.path, options, mapKey, parent: undefined });
    if (typeof result !== 'object' || result === null || !('reject' in result) || typeof result.reject !== 'string')
      return result as JsonValue;
    account.reject('check-failed', '', result.reject);
    return record;
  };
}

/** Reads some columns of a record, whatever else is wrong with it. */
function compilePart(
  plan: DatasetPlan,
  names: readonly string[],
  context: MappingContext,
  environmentOf: EnvironmentOf,
): (record: SourceRecord, source: SourceContext) => Cells | undefined {
  const columns = plan.columns
    .filter(({ name }) => names.includes(name))
    .map((each) => {
      const { notNull: _required, ...column } = each.column;
      return { ...each, column };
    });
  const read = compileRecord({ ...plan, columns, named: [], children: [], rest: { to: 'nobody' } }, context);
  return (record, source) => read(record.value, '', environmentOf(record, source), new RecordAccount())?.cells;
}

/** What others may name a row by, of a record that is rejected. */
function compileNames(
  plan: DatasetPlan,
  context: MappingContext,
  environmentOf: EnvironmentOf,
): NonNullable<RecordMapper['namesOf']> {
  const { table } = plan;
  // Only of rejected records.
  const makeSets = () =>
    [table.naturalKey, ...(table.unique ?? [])].map((names) => ({
      names,
      cellsOf: compilePart(plan, names, context, environmentOf),
    }));
  let sets: ReturnType<typeof makeSets> | undefined;
  return (record, source) => {
    sets ??= makeSets();
    const cells = new Map(sets.map(({ names, cellsOf }) => [String(names), cellsOf(record, source)]));
    return rowNames(table, (name, set) => cells.get(String(set))?.get(name) ?? null);
  };
}

/** The key of a record alone: what else it has may be missing in a state that does not count. */
function compileStates(
  plan: DatasetPlan,
  by: string | undefined,
  context: MappingContext,
  environmentOf: EnvironmentOf,
): RecordStates {
  const { naturalKey } = plan.table;
  const cellsOf = compilePart(plan, [...naturalKey, ...(by === undefined ? [] : [by])], context, environmentOf);
  return {
    isByOrder: by === undefined,
    keyOf(record, source) {
      const cells = cellsOf(record, source);
      const key = naturalKey.map((name) => cells?.get(name) ?? null);
      return key.includes(null) ? undefined : JSON.stringify(key.map(String));
    },
    rankOf(record, source) {
      const value = by === undefined ? 0 : (cellsOf(record, source)?.get(by) ?? null);
      return typeof value === 'boolean' || typeof value === 'bigint' ? Number(value) : value;
    },
  };
}
