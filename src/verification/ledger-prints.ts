import type { Database } from '../databases/database.ts';
import type { LedgerRow } from '../databases/ledger-query.ts';
import type { Registry } from '../datasets/registry.ts';
import type { Scratch } from '../files/scratch.ts';
import { Fingerprint } from '../hash/fingerprint.ts';
import { datasetsIn, type LedgerFile, latestFiles, ledgerRuns, readLedgerFile } from '../ledger/ledger.ts';
import { type BatchRow, batchRows, claimsAlone, madeLookups, madeOwners, pathsOf } from '../load/batch-rows.ts';
import { type Claims, entryPlaces } from '../load/claim-list.ts';
import type { FileEntry } from '../report/report.ts';
import type { Table } from '../schema/table.ts';
import { LoadedChildren } from './loaded-rows.ts';
import { ANYTHING, PRINT_WORDS, type PrintStore } from './print-store.ts';
import type { RecordSums } from './verify-result.ts';

/** A file whose rows the database holds, as far as the ledger knows, by one of the runs that loaded it. */
interface HeldFile {
  readonly number: number;
  /** Datasets with the number of their last record, in the order in which they were loaded, as JSON. */
  readonly datasets: string;
}

/** The numbers of tables that hold the records of a file up to one. */
interface TablesUpTo {
  readonly last: number;
  readonly table: number;
  readonly leading: number;
}

const NO_CONTENT = new Fingerprint().text;

/** What the ledger kept when it was loaded, in the order of the runs: the last word about a row counts. */
export class LedgerPrints {
  readonly children: LoadedChildren;
  private readonly database: Database;
  private readonly store: PrintStore;
  private readonly registry: Registry;
  private readonly scratch: Scratch;
  private readonly save;
  private readonly leaveOut;
  private readonly find;
  private readonly findPath;
  private readonly datasets = new Set<string>();
  /** Rows that were made because others name them, by the print of their key. */
  readonly lookups = new Map<string, { readonly root: Table; readonly name: readonly string[] }>();

  constructor(database: Database, store: PrintStore, scratch: Scratch, registry: Registry) {
    this.registry = registry;
    this.scratch = scratch;
    this.database = database;
    this.store = store;
    this.children = new LoadedChildren(scratch);
    scratch.exec(`CREATE TABLE held (number INTEGER PRIMARY KEY, path TEXT, run_id TEXT, is_latest INTEGER, datasets TEXT,
        records INTEGER, is_compared INTEGER DEFAULT 1, UNIQUE (path, run_id));
      CREATE TABLE unsettled (path TEXT PRIMARY KEY) WITHOUT ROWID`);
    this.save = scratch.prepare<[string, string, string, string, number]>(
      'INSERT OR IGNORE INTO held (path, run_id, is_latest, datasets, records) VALUES (?, ?, NOT EXISTS (SELECT 1 FROM held WHERE path = ?), ?, ?)',
    );
    this.leaveOut = scratch.prepare<[number]>('UPDATE held SET is_compared = 0 WHERE number = ?');
    this.find = scratch.prepare<[string, string], HeldFile>(
      'SELECT number, datasets FROM held WHERE path = ? AND run_id = ?',
    );
    this.findPath = scratch.prepare<[number], string>('SELECT path FROM held WHERE number = ?').pluck();
  }

  pathOf(number: number): string {
    return this.findPath.get(number) ?? '';
  }

  /** Where rows of the files are that were read. */
  get tables(): readonly Table[] {
    return this.registry.neededTables(this.datasets);
  }

  /** The runs that loaded those files. */
  get heldRuns(): readonly string[] {
    return this.scratch.prepare<[], string>('SELECT DISTINCT run_id FROM held ORDER BY run_id').pluck().all();
  }

  /** Resolves with the number of records, and of those that were loaded with --no-undo and cannot be compared. */
  async read(throwIfStopped: () => void): Promise<RecordSums> {
    const runs = await this.runs();
    await this.hold(runs);
    for (const runId of runs) {
      for await (const page of this.database.ledgerRows({ kind: 'batches-of-run', runId })) {
        throwIfStopped();
        for (const batch of page) this.readBatch(runId, batch);
      }
    }
    return this.sums();
  }

  /** By files, each as its latest run loaded it: a run that was killed and went on may have a record in two batches. */
  private sums(): RecordSums {
    const sql = `SELECT coalesce(sum(records), 0) AS read, coalesce(sum(iif(is_compared, 0, records)), 0) AS rejected
      FROM held WHERE is_latest`;
    return this.scratch.prepare<[], RecordSums>(sql).get() ?? { read: 0, rejected: 0 };
  }

  /**
   * Of a file that was not loaded wholly by its last run, or whose run was undone, the rows of the runs before are there as well:
   * back to one that loaded all of it.
   */
  private async hold(runs: readonly string[]): Promise<void> {
    const note = this.scratch.prepare<[string]>('INSERT INTO unsettled VALUES (?)');
    const settle = this.scratch.prepare<[string]>('DELETE FROM unsettled WHERE path = ?');
    const find = this.scratch.prepare<[string], number>('SELECT 1 FROM unsettled WHERE path = ?').pluck();
    let unsettled = 0;
    for await (const page of latestFiles(this.database)) {
      for (const file of page) {
        this.holdFile(file);
        if (file.status !== 'loaded') unsettled += note.run(file.path).changes;
      }
    }
    for (const runId of runs.toReversed()) {
      if (unsettled === 0) return;
      for await (const page of this.database.ledgerRows({ kind: 'files-of-run', runId })) {
        for (const file of page.map(readLedgerFile)) {
          if (find.get(file.path) === undefined) continue;
          this.holdFile(file);
          if (file.status === 'loaded') unsettled -= settle.run(file.path).changes;
        }
      }
    }
  }

  private holdFile(file: LedgerFile): void {
    const { path, runId, status, dataset } = file;
    if ((status !== 'loaded' && status !== 'partial') || dataset === null) return;
    for (const name of datasetsIn(file)) this.datasets.add(name);
    const { records }: FileEntry = JSON.parse(file.entry);
    this.save.run(path, runId, path, JSON.stringify(lastRecords(file, this.registry)), records.loaded);
  }

  /** The first one first. */
  private async runs(): Promise<readonly string[]> {
    const runs = await Array.fromAsync(ledgerRuns(this.database));
    return runs.map(({ runId }) => runId).reverse();
  }

  private readBatch(runId: string, batch: LedgerRow): void {
    const claims = claimsAlone(batch);
    if (claims) this.addClaims(runId, claims);
    else this.addRemembered(runId, batch);
  }

  private addClaims(runId: string, claims: Claims): void {
    const { entries } = claims;
    for (const [path, from, to, length] of entryPlaces(claims)) {
      const file = this.find.get(path, runId);
      if (file === undefined) continue;
      const tables = this.tablesIn(file);
      let last = 0;
      for (let at = from; at < to; at += length) {
        const record = entries[at] as number;
        const { table, leading } = tablesAt(tables, record);
        this.children.forget(entries, at + 1);
        // The second claim of a record is that of the row that leads to its own.
        this.store.addWords('expected', entries, at + 1, file.number, record, record === last ? leading : table);
        last = record;
      }
    }
  }

  private addRemembered(runId: string, batch: LedgerRow): void {
    // Whichever run made an owner, rows of his may be of another one by now.
    for (const key of madeOwners(batch, this.database.declared)) this.addMade(key, this.database.declared.owners);
    for (const { table, key, name } of madeLookups(batch)) {
      const root = this.database.declared.find(table);
      this.addMade(key, root);
      if (root) this.lookups.set(key, { root, name });
    }
    if (!pathsOf(batch).some((path) => this.find.get(path, runId))) return;
    const isKnown = batch['undo'] instanceof Uint8Array;
    for (const [path, rows] of batchRows(batch, this.database.declared)) {
      const file = path === null ? undefined : this.find.get(path, runId);
      if (file === undefined) continue;
      if (!isKnown) {
        this.leaveOut.run(file.number);
        continue;
      }
      const tables = this.tablesIn(file);
      let last: number | null = null;
      for (const row of rows) {
        const { table, leading } = tablesAt(tables, row.record ?? 1);
        this.add(row, file.number, row.record === last ? leading : table);
        last = row.record;
      }
    }
  }

  /** Where the rows of a file's datasets are, and those that lead to them. */
  private tablesIn({ datasets }: HeldFile): readonly TablesUpTo[] {
    const { declared } = this.database;
    const all: ReturnType<typeof lastRecords> = JSON.parse(datasets);
    return all.map(([dataset, last]) => {
      const { layout, tables } = this.registry.get(dataset);
      const group = declared.groupOf(layout.table);
      const leading = tables.find((table) => table !== group.root && !group.children.includes(table));
      return { last, table: declared.groupNumber(group.root), leading: declared.groupNumber(leading) };
    });
  }

  /** A row that must be there, whatever is in it. */
  private addMade(key: string, root: Table | undefined): void {
    this.addEntry(`${key} ${NO_CONTENT}`, ANYTHING, 0, this.database.declared.groupNumber(root));
  }

  private add({ key, content, withoutSurplus, childKeys, record }: BatchRow, file: number, table: number): void {
    // Of what another record tells there is no content here.
    if (typeof content !== 'string' || record === null) return;
    this.children.note(key, childKeys);
    this.addEntry(`${key} ${withoutSurplus ?? content}`, file, record, table);
  }

  private addEntry(prints: string, file: number, record: number, table: number): void {
    const entry = new Int32Array(PRINT_WORDS);
    for (const [index, word] of prints.split(' ').entries()) entry[index] = Number(word);
    this.store.addWords('expected', entry, 0, file, record, table);
  }
}

/** Where a file holds records of several datasets, those of one follow those of another. */
function lastRecords(file: LedgerFile, registry: Registry): readonly (readonly [dataset: string, last: number])[] {
  const names = datasetsIn(file);
  if (names.length === 1) return [[names[0] as string, Number.MAX_SAFE_INTEGER]];
  const { datasets = {} }: Pick<FileEntry, 'datasets'> = JSON.parse(file.entry);
  let last = 0;
  return names
    .toSorted((a, b) => registry.levelOf(a) - registry.levelOf(b))
    .map((name) => {
      last += datasets[name]?.read ?? 0;
      return [name, last];
    });
}

function tablesAt(tables: readonly TablesUpTo[], record: number): TablesUpTo {
  return (tables.find(({ last }) => record <= last) ?? tables.at(-1)) as TablesUpTo;
}
