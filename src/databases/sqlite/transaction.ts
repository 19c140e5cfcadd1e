import type BetterSqlite3 from 'better-sqlite3';
import type { ChildRows, RowGroup, RowLookup } from '../../schema/row-group.ts';
import { loadColumns, mayMove, type Row, soleKey, type Table } from '../../schema/table.ts';
import { EventLoopTurn } from '../../system/yield-to-event-loop.ts';
import type { ExactCells } from '../exact-cells.ts';
import type { LedgerRow } from '../ledger-query.ts';
import { compileFit } from '../misfit.ts';
import { ANOTHER_OWNER, RefusedRow, SWALLOWED, UnfitRow } from '../refused-row.ts';
import { rowsIn, type Segment } from '../row-codec.ts';
import {
  ABSENT,
  type ChildComparison,
  type Comparison,
  type FoundRow,
  type Merge,
  SAME,
  type Transaction,
} from '../transaction.ts';
import { Appender } from './appender.ts';
import type { SqliteConnections } from './connection.ts';
import { refuseDangling } from './dangling-keys.ts';
import { readExactCells } from './exact-cells.ts';
import { GivenRows } from './given-rows.ts';
import { bindHeld } from './known-table.ts';
import { SqliteLookups } from './lookups.ts';
import { arePresent } from './present-rows.ts';
import { References } from './references.ts';
import { SQLITE_ROWS } from './row-codec.ts';
import { RowPages } from './row-pages.ts';
import { insertGiven, insertOwner, insertRow, selectOwner } from './statements.ts';
import { StoredTable } from './stored-table.ts';
import { type Bound, bind } from './values.ts';

/** Fewer rows are appended one by one: a file costs more than it saves. */
const FEWEST_TO_SHOW = 200;

/**
 * SQLite needs no staging: statements run in this process, so each row is compared where it is.
 * `reading` sees the real tables; `writing` is the same connection, or the shadow of a dry run.
 */
export class SqliteTransaction implements Transaction {
  private readonly connections: SqliteConnections;
  private readonly tables = new Map<Table, StoredTable>();
  private readonly appenders = new Map<Table, Appender>();
  private readonly fits = new Map<Table, (row: Row) => boolean>();
  private readonly lookups: SqliteLookups;
  /** Rows of a batch, beside the tables that are written, and beside those that are read. */
  private readonly given: GivenRows;
  private readonly presented: GivenRows;
  private references: References | undefined;
  /** Rows are compared and written without ever waiting. */
  private readonly turn = new EventLoopTurn();

  constructor(connections: SqliteConnections, tempDir?: string) {
    this.connections = connections;
    const pages = new RowPages();
    this.given = new GivenRows(connections.writing, pages, tempDir);
    this.presented = connections.isShadow ? new GivenRows(connections.reading, pages, tempDir) : this.given;
    this.lookups = new SqliteLookups(connections);
  }

  async find(lookups: readonly RowLookup[]): Promise<readonly FoundRow[]> {
    return this.lookups.find(lookups);
  }

  async compare(groups: readonly RowGroup[]): Promise<readonly Comparison[]> {
    const roots = new Set(groups.map((group) => group.root));
    const empty = new Set([...roots].filter((root) => this.tableOf(root).isUntouched || this.tableOf(root).isEmpty));
    const comparisons: Comparison[] = [];
    for (const group of groups) {
      comparisons.push(empty.has(group.root) ? ABSENT : this.compareGroup(group));
      if (this.turn.isDue) await this.turn.take();
    }
    return comparisons;
  }

  /** Nobody else writes meanwhile. */
  async findLoose(going: ReadonlyMap<RowGroup, readonly ChildRows[]>): Promise<ReadonlySet<RowGroup>> {
    this.references ??= References.of(this.connections);
    const loose = [...going].filter(([, children]) => {
      // What a table of another program holds beside the declared columns would not come back with an undo.
      if (children.some(({ table }) => !this.connections.knownTable(table).isRestorable)) return false;
      const keys = children.map(({ table, rows }) => [table, rows.map(this.tableOf(table).primaryKeyOf)] as const);
      return this.references?.findNeeded(keys) === undefined;
    });
    return new Set(loose.map(([group]) => group));
  }

  async exactCells(table: Table, rows: readonly Row[]): Promise<readonly ExactCells[]> {
    return readExactCells(table, rows, this.connections);
  }

  async createOwners(ids: readonly string[]): Promise<readonly string[]> {
    const { reading, writing, hasTable, declared } = this.connections;
    const { owners } = declared;
    // The table of owners may not be needed, and then it is not there.
    if (owners === undefined || ids.length === 0 || !this.connections.isWritten(owners)) return [];
    const query = (from: BetterSqlite3.Database) =>
      from.prepare<[Bound], string | number>(selectOwner(owners, this.lookups.rowsIn(from, owners))).pluck();
    const known = hasTable(owners.name) ? query(reading) : undefined;
    const planned = query(writing);
    const holding = this.connections.knownTable(owners);
    const isThere = (name: string): boolean => !holding.absent.includes(name);
    const insert = writing.prepare<[Bound]>(insertOwner(owners, isThere, this.connections.nameIn(owners)));
    const create = (id: string): boolean => {
      const key = bindHeld(holding, owners, soleKey(owners), id);
      const idsIn = (statement: typeof planned | undefined): string[] => statement?.all(key).map(String) ?? [];
      const found = [...idsIn(known), ...idsIn(planned)];
      if (found.includes(id)) return false;
      if (found.length > 0 || insert.run(key).changes !== 1 || !idsIn(planned).includes(id))
        throw new RefusedRow(ANOTHER_OWNER);
      return true;
    };
    return this.saved(() => ids.filter(create));
  }

  async merge(groups: readonly Merge[]): Promise<void> {
    const { declared } = this.connections;
    // In order of reference: only a deferred key may lead to a row that is still to come.
    const place = ({ group }: Merge): number => declared.groupNumber(group.root);
    const ordered = groups.toSorted((one, other) => place(one) - place(other));
    await this.saved(async () => {
      for (const merge of ordered) {
        this.mergeGroup(merge);
        if (this.turn.isDue) await this.turn.take();
      }
      refuseDangling(this.connections, this.lookups, groups);
    });
  }

  async append(segments: readonly Segment[], meanwhile: () => void): Promise<void> {
    await this.saved(() => {
      for (const [name, parts] of Map.groupBy(segments, ({ table }) => table)) {
        const table = this.connections.declared.get(name);
        if (this.connections.knownTable(table).isAsDeclared) this.appendEncoded(table, parts);
        else for (const { rows, bytes } of parts) this.appendHeld(table, rows, bytes);
      }
    });
    meanwhile();
  }

  /** Outside of it: what it showed to SQL goes. */
  end(): void {
    this.given.hide();
    this.presented.hide();
  }

  private appendEncoded(table: Table, segments: readonly Segment[]): void {
    const given = this.given.show(table, segments, FEWEST_TO_SHOW);
    if (given === undefined) for (const { rows, bytes } of segments) this.appender(table).append(rows, bytes);
    else {
      const { changes } = this.connections.writing.prepare(insertGiven(table, given)).run();
      if (changes !== rowsIn(segments)) throw new RefusedRow(SWALLOWED);
    }
  }

  async holds(segments: readonly Segment[]): Promise<boolean> {
    return arePresent(segments, this.connections, this.presented);
  }

  /** Into a table of other types. */
  private appendHeld(table: Table, rows: number, bytes: Uint8Array): void {
    const fits = this.fitOf(table);
    const stored = this.tableOf(table);
    const decoder = SQLITE_ROWS.decoder(table, bytes);
    for (let i = 0; i < rows; i++) {
      const row = decoder.next();
      if (!fits(row)) throw new UnfitRow();
      stored.append(row);
    }
  }

  private fitOf(table: Table): (row: Row) => boolean {
    const fit = this.fits.get(table) ?? compileFit(this.connections.knownTable(table), table);
    this.fits.set(table, fit);
    return fit;
  }

  private appender(table: Table): Appender {
    const appender = this.appenders.get(table) ?? new Appender(table, this.connections.writing);
    this.appenders.set(table, appender);
    return appender;
  }

  /** All or nothing: a refused row leaves the transaction as it was before. */
  private async saved<T>(work: () => T | Promise<T>): Promise<T> {
    const { writing } = this.connections;
    writing.exec('SAVEPOINT refusable');
    try {
      const result = await work();
      writing.exec('RELEASE refusable');
      return result;
    } catch (error) {
      // SQLITE_FULL and RAISE(ROLLBACK) in a trigger end the whole transaction by themselves.
      if (!writing.inTransaction) throw this.connections.lostTransaction(error);
      writing.exec('ROLLBACK TO refusable; RELEASE refusable');
      throw this.connections.classify(error);
    }
  }

  /** SQLite takes the number after the largest one. https://www.sqlite.org/autoinc.html */
  async passNumbers(): Promise<void> {}

  async insertLedger(table: Table, rows: readonly LedgerRow[]): Promise<void> {
    const stored = this.connections.ledger.stored(table) ?? table;
    const insert = this.connections.writing.prepare(insertRow(stored));
    for (const row of rows) insert.run(...loadColumns(table).map((name) => bind(row[name])));
  }

  private compareGroup(group: RowGroup): Comparison {
    const root = this.tableOf(group.root);
    if (this.connections.knownTable(group.root).isUnkeyed)
      return this.lookups.isKnown(group.root, root.keyOf(group.row)) ? SAME : ABSENT;
    const stored = root.find(group.row);
    if (stored === undefined) return ABSENT;
    return {
      root: root.isSame(stored, group.row, group.keepsStored === true) ? 'same' : 'differs',
      isPlaceholder: root.isPlaceholder(stored),
      ownerDiffers: root.ownerDiffers(stored, group.row),
      storedIsNewer: root.isNewer(stored, group.row),
      children: this.connections.declared
        .groupOf(group.root)
        .children.map((table) => this.compareChildren(group, table)),
    };
  }

  private compareChildren({ root, row, children, keepsStored }: RowGroup, table: Table): ChildComparison {
    const { rows = [] } = children.find((each) => each.table === table) ?? {};
    const child = this.tableOf(table);
    const storedRows = child.rowsOf(this.tableOf(root).keyOf(row));
    const text = (key: readonly unknown[]): string => JSON.stringify(key.map(String));
    const byKey = new Map(storedRows.map((stored) => [text(child.storedKey(stored)), stored]));
    let [absent, same, own] = [0, 0, 0];
    for (const each of rows) {
      const below = byKey.get(text(child.keyOf(each)));
      if (below !== undefined) own++;
      const stored = below ?? (mayMove(table) ? child.find(each) : undefined);
      if (stored === undefined) absent++;
      else if (child.isSame(stored, each, keepsStored === true)) same++;
    }
    return { table: table.name, absent, same, differs: rows.length - absent - same, surplus: storedRows.length - own };
  }

  private mergeGroup({ group, comparison }: Merge): void {
    // A shadow holds no former rows: what would change there is inserted, and meets the same constraints.
    const mayExist = comparison.root !== 'absent' && !this.connections.isShadow;
    const goingOf = (name: string): readonly Row[] =>
      comparison.children.find(({ table }) => table === name)?.going ?? [];
    // Those that refer to others go first.
    const children = this.connections.declared.groupOf(group.root).children.toReversed();
    for (const table of mayExist ? children : [])
      for (const row of goingOf(table.name)) this.tableOf(table).remove(row);
    const { keepsStored = false } = group;
    mergeRow(this.tableOf(group.root), group.row, { mayExist, keepsStored, going: [] });
    for (const { table, rows } of group.children) {
      const going = goingOf(table.name);
      for (const row of rows) mergeRow(this.tableOf(table), row, { mayExist, keepsStored, going });
    }
  }

  private tableOf(table: Table): StoredTable {
    const stored = this.tables.get(table) ?? new StoredTable(table, this.connections);
    this.tables.set(table, stored);
    return stored;
  }
}

interface RowMerge {
  readonly mayExist: boolean;
  readonly keepsStored: boolean;
  readonly going: readonly Row[];
}

function mergeRow(table: StoredTable, row: Row, { mayExist, keepsStored, going }: RowMerge): void {
  const stored = mayExist ? table.find(row) : undefined;
  if (stored === undefined) table.insert(row, going);
  else if (!table.isSame(stored, row, keepsStored)) table.update(row, keepsStored);
}
