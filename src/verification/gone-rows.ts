import { storedKeyPrint } from '../checking/prints.ts';
import type { Database } from '../databases/database.ts';
import type { LedgerRow } from '../databases/ledger-query.ts';
import type { Registry } from '../datasets/registry.ts';
import type { Scratch } from '../files/scratch.ts';
import { Fingerprint, PRINT_LENGTH, printText } from '../hash/fingerprint.ts';
import { type LedgerFile, latestFiles } from '../ledger/ledger.ts';
import { claimedKeys, madeOwners, pathsOf } from '../load/batch-rows.ts';
import type { KeyPlace } from '../load/claim-list.ts';
import { mayBeLoaded } from '../load/loaded-children.ts';
import type { FileCounts } from '../report/tally.ts';
import type { Table, Value } from '../schema/table.ts';
import { ANYTHING, PARTITIONS, PRINT, PRINT_WORDS, PrintStore } from './print-store.ts';
import { RowsBelow } from './rows-below.ts';
import { StoredKeys } from './stored-keys.ts';
import { storedOwners } from './stored-owners.ts';
import { eachStored } from './stored-prints.ts';

/** Of a file, by the run that loaded it last. */
interface FileRows {
  readonly rows: number;
  readonly gone: number;
  /** Of child rows: how many are there, then how many are gone. */
  readonly below: number;
}

const NO_CONTENT = new Fingerprint();

/**
 * The rows that the ledger has as loaded and that are no longer in the database, by file. The keys of all rows are read,
 * and compared with the keys that the ledger holds.
 */
export class GoneRows {
  private readonly database: Database;
  private readonly registry: Registry;
  private readonly scratch: Scratch;
  private readonly throwIfStopped: () => void;
  private readonly store: PrintStore;
  /** Tables that have no row, though the ledger knows some. */
  private readonly emptied = new Set<string>();
  /** Child tables that have no row, though rows above them are there. */
  private readonly childless = new Set<string>();
  /** By number of a table: some row that the ledger knows is there. */
  private readonly tablesWithRows = new Set<number>();
  private readonly unkeyedWithRows = new Set<Table>();
  private readonly select;
  /** Where child rows are counted. */
  private below: RowsBelow | undefined;
  private isAddedUp = false;
  private hasGone = false;
  private hasGoneOwners = false;
  /** Owners who are gone though rows of theirs are there, one by one. Their files load again where no owner is left at all. */
  absentOwners = 0;
  /** Tables that are not as a load left them: whatever the ledger knows of them is gone. */
  private unreadable: ReadonlySet<string> = new Set();

  constructor(database: Database, registry: Registry, scratch: Scratch, throwIfStopped: () => void) {
    this.database = database;
    this.registry = registry;
    this.scratch = scratch;
    this.throwIfStopped = throwIfStopped;
    this.store = new PrintStore(scratch);
    // `part` is a file in a batch, by the order in which they are read.
    scratch.exec(`CREATE TABLE gone_records (part INTEGER, record INTEGER, PRIMARY KEY (part, record)) WITHOUT ROWID;
      CREATE TABLE gone_owners (key TEXT PRIMARY KEY, has_rows INTEGER) WITHOUT ROWID;
      CREATE TABLE gone_from (path TEXT PRIMARY KEY, rows INTEGER, gone INTEGER, below INTEGER, is_void INTEGER, is_skipped INTEGER) WITHOUT ROWID`);
    this.select = scratch.prepare<[string], FileRows & { readonly isVoid: number; readonly isSkipped: number }>(
      'SELECT rows, gone, below, is_void AS isVoid, is_skipped AS isSkipped FROM gone_from WHERE path = ?',
    );
  }

  /** Names of tables whose rows cannot be read. */
  leaveOut(tables: ReadonlySet<string>): void {
    this.unreadable = tables;
  }

  /**
   * Inside no transaction: reads what was committed. `looksBelow`: also at the child rows of rows that are there, which takes several
   * times as long.
   */
  async find({ looksBelow }: { readonly looksBelow: boolean }): Promise<void> {
    if (looksBelow) this.below = new RowsBelow(this.scratch, this.database.declared);
    let hasClaims = false;
    await this.eachPart(
      (part, _path, keys) => {
        hasClaims = true;
        for (const { words, at, record } of keys) this.store.addWords('expected', words, at, part, record, 0);
      },
      (batch) => this.expectOwners(batch),
    );
    if (!hasClaims) return;
    await this.database.snapshot(async () => {
      for (const [table, { root, children }] of this.database.declared.groups.entries()) {
        if (this.unreadable.has(root.name) || root.isApplications) continue;
        let below = 0;
        await eachStored(this.database, { root, children: this.lookedAt(children) }, this.throwIfStopped, {
          begin: () => {
            below = 0;
          },
          child: (row) => {
            if (mayBeLoaded(row.table, (name) => row.value(name), undefined)) below++;
          },
          end: (key) => this.store.add('stored', key, NO_CONTENT, 0, below, table),
        });
      }
    });
    this.compare();
    await this.findEmptied();
    if (this.hasGone || this.emptied.size + this.childless.size > 0 || this.below) await this.addUpFiles();
    if (this.hasGoneOwners) await this.addUpOwners();
  }

  /** Some that the ledger knows; any of a table without a key. */
  private hasRows(table: Table): boolean {
    return this.tablesWithRows.has(this.database.declared.groupNumber(table)) || this.unkeyedWithRows.has(table);
  }

  private lookedAt(children: readonly Table[]): readonly Table[] {
    const isThere = (child: Table): boolean => this.database.hasTable(child) && !this.unreadable.has(child.name);
    return this.below ? children.filter(isThere) : [];
  }

  private async findEmptied(): Promise<void> {
    const { declared } = this.database;
    for (const [number, { root, children }] of declared.groups.entries()) {
      if (this.database.isUnkeyed(root) && (await this.database.hasRows(root))) this.unkeyedWithRows.add(root);
      const hasRows = this.tablesWithRows.has(number);
      // Owners are told apart by whose rows are there.
      const tables = hasRows ? children : [root].filter((table) => this.hasGone && table !== declared.owners);
      for (const table of tables.filter(({ name, isApplications }) => !isApplications && !this.unreadable.has(name)))
        if (!(await this.database.hasRows(table))) (hasRows ? this.childless : this.emptied).add(table.name);
    }
  }

  private expectOwners(batch: LedgerRow): void {
    const { owners } = this.database.declared;
    if (owners === undefined || this.unreadable.has(owners.name)) return;
    const words = new Int32Array(2 * PRINT_LENGTH);
    for (const key of madeOwners(batch, this.database.declared)) {
      words.set(key.split(' ').map(Number));
      this.store.addWords('expected', words, 0, ANYTHING, 0, 0);
    }
  }

  /** Notes that the file is not loaded again. Returns how many of its records have no row any more, or else how many rows below theirs are gone. */
  skip(path: string): Pick<FileRows, 'gone' | 'below'> {
    const { gone, below } = (this.isAddedUp && this.select.get(path)) || { gone: 0, below: 0 };
    if (gone + below > 0) this.scratch.prepare('UPDATE gone_from SET is_skipped = 1 WHERE path = ?').run(path);
    return { gone, below };
  }

  /** Whether some rows of a file are gone, and it was not loaded again. */
  hasSkipped(path: string): boolean {
    return this.isAddedUp && this.select.get(path)?.isSkipped === 1;
  }

  /**
   * Whether what the ledger says of a file counts for nothing: its table, or one of its child tables, was emptied, or made again, or restored from
   * before the run; or all rows of the file are gone, where it had several. Single rows were deleted by the application.
   */
  isVoid(path: string): boolean {
    return (
      (this.hasGone || this.hasGoneOwners || this.emptied.size + this.childless.size > 0) &&
      this.select.get(path)?.isVoid === 1
    );
  }

  private async eachPart(
    visit: (part: number, path: string, keys: readonly KeyPlace[], batch: LedgerRow) => void,
    visitBatch: (batch: LedgerRow) => void = () => undefined,
  ): Promise<void> {
    let part = 0;
    for await (const page of this.database.ledgerRows({ kind: 'batches' })) {
      this.throwIfStopped();
      for (const batch of page) {
        visitBatch(batch);
        for (const [path, keys] of claimedKeys(batch)) visit(part++, path, keys, batch);
      }
    }
  }

  private compare(): void {
    const save = this.scratch.prepare('INSERT OR IGNORE INTO gone_records VALUES (?, ?)');
    const saveOwner = this.scratch.prepare('INSERT OR IGNORE INTO gone_owners VALUES (?, 0)');
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const stored = new StoredKeys(this.store.entries('stored', partition));
      const expected = this.store.entries('expected', partition);
      for (let at = 0; at < expected.length; at += PRINT_WORDS) {
        const found = stored.find(expected, at);
        if (found !== undefined) {
          this.tablesWithRows.add(stored.entries[found + PRINT.table] as number);
          this.below?.add(expected[at + PRINT.file] as number, stored.entries[found + PRINT.record] as number);
          continue;
        }
        if (expected[at + PRINT.file] === ANYTHING) {
          this.hasGoneOwners = true;
          saveOwner.run(printText(expected, at));
          continue;
        }
        this.hasGone = true;
        save.run(expected[at + PRINT.file], expected[at + PRINT.record]);
      }
    }
  }

  /** What is gone of the files whose newest entry in the ledger is of the run that made the claims. */
  private async addUpFiles(): Promise<void> {
    const { scratch, below } = this;
    this.isAddedUp = true;
    scratch.exec(
      'CREATE TABLE gone_parts (path TEXT, run_id TEXT, rows INTEGER, gone INTEGER, below INTEGER, remembers INTEGER)',
    );
    const count = scratch.prepare<[number], number>('SELECT count(*) FROM gone_records WHERE part = ?').pluck();
    const save = scratch.prepare('INSERT INTO gone_parts VALUES (?, ?, ?, ?, ?, ?)');
    await this.eachPart((part, path, keys, batch) => {
      const gone = count.get(part) ?? 0;
      const records = new Set(keys.map(({ record }) => record));
      const remembers = batch['undo'] instanceof Uint8Array ? 1 : 0;
      save.run(path, String(batch['run_id']), records.size, gone, below?.of(part) ?? 0, remembers);
    });
    scratch.exec('CREATE INDEX gone_parts_path ON gone_parts (path, run_id)');
    const sums = scratch.prepare<[string, string], FileRows & { readonly remembers: number }>(
      `SELECT sum(rows) AS rows, sum(gone) AS gone, sum(below) AS below, min(remembers) AS remembers FROM gone_parts
        WHERE path = ? AND run_id = ? HAVING count(*) > 0`,
    );
    const insert = scratch.prepare('INSERT INTO gone_from VALUES (?, ?, ?, ?, ?, 0)');
    for await (const page of latestFiles(this.database)) {
      for (const file of page) {
        const { path, runId, status } = file;
        const sum = status === 'loaded' ? sums.get(path, runId) : undefined;
        // Where rows above them are gone as well, the application deleted these with them.
        const isChildless = (sum?.gone ?? 0) === 0 && this.childless.size > 0 && feedsAny(file, this.childless);
        const isVoid = status === 'loaded' && (isChildless || (this.emptied.size > 0 && feedsAny(file, this.emptied)));
        if (isVoid) insert.run(path, sum?.rows ?? 0, sum?.gone ?? 0, 0, 1);
        if (sum === undefined || isVoid) continue;
        if (sum.gone === 0) {
          const gone = below?.gone(file, sum.below) ?? 0;
          if (gone > 0) insert.run(path, sum.rows, 0, gone, 0);
          continue;
        }
        const tables = tablesOf(file, this.registry);
        // With --no-undo the ledger does not hold the keys of rows that have generated ones.
        if (sum.remembers === 0 && tables.some(hasGeneratedKey)) continue;
        // Rows of a table without a key are gone when somebody has changed them.
        const isAll = sum.gone === sum.rows && sum.rows > 1 && !tables.some((table) => this.database.isUnkeyed(table));
        const isEmptied = tables.some((table) => !this.hasRows(table));
        insert.run(path, sum.rows, sum.gone, 0, isAll || isEmptied ? 1 : 0);
      }
    }
  }

  /** Whose rows are gone as well was deleted with them. */
  private async addUpOwners(): Promise<void> {
    const { scratch, database, unreadable } = this;
    const { owners } = database.declared;
    if (owners === undefined) return;
    const mark = scratch.prepare('UPDATE gone_owners SET has_rows = 1 WHERE key = ?');
    let last: Value = null;
    await database.snapshot(async () => {
      for await (const id of storedOwners(database, ({ name }) => !unreadable.has(name))) {
        if (id !== last) mark.run(storedKeyPrint(owners, () => id).text);
        last = id;
      }
    });
    const find = scratch.prepare<[string]>('SELECT 1 FROM gone_owners WHERE key = ? AND has_rows');
    if (this.tablesWithRows.has(database.declared.groupNumber(owners))) {
      const count = scratch.prepare<[], number>('SELECT count(*) FROM gone_owners WHERE has_rows').pluck();
      this.absentOwners = count.get() ?? 0;
      return;
    }
    const insert = scratch.prepare(
      'INSERT INTO gone_from VALUES (?, 0, 0, 0, 1, 0) ON CONFLICT (path) DO UPDATE SET is_void = 1',
    );
    for await (const page of database.ledgerRows({ kind: 'batches' })) {
      for (const batch of page) {
        const isNeeded = madeOwners(batch, database.declared).some((key) => find.get(key) !== undefined);
        if (isNeeded) for (const path of pathsOf(batch)) insert.run(path);
      }
    }
  }
}

/** Where the records of a file are, of which some were loaded. */
function tablesOf({ dataset, counts }: LedgerFile, registry: Registry): readonly Table[] {
  const { records, datasets = { [dataset ?? '']: records } }: FileCounts = JSON.parse(counts);
  const names = Object.entries(datasets).flatMap(([name, { loaded }]) => (loaded > 0 ? [name] : []));
  return names.flatMap((name) => registry.find(name)?.layout.table ?? []);
}

/** Whether rows of a file went into one of the tables. */
function feedsAny({ counts }: LedgerFile, names: ReadonlySet<string>): boolean {
  const { tables = {} }: Partial<FileCounts> = JSON.parse(counts);
  return Object.entries(tables).some(
    ([name, { inserted, updated, unchanged }]) => names.has(name) && inserted + updated + unchanged > 0,
  );
}

function hasGeneratedKey(table: Table): boolean {
  return table.naturalKey.some((name) => table.columns[name]?.references !== undefined);
}
