import { existsSync, statSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { MigrateError } from '../../errors.ts';
import { missingKeys } from '../../schema/comparison/compare.ts';
import type { FoundKey } from '../../schema/comparison/shape.ts';
import type { DeclaredTables } from '../../schema/declared-tables.ts';
import { storedTable } from '../../schema/key-link.ts';
import type { LedgerPlace } from '../../schema/ledger-place.ts';
import { loadColumns, type Table } from '../../schema/table.ts';
import { type ZoneClock, zoneClock } from '../../time/zone-clock.ts';
import { RefusedRow } from '../refused-row.ts';
import type { OpenOptions } from '../target.ts';
import { columnsOf, foreignKeysOf } from './catalog.ts';
import { quote } from './ddl.ts';
import { classify } from './errors.ts';
import { addTimeReader } from './forms.ts';
import { AS_DECLARED, type KnownTable, readKnownTable } from './known-table.ts';
import { type LocatedLedger, locateLedger } from './ledger.ts';
import { keepWal, openForReading, openForWriting } from './open-file.ts';
import { addRowContent } from './row-content.ts';
import { rowSource } from './row-source.ts';
import { selectAny } from './statements.ts';

/** How long a statement waits for another writer, in ms. Short, because nothing else happens meanwhile; retries wait longer. */
const BUSY_TIMEOUT = 500;

/** A foreign key as the database has it, with the columns that it leads to. */
export type StoredKey = Required<FoundKey>;

/**
 * The connections of one database: `reading` sees the real tables, `writing` is the same connection, or in a dry run
 * a private temporary database that holds the same declarations and vanishes.
 */
export class SqliteConnections {
  readonly reading: BetterSqlite3.Database;
  readonly writing: BetterSqlite3.Database;
  readonly isShadow: boolean;
  readonly declared: DeclaredTables;
  /** What times without a zone show; undefined for UTC. */
  readonly clock: ZoneClock | undefined;
  private readonly label: string;
  /** Closed last: see `keepWal`. */
  private readonly guard: BetterSqlite3.Database | undefined;
  private readonly known = new Set<string>();
  private located: LocatedLedger | undefined;
  private readonly knownTables = new Map<Table, KnownTable>();
  private readonly keeping = new Map<string, boolean>();
  private deferred: ReadonlyMap<string, readonly StoredKey[]> | undefined;

  constructor(path: string, label: string, options: OpenOptions) {
    this.label = label;
    this.isShadow = options.dryRun;
    this.declared = options.declared;
    this.clock = zoneClock(options.databaseZone);
    if (existsSync(path) && statSync(path).isDirectory()) {
      throw new MigrateError('not-a-database', `${label} is a directory, not a SQLite database`);
    }
    try {
      this.guard = options.isTrial ? keepWal(path) : undefined;
      this.reading = options.dryRun || options.readOnly ? openForReading(path, options) : openForWriting(path, label);
      this.writing = options.dryRun ? new BetterSqlite3('') : this.reading;
      for (const each of new Set([this.reading, this.writing])) {
        addTimeReader(each, this.clock);
        addRowContent(each);
      }
      this.refreshTables();
      this.reading.pragma(`busy_timeout = ${BUSY_TIMEOUT}`);
    } catch (error) {
      throw this.classify(error);
    }
  }

  /** Where the ledger is, or is to be made. */
  get ledger(): LedgerPlace {
    return this.locatedLedger.place;
  }

  get hasLedger(): boolean {
    return this.locatedLedger.isThere;
  }

  private get locatedLedger(): LocatedLedger {
    this.located ??= locateLedger(this.reading);
    return this.located;
  }

  /** Also of tables of the ledger. */
  isThere(table: Table): boolean {
    return this.hasTable((this.ledger.stored(table) ?? table).name);
  }

  readonly hasTable = (name: string): boolean => this.known.has(name);

  /** What the real table does with rows. */
  readonly knownTable = (table: Table): KnownTable => {
    if (!this.hasTable(table.name) || this.ledger.stored(table) !== undefined) return AS_DECLARED;
    const { link } = table;
    const above = link && this.knownTable(this.declared.get(link.table));
    const known = this.knownTables.get(table) ?? readKnownTable(this.reading, table, this.clock, above);
    this.knownTables.set(table, known);
    return known;
  };

  /** Where rows of the real table are read from, with the declared columns under their names. */
  readonly rows = (table: Table): string => {
    const { name } = this.ledger.tables.rowKeys;
    const rowKeys = this.hasTable(name) ? quote(name) : undefined;
    const above = this.above(table, this.rows);
    return rowSource(table, this.knownTable(table), { rowKeys, above, isShadow: false });
  };

  /** The same of the table that is written: the real one, or its shadow. */
  readonly plannedRows = (table: Table): string => (this.isShadow ? this.shadowRows(table) : this.rows(table));

  private readonly shadowRows = (table: Table): string => {
    const above = this.above(table, this.shadowRows);
    return rowSource(table, this.knownTable(table), { rowKeys: undefined, above, isShadow: true });
  };

  private above({ link }: Table, rows: (table: Table) => string): string | undefined {
    return link && rows(this.declared.get(link.table));
  }

  /** A run may write to it: in a dry run it has a shadow. */
  isWritten({ name }: Table): boolean {
    if (!this.isShadow) return this.hasTable(name);
    return (
      this.writing.prepare<[string]>("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !==
      undefined
    );
  }

  /** Of a dry run: the table is not there or has no rows, and what stands for it holds rows as they are encoded. */
  isEmptyShadow(table: Table): boolean {
    if (!this.isWritten(table)) return false;
    if (!this.hasTable(table.name)) return true;
    return this.knownTable(table).isAsDeclared && this.reading.prepare(selectAny(table.name)).get() === undefined;
  }

  /** The rows of the table are ours to take back: it is there, and what tells them apart. */
  readonly holdsOurRows = (table: Table): boolean => this.hasTable(table.name) && this.knownTable(table).isKeyed;

  /** A trigger of the application fires when rows are written, and may change them or take them away. */
  hasTriggers({ name }: Table): boolean {
    const sql = "SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE LIMIT 1";
    return this.reading.prepare<[string]>(sql).get(name) !== undefined;
  }

  /**
   * Column sets that the real table keeps unique, beside its natural key, and of which a load fills all. Partial indexes and
   * expressions are left out.
   */
  uniqueSets(table: Table): readonly (readonly string[])[] {
    const { folds } = this.knownTable(table);
    const isKey = (set: readonly string[]): boolean => String(set) === String(table.naturalKey);
    const loaded = new Set(loadColumns(table));
    const sets = this.uniqueIndexes(table).filter((set) => set.every((name) => loaded.has(name)));
    // A key that folds is taken by rows that are not the same.
    return sets.filter((set) => !isKey(set) || set.some((name) => folds.has(name)));
  }

  /** The table itself refuses a second row with the same natural key. */
  hasUniqueKey(table: Table): boolean {
    return this.uniqueIndexes(table).some((set) => String(set) === String(table.naturalKey));
  }

  /** No two rows have one natural key: the table refuses them, or the ledger keeps the key. */
  hasOneRowByKey(table: Table): boolean {
    return this.hasUniqueKey(table) || this.knownTable(table).beside.includes(table.recordKey ?? '');
  }

  private uniqueIndexes(table: Table): readonly (readonly string[])[] {
    if (!this.known.has(table.name)) return [];
    const columns = this.reading
      .prepare<[string], string | null>('SELECT name FROM pragma_index_info(?) ORDER BY seqno')
      .pluck();
    return this.reading
      .prepare<[string], string>(`SELECT name FROM pragma_index_list(?) WHERE "unique" = 1 AND partial = 0`)
      .pluck()
      .all(table.name)
      .map((index) => columns.all(index))
      .flatMap((set) => {
        const declared = set.map((name) => (name === null ? [] : this.declaredNames(table, name)));
        return declared.every(({ length }) => length > 0) ? [declared.flat()] : [];
      });
  }

  /** The declared column that a column of the real table holds. */
  declaredName(table: Table, inTable: string): string | undefined {
    return [...this.knownTable(table).columns].find(([, { name }]) => name === inTable)?.[0];
  }

  /** The same, or the declared columns in whose place it stands. */
  declaredNames(table: Table, inTable: string): readonly string[] {
    const { link } = this.knownTable(table);
    if (link?.name === inTable) return [...link.columns.keys()];
    const name = this.declaredName(table, inTable);
    return name === undefined ? [] : [name];
  }

  /** An error after which the transaction is gone: what is left of the batch must not be tried outside of it. */
  lostTransaction(error: unknown): unknown {
    const classified = this.classify(error);
    if (!(classified instanceof RefusedRow)) return classified;
    return new MigrateError('database-refused', `${this.label} rolled the batch back: ${classified.constraint}`, {
      cause: classified.cause,
    });
  }

  /** The table has every foreign key that is declared. */
  keepsKeys(table: Table): boolean {
    if (this.isShadow) return false;
    const known =
      this.keeping.get(table.name) ??
      missingKeys(storedTable(table), foreignKeysOf(this.reading, table.name), this.nameIn(table)).length === 0;
    this.keeping.set(table.name, known);
    return known;
  }

  /** What a declared column is called in the real table. */
  readonly nameIn =
    (table: Table) =>
    (name: string): string => {
      const { columns, link } = this.knownTable(table);
      return (name === table.link?.name ? link?.name : columns.get(name)?.name) ?? name;
    };

  /** The foreign keys of tables of which one is checked at the commit only, by table. None in a dry run, which checks none. */
  get deferredKeys(): ReadonlyMap<string, readonly StoredKey[]> {
    if (this.isShadow) return new Map();
    this.deferred ??= this.findDeferred();
    return this.deferred;
  }

  private findDeferred(): ReadonlyMap<string, readonly StoredKey[]> {
    const sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%INITIALLY DEFERRED%'";
    const names = this.reading.prepare<[], string>(sql).pluck().all();
    const primaryKey = (table: string): string[] =>
      columnsOf(this.reading, table)
        .filter(({ pk }) => pk > 0)
        .toSorted((one, other) => one.pk - other.pk)
        .map(({ name }) => name);
    return new Map(
      names.map((name) => {
        const keys = foreignKeysOf(this.reading, name);
        return [name, keys.map(({ columns, table, to = primaryKey(table) }) => ({ columns, table, to }))];
      }),
    );
  }

  refreshTables(): void {
    const names = this.reading.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
    this.known.clear();
    this.deferred = undefined;
    this.keeping.clear();
    this.knownTables.clear();
    for (const name of names) this.known.add(name);
    this.located = locateLedger(this.reading);
  }

  classify(error: unknown): unknown {
    return classify(error, this.label);
  }

  close(): void {
    if (this.writing !== this.reading) this.writing.close();
    this.reading.close();
    this.guard?.close();
  }
}
