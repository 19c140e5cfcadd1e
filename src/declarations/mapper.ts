import { RecordAccount } from '../datasets/account.ts';
import type { MappingContext, RecordMapper, RecordStates, SourceContext, SourceRecord } from '../datasets/dataset.ts';
import { plainSlots } from '../datasets/member-slots.ts';
import { namesAt } from '../json/name-order.ts';
import type { JsonValue } from '../json/value.ts';
import type { Cells } from '../schema/cells.ts';
import { rowNames } from '../schema/row-names.ts';
import { rowLayout, type Table } from '../schema/table.ts';
import { compileCondition } from './conditions.ts';
import { contentKey, contentOf } from './content-key.ts';
import type { Environment } from './environment.ts';
import { compileFinish } from './finish-row.ts';
import { compilePlaceMembers } from './place-members.ts';
import type { DatasetPlan } from './plan.ts';
import { compileRecord, type ReadRecord, referencesIn, specsOf } from './record-reader.ts';
import { compileUnrepeating } from './repeated-elements.ts';
import { rowGroup } from './row-group.ts';

interface Mapped {
  readonly record: ReadRecord;
  /** What tells it from others, where its table has no natural key: its own key, or its content. */
  readonly told: { readonly key: string } | { readonly content: string } | undefined;
}

/**
 * Validates and maps the records of a declared dataset. `children` are its child tables in order of reference; `isReferenced` says
 * whether others may name its rows.
 */
export function compileMapper(
  plan: DatasetPlan,
  children: readonly Table[],
  context: MappingContext,
  isReferenced: boolean,
): RecordMapper<Mapped> {
  const read = compileRecord(plan, context);
  const takes = plan.when && compileCondition(plan.when);
  const environmentOf = environments(plan);
  const prepare = compilePrepare(plan);
  const isKeyless = plan.table.recordKey !== undefined;
  const { keyOf, without } = compilePlaceMembers(plan);
  const unrepeating = compileUnrepeating(plan);
  const skips = plan.skip.map(([name, condition]) => ({ rule: `skip: ${name}`, holds: compileCondition(condition) }));
  const checks = plan.check.map(([name, condition]) => ({
    name,
    hint: condition['hint'],
    fails: compileCondition(condition),
  }));
  return {
    ...compilePlain(plan, context, environmentOf),
    ...(isReferenced && { namesOf: compileNames(plan, context, environmentOf) }),
    ...(plan.states && { states: compileStates(plan, plan.states.by, context, environmentOf) }),
    ...(skips.length > 0 && {
      leavesOut: (record, source) =>
        skips.find(({ holds }) => holds(record.value, environmentOf(record, source)))?.rule,
    }),
    ...(takes && { takes: (record, source) => takes(record.value, environmentOf(record, source)) }),
    validate(record, source, account) {
      const environment = environmentOf(record, source);
      for (const { name, hint, fails } of checks) {
        if (fails(record.value, environment)) account.reject('check-failed', '', `${name}${hint ? `: ${hint}` : ''}`);
      }
      const key = keyOf(record.value);
      const value = without(record.value);
      const prepared = prepare(value, environment, account);
      if (account.rejected) return undefined;
      const whole = read(prepared, '', environment, account);
      const found = whole && unrepeating(whole, account);
      const refusal = found && plan.functions?.check?.(found.cells.named());
      if (refusal !== undefined) account.reject('check-failed', '', refusal);
      if (found === undefined || !isKeyless) return found && { record: found, told: undefined };
      return { record: found, told: key === undefined ? { content: contentOf(value, environment.captures) } : { key } };
    },
    map({ record, told }, source) {
      const key = told && ('key' in told ? told.key : contentKey(plan, told.content, source));
      return rowGroup(plan, children, record, key);
    },
  };
}

/** How most records of a flat dataset are read straight from their bytes. */
function compilePlain(
  plan: DatasetPlan,
  context: MappingContext,
  environmentOf: (record: PlacedRecord, source: SourceContext) => Environment,
): Pick<RecordMapper<Mapped>, 'plain'> {
  const { table, columns, children, named, rest, when, skip, check, functions, states } = plan;
  const readsMembers = columns.every(
    ({ made, sources }) => made === undefined && sources.every(({ of }) => of !== 'value'),
  );
  const isFlat =
    children.length === 0 &&
    named.length === 0 &&
    table.recordKey === undefined &&
    rest.to === 'column' &&
    readsMembers;
  if (!isFlat || when || states || functions || skip.length > 0 || check.length > 0) return {};
  const finish = compileFinish(plan, context);
  const layout = rowLayout(table);
  const required = columns
    .filter(({ column, sources }) => column.notNull && sources.every(({ of }) => of === 'record'))
    .flatMap(({ name, declaration }) => (declaration.default === undefined ? [layout.places.get(name) ?? -1] : []));
  return {
    plain: {
      slots: plainSlots(table, specsOf(plan), context, { elsewhere: plan.elsewhere }),
      layout,
      isEnough: (row) => required.every((place) => place < 0 || row[place] !== null),
      finish(members, source, account, place) {
        const cells = finish(members, null, '', environmentOf({ place }, source), account);
        return (
          cells && {
            record: { cells, pointer: '', named: [], children: [], references: referencesIn(plan, cells, '') },
            told: undefined,
          }
        );
      },
    },
  };
}

function compilePrepare({
  functions,
}: DatasetPlan): (record: JsonValue, environment: Environment, account: RecordAccount) => JsonValue {
  const prepare = functions?.prepare;
  if (prepare === undefined) return (record) => record;
  return (record, { source, options }, account) => {
    const result = prepare(record, { path: source.path, options, parent: undefined });
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
  environmentOf: (record: SourceRecord, source: SourceContext) => Environment,
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
  environmentOf: (record: SourceRecord, source: SourceContext) => Environment,
): NonNullable<RecordMapper['namesOf']> {
  const { table } = plan;
  const sets = [table.naturalKey, ...(table.unique ?? [])].map((names) => ({
    names,
    cellsOf: compilePart(plan, names, context, environmentOf),
  }));
  return (record, source) => {
    const cells = new Map(sets.map(({ names, cellsOf }) => [String(names), cellsOf(record, source)]));
    return rowNames(table, (name, set) => cells.get(String(set))?.get(name) ?? null);
  };
}

/** The key of a record alone: what else it has may be missing in a state that does not count. */
function compileStates(
  plan: DatasetPlan,
  by: string | undefined,
  context: MappingContext,
  environmentOf: (record: SourceRecord, source: SourceContext) => Environment,
): RecordStates {
  const { naturalKey } = plan.table;
  const cellsOf = compilePart(plan, [...naturalKey, ...(by === undefined ? [] : [by])], context, environmentOf);
  return {
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

/** A record, or only its place where nobody parsed it. */
type PlacedRecord = Pick<SourceRecord, 'place'> & Partial<SourceRecord>;

/** What a record may take from its file and its place in it. */
function environments(plan: DatasetPlan): (record: PlacedRecord, source: SourceContext) => Environment {
  const { positionOf } = compilePlaceMembers(plan);
  const options = plan.parameters as Readonly<Record<string, JsonValue>>;
  let last: { readonly source: SourceContext; readonly captures: Readonly<Record<string, string>> } | undefined;
  const names = plan.records?.map(({ captures }) => captures) ?? [];
  const isPrepared = plan.functions?.prepare !== undefined;
  return (record, source) => {
    if (last?.source !== source) {
      const found = plan.files.map((pattern) => pattern.match(source.path)).find((match) => match !== undefined);
      last = { source, captures: found ?? {} };
    }
    const { text } = record;
    const { captures = [], index = 0 } = record.place ?? {};
    const own = names.find(({ length }) => length === captures.length) ?? [];
    return {
      captures: new Map([
        ...Object.entries(last.captures),
        ...own.map((name, at): [string, string] => [name, captures[at] ?? '']),
      ]),
      position: positionOf(record.value ?? null) ?? index,
      namesAt: isPrepared || text === undefined ? undefined : (pointer) => namesAt(text, pointer),
      source,
      options,
      document: source.document ?? new Map(),
      parent: undefined,
    };
  };
}
