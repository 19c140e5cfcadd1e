import type BetterSqlite3 from 'better-sqlite3';
import {
  type Column,
  column,
  comparedColumns,
  hasGeneratedKey,
  keepsStoredWhenNull,
  loadColumns,
  placeholderColumns,
  type Row,
  type Table,
} from '../../schema/table.ts';
import { CHANGED, RefusedRow, SWALLOWED } from '../refused-row.ts';
import type { SqliteConnections } from './connection.ts';
import { formerValue, KeptBeside } from './kept-beside.ts';
import { type Binder, binderOf, bindShown, isElsewhere, type KnownTable, writtenColumns } from './known-table.ts';
import { LinkedKey } from './linked-key.ts';
import { deleteRow } from './references.ts';
import { Standards } from './standards.ts';
import {
  insertRow,
  type KeepsStored,
  keyValues,
  selectAny,
  selectPrimaryKey,
  selectRows,
  selectTaken,
  updateRow,
  whereKey,
} from './statements.ts';
import { type Bound, read, sameValue } from './values.ts';

type Statement = BetterSqlite3.Statement<Bound[], Bound[]>;

/** A stored row, in the order of `loadColumns(table)`. */
export type StoredRow = readonly Bound[];

/** One table with its prepared statements. What reads finds nothing where the table does not exist yet. */
export class StoredTable {
  private readonly table: Table;
  private readonly known: KnownTable;
  private readonly names: readonly string[];
  private readonly columns: readonly Column[];
  private readonly compared: readonly number[];
  private readonly inserted: readonly number[];
  /** Columns that the table computes. */
  private readonly computed: readonly number[];
  /** It may store something else than it is given, or nothing: what was written is looked at. */
  private readonly mayChangeRows: boolean;
  private readonly key: readonly number[];
  private readonly ownerAt: number;
  private readonly touchedAt: number;
  /** Where a placeholder holds NULL; empty where the table has none. */
  private readonly unfilled: readonly number[];
  /** In a dry run generated keys are below zero, so that no row of the shadow is taken for a real one. */
  private nextShadowId: number | undefined;
  private readonly anyRow: Statement | undefined;
  private readonly wasEmpty: boolean;
  private readonly byKey: Statement | undefined;
  private readonly byRoot: Statement | undefined;
  /** In a dry run: what the real table keeps unique, which the shadow, being empty, cannot know. */
  private readonly binders: readonly Binder[];
  private readonly taken: readonly {
    readonly names: string;
    readonly at: readonly number[];
    readonly query: Statement;
  }[];
  private readonly written: Statement;
  private readonly insertion: Statement;
  private readonly change: Statement;
  /** The same of a row of the application, in which NULL replaces nothing. */
  private readonly prepareGentleChange: () => Statement;
  /** Made when they are needed: a table of an application need not have its declared key. */
  private readonly prepareKey: () => Statement;
  private readonly prepareRemoval: () => Statement;
  private readonly changed: readonly number[];
  private readonly replacement: Statement;
  private readonly replaced: readonly number[];
  private readonly link: LinkedKey;
  private readonly kept: KeptBeside | undefined;
  private readonly standards: Standards;

  constructor(table: Table, connections: SqliteConnections) {
    const { reading, writing, hasTable, isShadow } = connections;
    const names = loadColumns(table);
    const at = (name: string): number => names.indexOf(name);
    const known = connections.knownTable(table);
    const { computed, folds, beside, filled, link } = known;
    this.table = table;
    this.known = known;
    this.names = names;
    this.columns = names.map((name) => column(table, name));
    // A shadow has columns for what the ledger keeps.
    const written = writtenColumns(table, isShadow ? { ...known, beside: [] } : known);
    this.compared = comparedColumns(table)
      .filter((name) => !computed.has(name))
      .map(at);
    this.computed = names.filter((name) => computed.has(name)).map(at);
    // A row that names none above is told apart from one that names another only by looking.
    this.mayChangeRows = computed.size > 0 || link?.notNull === false || connections.hasTriggers(table);
    this.inserted = written.map(at);
    this.binders = names.map((name) => binderOf(known, table, name));
    this.key = table.naturalKey.map(at);
    this.ownerAt = table.owner === undefined ? -1 : at(table.owner);
    this.touchedAt = table.touched === undefined ? -1 : at(table.touched);
    this.unfilled = table.hasPlaceholders ? placeholderColumns(table).map(at) : [];
    this.nextShadowId = isShadow && hasGeneratedKey(table) ? -1 : undefined;
    const rows = connections.rows(table);
    const planned = connections.plannedRows(table);
    const prepared = (connection: BetterSqlite3.Database, sql: string): Statement =>
      connection.prepare<Bound[], Bound[]>(sql).raw(true).safeIntegers(true);
    const query = (sql: string): Statement | undefined => (hasTable(table.name) ? prepared(reading, sql) : undefined);
    this.anyRow = query(selectAny(table.name));
    this.wasEmpty = !connections.hasUniqueKey(table) && !beside.includes(table.recordKey ?? '') && this.isEmpty;
    this.byKey = query(selectRows(table, table.naturalKey, folds, rows));
    const { by = [] } = table.belongsTo ?? {};
    this.byRoot = by.length === 0 ? undefined : query(selectRows(table, by, new Set(), rows));
    this.taken = (isShadow ? connections.uniqueSets(table) : []).map((set) => ({
      names: set.map((name) => `${table.name}.${name}`).join(', '),
      at: set.map(at),
      query: prepared(reading, selectTaken(table, set, folds, rows)),
    }));
    const nameIn = connections.nameIn(table);
    const inserted = this.nextShadowId === undefined ? written : [...written, ...table.primaryKey];
    this.written = prepared(writing, selectRows(table, table.naturalKey, folds, planned));
    this.link = new LinkedKey(table, connections);
    this.insertion = writing.prepare<Bound[], Bound[]>(insertRow(table, inserted, nameIn, this.link.value));
    const where = whereKey(table, known, { nameIn, source: planned });
    const changed = written.filter((name) => this.compared.includes(at(name)));
    this.changed = changed.map(at);
    const rowNames = { nameIn, where, filled, link: this.link.changed };
    const update = (keeps: KeepsStored): Statement =>
      writing.prepare<Bound[], Bound[]>(updateRow(table, changed, rowNames, keeps));
    this.change = update('declared');
    this.prepareGentleChange = () => update('all');
    const former =
      hasTable(connections.ledger.tables.rowKeys.name) && !isShadow ? formerValue(table, connections) : undefined;
    const replaced = written.filter((name) => !table.naturalKey.includes(name));
    this.replaced = replaced.map(at);
    this.replacement = writing.prepare<Bound[], Bound[]>(
      updateRow(table, replaced, { ...rowNames, ...(former && { former }) }, 'none'),
    );
    this.standards = new Standards(written, filled, writing);
    this.kept = isShadow || beside.length + filled.size === 0 ? undefined : new KeptBeside(table, connections);
    this.prepareKey = () => reading.prepare<Bound[], Bound[]>(selectPrimaryKey(table, folds, rows)).raw(true);
    this.prepareRemoval = () => writing.prepare<Bound[], Bound[]>(deleteRow(table, connections));
  }

  get isEmpty(): boolean {
    return this.anyRow?.get() === undefined;
  }

  /** It had no rows when the run began, and rows are slow to find: a key that is new to the run is new. */
  get isUntouched(): boolean {
    return this.wasEmpty;
  }

  find(row: Row): StoredRow | undefined {
    return this.byKey?.get(...this.keyParameters(row));
  }

  /** The rows that belong to the one with this natural key. */
  rowsOf(rootKey: readonly Bound[]): readonly StoredRow[] {
    return this.byRoot?.all(...rootKey) ?? [];
  }

  /** Of a key that nobody has: the table, or the ledger, refuses one that it has. */
  append(row: Row): void {
    const values = this.bound(this.inserted, row);
    const filled = this.standards.fill(values);
    const { changes, lastInsertRowid } = this.insertion.run(...values, ...this.link.parametersOf(row));
    if (changes !== 1) throw new RefusedRow(SWALLOWED);
    this.kept?.append(row, lastInsertRowid, filled);
  }

  /** In a dry run `going` are rows that a run would have deleted before. */
  insert(row: Row, going: readonly Row[]): void {
    for (const { names, at, query } of this.taken) {
      const taker = query.get(...this.bound(at, row), ...this.keyParameters(row));
      if (taker !== undefined && !going.some((each) => String(this.keyOf(each)) === String(taker)))
        throw new RefusedRow(names);
    }
    const key = this.nextShadowId === undefined ? [] : [this.nextShadowId--];
    const values = this.bound(this.inserted, row);
    const filled = this.standards.fill(values);
    const { changes, lastInsertRowid } = this.insertion.run(...values, ...key, ...this.link.parametersOf(row));
    if (changes !== 1) throw new RefusedRow(SWALLOWED);
    this.kept?.add(row, lastInsertRowid, filled);
    this.refuseChanged(row);
  }

  /** With `keepsStored` NULL replaces nothing. */
  update(row: Row, keepsStored: boolean): void {
    const change = keepsStored ? this.prepareGentleChange() : this.change;
    if (change.run(...this.changes(this.changed, row)).changes !== 1) throw new RefusedRow(SWALLOWED);
    this.kept?.change(row, this.keyParameters(row), keepsStored);
    this.refuseChanged(row, keepsStored);
  }

  remove(row: Row): void {
    if (this.prepareRemoval().run(...this.primaryKeyOf(row)).changes !== 1) throw new RefusedRow(SWALLOWED);
  }

  /** Of a row that is stored. */
  readonly primaryKeyOf = (row: Row): readonly Bound[] => this.prepareKey().get(...this.keyParameters(row)) ?? [];

  /** The row becomes what is given, whatever it was; but for its natural and generated keys. False where that did not happen. */
  replace(row: Row): boolean {
    const { changes } = this.replacement.run(...this.changes(this.replaced, row));
    this.kept?.change(row, this.keyParameters(row));
    return changes === 1 && (!this.mayChangeRows || this.isKept(row));
  }

  /** The row is there, and says what was written. */
  private refuseChanged(row: Row, keepsStored = false): void {
    if (this.mayChangeRows && !this.isKept(row, keepsStored)) throw new RefusedRow(CHANGED);
  }

  /** Whether the table holds the row as it is given. A trigger may keep `updated_at` by itself: that is what it is for. */
  isKept(row: Row, keepsStored = false): boolean {
    const stored = this.written.get(...this.keyParameters(row));
    if (stored === undefined) return false;
    const isSame = (index: number): boolean => this.hasSame(index, stored, row, keepsStored);
    return (
      this.compared.filter((index) => index !== this.touchedAt).every(isSame) &&
      this.computed.every((index) => (row[index] ?? null) === null || isSame(index))
    );
  }

  /** The natural key, to find a row in what a source shows. */
  private keyParameters(row: Row): readonly Bound[] {
    return keyValues(this.table.naturalKey, this.keyOf(row), this.known.folds);
  }

  /** What is bound to change columns of a row: their values, and the key as it is bound to change a row. */
  private changes(places: readonly number[], row: Row): readonly Bound[] {
    const { naturalKey } = this.table;
    const isShown = naturalKey.some((name) => isElsewhere(this.known, name));
    const key = isShown ? this.keyOf(row) : this.bound(this.key, row);
    return [...this.bound(places, row), ...this.link.changedBy(row), ...keyValues(naturalKey, key, this.known.folds)];
  }

  keyOf(row: Row): readonly Bound[] {
    return this.key.map((index) => bindShown(this.known, this.table, this.names[index] as string, row[index]));
  }

  storedKey(stored: StoredRow): readonly Bound[] {
    return this.key.map((index) => stored[index] ?? null);
  }

  private bound(places: readonly number[], row: Row): Bound[] {
    return places.map((index) => (this.binders[index] as Binder)(row[index] ?? null));
  }

  /** With `keepsStored` NULL is the same as whatever is stored. */
  isSame(stored: StoredRow, row: Row, keepsStored: boolean): boolean {
    return this.compared.every((index) => this.hasSame(index, stored, row, keepsStored));
  }

  private hasSame(index: number, stored: StoredRow, row: Row, keepsStored: boolean): boolean {
    const declared = this.columns[index];
    const value = row[index] ?? null;
    if (declared === undefined) return true;
    const isKept = keepsStored || keepsStoredWhenNull(declared) || this.known.filled.has(this.names[index] ?? '');
    if (value === null && isKept) return true;
    return sameValue(declared, stored[index] ?? null, value);
  }

  isPlaceholder(stored: StoredRow): boolean {
    return this.unfilled.length > 0 && this.unfilled.every((index) => (stored[index] ?? null) === null);
  }

  ownerDiffers(stored: StoredRow, row: Row): boolean {
    const declared = this.columns[this.ownerAt];
    return declared !== undefined && !sameValue(declared, stored[this.ownerAt] ?? null, row[this.ownerAt] ?? null);
  }

  /** Whether the stored row was changed later; a time that the record does not know is earlier than any. */
  isNewer(stored: StoredRow, row: Row): boolean {
    const declared = this.columns[this.touchedAt];
    if (declared === undefined) return false;
    const theirs = read(declared, stored[this.touchedAt] ?? null);
    const ours = row[this.touchedAt] ?? null;
    return theirs !== null && (ours === null || theirs > ours);
  }
}
