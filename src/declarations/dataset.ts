import { RecordAccount } from '../datasets/account.ts';
import type {
  Candidate,
  Dataset,
  MappingContext,
  RecordMapper,
  RecordStates,
  SourceContext,
  SourceRecord,
} from '../datasets/dataset.ts';
import { plainSlots } from '../datasets/member-slots.ts';
import { ownedRow } from '../datasets/owned-row.ts';
import { recordKey } from '../datasets/record-key.ts';
import { canonicalJson } from '../json/canonical.ts';
import { joinPointer } from '../json/pointer.ts';
import type { Container } from '../json/split.ts';
import type { JsonValue } from '../json/value.ts';
import type { Cells } from '../schema/cells.ts';
import type { ChildRows, RowGroup } from '../schema/row-group.ts';
import { rowLayout, type Table } from '../schema/table.ts';
import { bytewise } from '../system/bytewise.ts';
import { compileCondition, fitsMembers } from './conditions.ts';
import { destinationsOf } from './destinations.ts';
import type { Environment } from './environment.ts';
import { exportLayout } from './layout.ts';
import { openRow } from './named-reader.ts';
import type { ChildPlan, DatasetPlan, RecordPlan } from './plan.ts';
import { compileFinish, compileRecord, type ReadRecord, referencesIn, specsOf } from './record-reader.ts';
import type { RecordPath } from './source.ts';
import { RECORD_KEY, referencedBy } from './table-draft.ts';

/** A declared dataset as the program has it: like a built-in one. */
export function declaredDataset(
  plan: DatasetPlan,
  order: readonly Table[],
  feeding: ReadonlyMap<string, readonly string[]>,
  peers: readonly DatasetPlan[],
): Dataset {
  const tables = tablesOf(plan);
  const named = allPlans(plan).flatMap((each) => each.named.map(({ table }) => table.name));
  const needed = [...tables.flatMap(referencedBy), ...named].flatMap((name) => feeding.get(name) ?? []);
  return {
    name: plan.name,
    ...(plan.origin !== plan.name && { formerName: plan.origin }),
    mappingVersion: plan.fingerprint,
    description: plan.description,
    tables,
    ...(plan.onConflict && { onConflict: plan.onConflict }),
    isOwned: false,
    dependsOn: [...new Set(needed)].filter((name) => name !== plan.name),
    destinations: destinationsOf(plan),
    ...(plan.files.length > 0 && {
      takesFile: (path: string) => isTaken(plan, path),
      namesFile: (path: string) => isTaken({ ...plan, files: plan.files.filter(({ isPath }) => isPath) }, path),
    }),
    ...askedBy(plan),
    expects: () => false,
    containerOf: (candidate) => containerOf(plan, candidate),
    compile: (context, inside = []) =>
      compile({ ...plan, elsewhere: [...plan.elsewhere, ...inside] }, childTables(plan, order), context),
    layout: exportLayout(plan, peers),
  };
}

/** Pointers to values of the document around the records. */
function askedBy(plan: DatasetPlan): Pick<Dataset, 'asked'> {
  const sources = allPlans(plan).flatMap(({ columns }) => columns.flatMap((column) => column.sources));
  const asked = sources.flatMap((source) => (source.of === 'document' ? [source.way.reduce(joinPointer, '')] : []));
  return asked.length === 0 ? {} : { asked };
}

function allPlans(plan: RecordPlan): readonly RecordPlan[] {
  return [plan, ...plan.children.flatMap(allPlans)];
}

export function tablesOf(plan: RecordPlan): readonly Table[] {
  return [plan.table, ...plan.children.flatMap(tablesOf)];
}

function isTaken({ files, exclude }: DatasetPlan, path: string): boolean {
  const matches = (pattern: DatasetPlan['files'][number]): boolean => pattern.match(path) !== undefined;
  return files.some(matches) && !exclude.some(matches);
}

/** How the records lie in a file. */
function containerOf(plan: DatasetPlan, { lines, shape }: Candidate): Container | undefined {
  const { records } = plan;
  if (lines) {
    // A path that leads into lines is none that can be read.
    const areRecords = records === undefined || records.some(({ steps }) => steps.length === 0);
    return areRecords && isMine(plan, shape) ? { kind: 'lines' } : undefined;
  }
  const placed = needsPlace(plan) ? { isPlaced: true as const } : {};
  const found =
    records === undefined
      ? { kind: 'path' as const, steps: shape.begins === 'array' ? [{ to: 'elements' } as const] : [], ...placed }
      : { kind: 'path' as const, steps: firstThere(records, shape).steps, ...placed };
  return isMine(plan, recordShape(found.steps, shape)) ? found : undefined;
}

/** A dataset that names files takes them; any other looks at the members of the first records. */
function isMine({ files, when = {} }: DatasetPlan, record: Candidate['shape'] | undefined): boolean {
  return files.length > 0 || (record !== undefined && fitsMembers(when, record.members));
}

/** Whether rows take something from where their record lies in its file. */
function needsPlace({ records = [], columns }: DatasetPlan): boolean {
  return (
    records.some(({ captures }) => captures.length > 0) ||
    columns.some(
      ({ sources, declaration }) => declaration.plus !== undefined || sources.some(({ of }) => of === 'position'),
    )
  );
}

/** Of several paths the first that is there and not empty. */
function firstThere(paths: readonly RecordPath[], shape: Candidate['shape']): RecordPath {
  const there = paths.find(({ steps }) => recordShape(steps, shape) !== undefined);
  return there ?? (paths[0] as RecordPath);
}

function recordShape(steps: RecordPath['steps'], shape: Candidate['shape']): Candidate['shape'] | undefined {
  let found: Candidate['shape'] | undefined = shape;
  for (const step of steps) {
    if (step.to === 'member') found = found?.members.get(step.name);
    else if (step.to === 'elements') found = found?.first;
    else found = found?.members.values().next().value;
  }
  return found;
}

interface Mapped {
  readonly record: ReadRecord;
  /** What tells it from others, where its table has no natural key. */
  readonly content: string | undefined;
}

function childTables(plan: RecordPlan, order: readonly Table[]): readonly Table[] {
  const own = new Set(tablesOf(plan).slice(1));
  return order.filter((table) => own.has(table));
}

function compile(plan: DatasetPlan, children: readonly Table[], context: MappingContext): RecordMapper<Mapped> {
  const read = compileRecord(plan, context);
  const takes = plan.when && compileCondition(plan.when);
  const environmentOf = environments(plan);
  const prepare = compilePrepare(plan);
  const isKeyless = plan.table.recordKey !== undefined;
  const skips = plan.skip.map(([name, condition]) => ({ rule: `skip: ${name}`, holds: compileCondition(condition) }));
  const checks = plan.check.map(([name, condition]) => ({
    name,
    hint: condition['hint'],
    fails: compileCondition(condition),
  }));
  return {
    ...compilePlain(plan, context, environmentOf),
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
      const prepared = prepare(record.value, environment, account);
      if (account.rejected) return undefined;
      const found = read(prepared, '', environment, account);
      const refusal = found && plan.functions?.check?.(found.cells.named());
      if (refusal !== undefined) account.reject('check-failed', '', refusal);
      return found && { record: found, content: isKeyless ? contentOf(record.value, environment) : undefined };
    },
    map: ({ record, content }, source) => rowGroup(plan, children, record, content, source),
  };
}

/** What tells a record without a key from others: what it says, and the names on the way to it. */
function contentOf(value: JsonValue, { captures }: Environment): string {
  const content = canonicalJson(value);
  return captures.size === 0 ? content : `${JSON.stringify([...captures])} ${content}`;
}

/** How most records of a flat dataset are read straight from their bytes. */
function compilePlain(
  plan: DatasetPlan,
  context: MappingContext,
  environmentOf: (record: Pick<SourceRecord, 'place'>, source: SourceContext) => Environment,
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
            record: { cells, named: [], children: [], references: referencesIn(plan, cells, '') },
            content: undefined,
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

/** The key of a record alone: what else it has may be missing in a state that does not count. */
function compileStates(
  plan: DatasetPlan,
  by: string | undefined,
  context: MappingContext,
  environmentOf: (record: SourceRecord, source: SourceContext) => Environment,
): RecordStates {
  const { naturalKey } = plan.table;
  const columns = plan.columns
    .filter(({ name }) => naturalKey.includes(name) || name === by)
    .map((each) => {
      const { notNull: _required, ...column } = each.column;
      return { ...each, column };
    });
  const read = compileRecord({ ...plan, columns, children: [], rest: { to: 'nobody' } }, context);
  const cellsOf = (record: SourceRecord, source: SourceContext): Cells | undefined =>
    read(record.value, '', environmentOf(record, source), new RecordAccount())?.cells;
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

/** What a record may take from its file and its place in it. */
function environments(plan: DatasetPlan): (record: Pick<SourceRecord, 'place'>, source: SourceContext) => Environment {
  const options = plan.parameters as Readonly<Record<string, JsonValue>>;
  let last: { readonly source: SourceContext; readonly captures: Readonly<Record<string, string>> } | undefined;
  const names = plan.records?.map(({ captures }) => captures) ?? [];
  return (record, source) => {
    if (last?.source !== source) {
      const found = plan.files.map((pattern) => pattern.match(source.path)).find((match) => match !== undefined);
      last = { source, captures: found ?? {} };
    }
    const { captures = [], index = 0 } = record.place ?? {};
    const own = names.find(({ length }) => length === captures.length) ?? [];
    return {
      captures: new Map([
        ...Object.entries(last.captures),
        ...own.map((name, at): [string, string] => [name, captures[at] ?? '']),
      ]),
      position: index,
      source,
      options,
      document: source.document ?? new Map(),
      parent: undefined,
    };
  };
}

function rowGroup(
  plan: DatasetPlan,
  tables: readonly Table[],
  record: ReadRecord,
  content: string | undefined,
  source: SourceContext,
): RowGroup {
  const origin = { dataset: plan.origin, name: plan.origin };
  const key = content === undefined ? undefined : recordKey(origin, undefined, { row: [content] }, source);
  const cells = key === undefined ? record.cells : record.cells.with({ [RECORD_KEY]: key });
  const rows = new Map<Table, FoundRow[]>(tables.map((table) => [table, []]));
  collect(plan.children, record, key, rows);
  const references = [...record.references, ...record.named];
  const children = [...rows].map(([table, found]): ChildRows => {
    const sorted = found.toSorted(byKey(table));
    for (const [place, { named }] of sorted.entries())
      references.push(...named.map((each) => ({ ...each, child: { table: table.name, row: place } })));
    return { table, rows: sorted.map(({ cells: each, named }) => openRow(each, named)) };
  });
  const row = openRow(cells, record.named);
  return { ...ownedRow(plan.table, row), children, ...(references.length > 0 && { references }) };
}

type FoundRow = Pick<ReadRecord, 'cells' | 'named'>;

/** The rows below a record, by table: those of all levels together. */
function collect(
  plans: readonly ChildPlan[],
  record: ReadRecord,
  key: string | undefined,
  rows: Map<Table, FoundRow[]>,
): void {
  for (const [index, plan] of plans.entries()) {
    for (const child of record.children[index] ?? []) {
      const link = plan.links.find(({ parent }) => parent === RECORD_KEY)?.column ?? plan.table.belongsTo?.by[0];
      const cells = key === undefined || link === undefined ? child.cells : child.cells.with({ [link]: key });
      rows.get(plan.table)?.push({ cells, named: child.named });
      collect(plan.children, child, key, rows);
    }
  }
}

/** As a database sorts them: texts by their bytes. */
function byKey({ naturalKey }: Table): (one: FoundRow, other: FoundRow) => number {
  return (one, other) => {
    for (const name of naturalKey) {
      const [a, b] = [one.cells.get(name), other.cells.get(name)];
      if (a === b) continue;
      if (a === null || b === null) return a === null ? 1 : -1;
      if (typeof a === 'string' && typeof b === 'string') return bytewise(a, b);
      return a < b ? -1 : 1;
    }
    return 0;
  };
}
