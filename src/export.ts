import type { Database, Target } from './databases/database.ts';
import { openDatabase } from './databases/open.ts';
import type { Dataset, ExportLayout, StoredRecord, StoredRow } from './datasets/dataset.ts';
import { DATASETS } from './datasets/index.ts';
import { MigrateError } from './errors.ts';
import { ExportDirectory } from './files/export-directory.ts';
import { spelledJson } from './json/canonical.ts';
import type { JsonValue } from './json/value.ts';
import { cell, loadColumns, type Row, type Table } from './schema/table.ts';
import { TABLE_LIST } from './schema/tables.ts';
import { parseTarget, type TargetOptions } from './settings/target.ts';

/** Parents whose children are read together. */
const PARENTS = 100;

export interface ExportSettings {
  /** The database, as `--to` takes it. */
  readonly from: string;
  readonly directory: string;
  readonly dbSchema: string;
  readonly allowPlaintext: boolean;
}

export interface ExportResult {
  /** The database, without secrets. */
  readonly from: string;
  readonly directory: string;
  readonly files: number;
  /** Records by dataset. */
  readonly datasets: Readonly<Record<string, number>>;
  /** Columns with values that no dataset knows, as `table.column`: they are not in the files. */
  readonly left_out: readonly string[];
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
  const database = await openDatabase(target, { ...settings, dryRun: false, readOnly: true });
  try {
    if (!TABLE_LIST.some((table) => database.hasTable(table))) throw nothingKnown(target, settings.dbSchema);
    const left_out = await database.undeclaredColumns();
    const directory = await ExportDirectory.begin(settings.directory);
    try {
      const datasets = await database.snapshot(() => writeDatasets(database, directory, options.signal));
      await directory.finish();
      return { from: target.label, directory: settings.directory, files: directory.files, datasets, left_out };
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
  database: Database,
  directory: ExportDirectory,
  signal: AbortSignal | undefined,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const dataset of DATASETS) {
    const written = await writeDataset(dataset, database, directory, signal);
    if (written > 0) counts[dataset.name] = written;
  }
  return counts;
}

async function writeDataset(
  { layout }: Dataset,
  database: Database,
  directory: ExportDirectory,
  signal: AbortSignal | undefined,
): Promise<number> {
  const frame = FRAMES[layout.container];
  let written = 0;
  let current: string | undefined;
  for await (const record of storedRecords(database, layout)) {
    if (signal?.aborted) throw new MigrateError('interrupted', 'the export was interrupted; nothing is left of it');
    const path = layout.path(record);
    if (path === undefined) continue;
    const place = path.join('\0');
    const isNext = layout.container !== 'document' && place === current;
    if (!isNext && current !== undefined) await directory.write(frame.end);
    if (!isNext) await directory.begin(path);
    current = place;
    const text = frame.text(layout.key?.(record) ?? '', layout.write(record));
    await directory.write(`${isNext ? frame.between : frame.begin}${text}`);
    written++;
  }
  if (current !== undefined) await directory.write(frame.end);
  await directory.end();
  return written;
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

/** The rows of a layout with those that belong to them, in the order of the natural key. */
async function* storedRecords(database: Database, { table, children }: ExportLayout): AsyncGenerator<StoredRecord> {
  if (children === undefined) {
    for await (const row of database.rows(table, 'row ')) yield { values: named(table, row), children: [] };
    return;
  }
  let page: Row[] = [];
  for await (const row of database.rows(table, 'row ')) {
    page.push(row);
    if (page.length < PARENTS) continue;
    yield* withChildren(page, database, table, children);
    page = [];
  }
  yield* withChildren(page, database, table, children);
}

async function* withChildren(
  parents: readonly Row[],
  database: Database,
  table: Table,
  children: Table,
): AsyncGenerator<StoredRecord> {
  const [key = 'id'] = table.naturalKey;
  const [link = 'id'] = children.naturalKey;
  const found = await database.children(
    children,
    parents.map((row) => cell(table, row, key)),
  );
  const byParent = Map.groupBy(found, (row) => cell(children, row, link));
  for (const row of parents) {
    const own = byParent.get(cell(table, row, key)) ?? [];
    yield { values: named(table, row), children: own.map((child) => named(children, child)) };
  }
}

function named(table: Table, row: Row): StoredRow {
  return Object.fromEntries(loadColumns(table).map((name, index) => [name, row[index] ?? null]));
}
