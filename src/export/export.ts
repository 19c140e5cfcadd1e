import type { Database } from '../databases/database.ts';
import { refuseLacking } from '../databases/lacking-columns.ts';
import { openDatabase } from '../databases/open.ts';
import type { RowKey } from '../databases/row-undo.ts';
import type { Target } from '../databases/target.ts';
import type { Dataset, ExportLayout, StoredRecord, StoredRow } from '../datasets/dataset.ts';
import type { Registry } from '../datasets/registry.ts';
import { MigrateError } from '../errors.ts';
import { ExportDirectory } from '../files/export-directory.ts';
import { spelledJson } from '../json/canonical.ts';
import type { JsonValue } from '../json/value.ts';
import { withPastDatasets } from '../recipes/past-declarations.ts';
import type { TableGroup } from '../schema/declared-tables.ts';
import { cell, linkOf, loadColumns, type Row, type Table } from '../schema/table.ts';
import { parseTarget, type TargetOptions } from '../settings/target.ts';
import { Assembly } from './assembly.ts';
import { ValueTallies } from './value-tallies.ts';

/** Stands before the number of a row that has no key. */
const ROW = 'row ';

/** Parents whose children are read together. */
const PARENTS = 100;

export interface ExportSettings {
  readonly registry: Registry;
  /** The database, as `--to` takes it. */
  readonly from: string;
  readonly directory: string;
  readonly dbSchema: string;
  readonly databaseZone?: string | undefined;
  readonly ledgerSchema?: string | undefined;
  readonly allowPlaintext: boolean;
}

export interface ExportResult {
  /** The database, without secrets. */
  readonly from: string;
  readonly directory: string;
  readonly files: number;
  /** Records by dataset. */
  readonly datasets: Readonly<Record<string, number>>;
  /** Columns with values that no dataset knows, or for which its files have no room, as `table.column`: they are not in the files. */
  readonly left_out: readonly string[];
  /** Values, by `table.column`, that are none of the declared type, such as the time `infinity`: they are in the files as texts. */
  readonly not_of_type: Readonly<Record<string, number>>;
  /** Values, by `table.column`, of which only hashes or stars are stored: they are not in the files. */
  readonly secrets: Readonly<Record<string, number>>;
  /** Records, by dataset, that a load into this database would not know again: their rows would be there twice. */
  readonly not_known_again: Readonly<Record<string, number>>;
  /** Records, by dataset, that lack what they had of the document around them: no file has room for it. */
  readonly without_document: Readonly<Record<string, number>>;
}

export interface ExportOptions {
  readonly environment?: TargetOptions['environment'];
  readonly signal?: AbortSignal;
}

/**
 * Writes the database back as files in the reference layout of each dataset: the same data in one fixed form, whichever
 * database it comes from. The directory is complete or not there.
 */
export async function exportDatabase(settings: ExportSettings, options: ExportOptions = {}): Promise<ExportResult> {
  const target = parseTarget(settings.from, {
    ...settings,
    ...(options.environment && { environment: options.environment }),
  });
  const { dbSchema, ledgerSchema, databaseZone } = settings;
  const open = ({ tables: declared }: Registry): Promise<Database> =>
    openDatabase(target, { dbSchema, ledgerSchema, databaseZone, declared, dryRun: false, readOnly: true });
  const before = await open(settings.registry);
  const registry = await withPastDatasets(before, settings.registry, 'tables and functions').finally(() =>
    before.close(),
  );
  const { tables: declared } = registry;
  const database = await open(registry);
  try {
    if (!database.hasLedger && !declared.list.some((table) => database.hasTable(table)))
      throw nothingKnown(target, dbSchema);
    refuseLacking(await database.examine(), declared.list);
    const undeclared = await database.undeclaredColumns();
    const directory = await ExportDirectory.begin(settings.directory);
    try {
      const { roomless, ...written } = await database.snapshot(() =>
        writeDatasets(registry, database, directory, options.signal),
      );
      await directory.finish();
      const left_out = [...undeclared, ...roomless];
      return { from: target.label, directory: settings.directory, files: directory.files, ...written, left_out };
    } catch (error) {
      await directory.abandon();
      throw error;
    }
  } finally {
    await database.close();
  }
}

function nothingKnown({ kind, label }: Target, dbSchema: string): MigrateError {
  const place = kind === 'postgres' ? `the schema ${dbSchema} of ${label}` : label;
  return new MigrateError('schema-drift', `${place} has none of the tables that can be exported`, {
    hint:
      kind === 'postgres' ? 'Name the schema that holds them with --db-schema.' : 'Name another database with --from.',
  });
}

async function writeDatasets(
  registry: Registry,
  database: Database,
  directory: ExportDirectory,
  signal: AbortSignal | undefined,
): Promise<
  Pick<ExportResult, 'datasets' | 'not_of_type' | 'secrets' | 'not_known_again' | 'without_document'> & {
    readonly roomless: ReadonlySet<string>;
  }
> {
  const datasets: Record<string, number> = {};
  const not_known_again: Record<string, number> = {};
  const roomless = new Set<string>();
  const tallies = new ValueTallies(database.declared);
  const writing = { directory, roomless, tallies, signal };
  const assembly = registry.datasets.some(({ layout }) => layout.place) ? new Assembly() : undefined;
  for (const dataset of registry.datasets) {
    const { place } = dataset.layout;
    const { written, unknown } = await (assembly && place
      ? assembleDataset(dataset, place, database, assembly, writing)
      : writeDataset(dataset, database, writing));
    if (written > 0) datasets[dataset.name] = written;
    if (unknown > 0) not_known_again[dataset.name] = unknown;
  }
  const without_document = (await assembly?.write(directory)) ?? {};
  const { notOfType: not_of_type, secrets } = tallies;
  return { datasets, not_of_type, secrets, not_known_again, without_document, roomless };
}

async function assembleDataset(
  { name, layout }: Dataset,
  place: NonNullable<ExportLayout['place']>,
  database: Database,
  assembly: Assembly,
  { tallies, signal }: Writing,
): Promise<Written> {
  const isKnownAgain = knownAgain(layout, database);
  let [written, unknown] = [0, 0];
  for await (const record of storedRecords(database, layout.table)) {
    refuseInterrupted(signal);
    const at = place(record);
    if (at === undefined) continue;
    const value = layout.write(record);
    assembly.add(name, at, value);
    tallies.add(layout, record);
    written++;
    if (!isKnownAgain(value, record)) unknown++;
  }
  return { written, unknown };
}

function refuseInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new MigrateError('interrupted', 'the export was interrupted; nothing is left of it');
}

/** How many records were written, and how many of them a load into this database would not know again. */
interface Written {
  readonly written: number;
  readonly unknown: number;
}

/** Rows of the application may lack what tells them apart: a record key, or the place of a child row. */
function knownAgain(
  { table, isKnownAgain }: ExportLayout,
  { declared }: Database,
): (value: JsonValue, record: StoredRecord) => boolean {
  const { root, children } = declared.groupOf(table);
  const isTold = ({ naturalKey, recordKey }: Table, row: StoredRow): boolean =>
    naturalKey.every((name) => (row[name] ?? null) !== null) && !String(row[recordKey ?? ''] ?? '').startsWith(ROW);
  return (value, record) =>
    isTold(root, record.values) &&
    children.every((child) => (record.children[child.name] ?? []).every((row) => isTold(child, row))) &&
    isKnownAgain?.(value, record) !== false;
}

interface Writing {
  readonly directory: ExportDirectory;
  /** Columns for whose values there is no room, as `table.column`: added here. */
  readonly roomless: Set<string>;
  readonly tallies: ValueTallies;
  readonly signal: AbortSignal | undefined;
}

async function writeDataset(
  { layout }: Dataset,
  database: Database,
  { directory, roomless, tallies, signal }: Writing,
): Promise<Written> {
  const frame = FRAMES[layout.container];
  const isKnownAgain = knownAgain(layout, database);
  let [written, unknown] = [0, 0];
  let current: string | undefined;
  for await (const record of storedRecords(database, layout.table)) {
    refuseInterrupted(signal);
    const path = layout.path(record);
    if (path === undefined) continue;
    for (const name of layout.leavesOut?.(record) ?? []) roomless.add(`${layout.table.name}.${name}`);
    const place = path.join('\0');
    const isNext = layout.container !== 'document' && place === current;
    if (!isNext && current !== undefined) await directory.write(frame.end);
    if (!isNext) await directory.begin(path);
    current = place;
    const value = layout.write(record);
    const text = frame.text(layout.key?.(record) ?? '', value);
    await directory.write(`${isNext ? frame.between : frame.begin}${text}`);
    tallies.add(layout, record);
    written++;
    if (!isKnownAgain(value, record)) unknown++;
  }
  if (current !== undefined) await directory.write(frame.end);
  await directory.end();
  return { written, unknown };
}

/** What stands around the records of a file. */
const FRAMES = {
  document: { begin: '', between: '', end: '\n', text: (_key: string, value: JsonValue) => spelledJson(value) },
  array: { begin: '[\n', between: ',\n', end: '\n]\n', text: (_key: string, value: JsonValue) => spelledJson(value) },
  map: {
    begin: '{\n',
    between: ',\n',
    end: '\n}\n',
    text: (key: string, value: JsonValue) => `${spelledJson(key)}:${spelledJson(value)}`,
  },
} as const satisfies Record<ExportLayout['container'], unknown>;

/** The rows of a table with those that belong to them, in the order of the natural key. */
async function* storedRecords(database: Database, table: Table): AsyncGenerator<StoredRecord> {
  const group = database.declared.groupOf(table);
  let page: Row[] = [];
  for await (const row of database.rows(table, ROW)) {
    page.push(row);
    if (page.length < PARENTS) continue;
    yield* withChildren(page, database, group);
    page = [];
  }
  yield* withChildren(page, database, group);
}

async function* withChildren(
  rows: readonly Row[],
  database: Database,
  { root, children }: TableGroup,
): AsyncGenerator<StoredRecord> {
  const keyOf = (row: Row): RowKey => root.naturalKey.map((name) => cell(root, row, name));
  const found = new Map<Table, ReadonlyMap<string, readonly Row[]>>();
  for (const child of children) {
    const links = linkOf(child, root);
    const of = (row: Row): string => textOf(links.map(([name]) => cell(child, row, name)));
    found.set(child, Map.groupBy(await database.children(child, rows.map(keyOf), 'named'), of));
  }
  for (const row of rows) {
    const own = children.map((child): [string, readonly StoredRow[]] => {
      const stored = found.get(child)?.get(textOf(keyOf(row))) ?? [];
      return [child.name, stored.map((each) => named(child, each))];
    });
    yield { values: named(root, row), children: Object.fromEntries(own) };
  }
}

function textOf(key: RowKey): string {
  return JSON.stringify(key.map(String));
}

function named(table: Table, row: Row): StoredRow {
  return Object.fromEntries(loadColumns(table).map((name, index) => [name, row[index] ?? null]));
}
