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
import { CHANGED, RefusedRow, SWALLOWED } from '../database.ts';
import type { SqliteConnections } from './connection.ts';
import { deleteRow } from './references.ts';
import {
  type Folding,
  insertRow,
  keyValues,
  selectAny,
  selectPrimaryKey,
  selectRows,
  selectTaken,
  updateRow,
} from './statements.ts';
import { type Bound, bindTo, read, sameValue } from './values.ts';

type Statement = BetterSqlite3.Statement<Bound[], Bound[]>;

/** A stored row, in the order of `loadColumns(table)`. */
export type StoredRow = readonly Bound[];

/** One table with its prepared statements. What reads finds nothing where the table does not exist yet. */
export class StoredTable {
  private readonly columns: readonly Column[];
  private readonly compared: readonly number[];
  private readonly inserted: readonly number[];
  private readonly folds: Folding;
  /** Columns that the table computes. */
  private readonly computed: readonly number[];
  /** It may store something else than it is given, or nothing: what was written is looked at. */
  private readonly mayChangeRows: boolean;
  private readonly keyNames: readonly string[];
  private readonly key: readonly number[];
  private readonly ownerAt: number;
  private readonly touchedAt: number;
  /** Where a placeholder holds NULL; empty where the table has none. */
  private readonly unfilled: readonly number[];
  /** In a dry run generated keys are below zero, so that no row of the shadow is taken for a real one. */
  private nextShadowId: number | undefined;
  private readonly anyRow: Statement | undefined;
  private readonly byKey: Statement | undefined;
  private readonly byRoot: Statement | undefined;
  /** In a dry run: what the real table keeps unique, which the shadow, being empty, cannot know. */
  private readonly taken: readonly {
    readonly names: string;
    readonly at: readonly number[];
    readonly query: Statement;
  }[];
  private readonly written: Statement;
  private readonly insertion: Statement;
  private readonly change: Statement;
  /** Made when they are needed: a table of an application need not have its declared key. */
  private readonly prepareKey: () => Statement;
  private readonly prepareRemoval: () => Statement;

  constructor(table: Table, connections: SqliteConnections) {
    const { reading, writing, hasTable } = connections;
    const names = loadColumns(table);
    const at = (name: string): number => names.indexOf(name);
    this.columns = names.map((name) => column(table, name));
    const computed = connections.computedColumns(table);
    const isWritten = (name: string): boolean => !computed.has(name);
    const compared = comparedColumns(table).filter(isWritten);
    this.compared = compared.map(at);
    this.computed = names.filter((name) => computed.has(name)).map(at);
    this.mayChangeRows = computed.size > 0 || connections.hasTriggers(table);
    const written = names.filter(isWritten);
    this.inserted = written.map(at);
    this.folds = connections.foldingColumns(table);
    this.keyNames = table.naturalKey;
    this.key = table.naturalKey.map(at);
    this.ownerAt = table.owner === undefined ? -1 : at(table.owner);
    this.touchedAt = table.touched === undefined ? -1 : at(table.touched);
    this.unfilled = table.hasPlaceholders ? placeholderColumns(table).map(at) : [];
    this.nextShadowId = connections.isShadow && hasGeneratedKey(table) ? -1 : undefined;
    const query = (sql: string): Statement | undefined =>
      hasTable(table.name) ? reading.prepare<Bound[], Bound[]>(sql).raw(true).safeIntegers(true) : undefined;
    this.anyRow = query(selectAny(table.name));
    this.byKey = query(selectRows(table, table.naturalKey, this.folds));
    const { by = [] } = table.belongsTo ?? {};
    this.byRoot = by.length === 0 ? undefined : query(selectRows(table, by, new Set()));
    this.taken = (connections.isShadow ? connections.uniqueSets(table) : []).map((set) => ({
      names: set.map((name) => `${table.name}.${name}`).join(', '),
      at: set.map(at),
      query: reading
        .prepare<Bound[], Bound[]>(selectTaken(table, set, this.folds))
        .raw(true)
        .safeIntegers(true),
    }));
    const inserted = this.nextShadowId === undefined ? written : [...written, ...table.primaryKey];
    this.written = writing
      .prepare<Bound[], Bound[]>(selectRows(table, table.naturalKey, this.folds))
      .raw(true)
      .safeIntegers(true);
    this.insertion = writing.prepare<Bound[], Bound[]>(insertRow(table, inserted));
    this.prepareKey = () => reading.prepare<Bound[], Bound[]>(selectPrimaryKey(table, this.folds)).raw(true);
    this.prepareRemoval = () => writing.prepare<Bound[], Bound[]>(deleteRow(table));
    this.change = writing.prepare<Bound[], Bound[]>(updateRow(table, compared, this.folds));
  }

  get isEmpty(): boolean {
    return this.anyRow?.get() === undefined;
  }

  find(row: Row): StoredRow | undefined {
    return this.byKey?.get(...this.keyParameters(row));
  }

  /** The rows that belong to the one with this natural key. */
  rowsOf(rootKey: readonly Bound[]): readonly StoredRow[] {
    return this.byRoot?.all(...rootKey) ?? [];
  }

  /** In a dry run `going` are rows that a run would have deleted before. */
  insert(row: Row, going: readonly Row[]): void {
    for (const { names, at, query } of this.taken) {
      const taker = query.get(...this.bound(at, row), ...this.keyParameters(row));
      if (taker !== undefined && !going.some((each) => String(this.keyOf(each)) === String(taker)))
        throw new RefusedRow(names);
    }
    const key = this.nextShadowId === undefined ? [] : [this.nextShadowId--];
    if (this.insertion.run(...this.bound(this.inserted, row), ...key).changes !== 1) throw new RefusedRow(SWALLOWED);
    this.refuseChanged(row);
  }

  update(row: Row): void {
    if (this.change.run(...this.bound(this.compared, row), ...this.keyParameters(row)).changes !== 1)
      throw new RefusedRow(SWALLOWED);
    this.refuseChanged(row);
  }

  remove(row: Row): void {
    if (this.prepareRemoval().run(...this.primaryKeyOf(row)).changes !== 1) throw new RefusedRow(SWALLOWED);
  }

  /** Of a row that is stored. */
  readonly primaryKeyOf = (row: Row): readonly Bound[] => this.prepareKey().get(...this.keyParameters(row)) ?? [];

  /** The row is there, and says what was written. */
  private refuseChanged(row: Row): void {
    if (this.mayChangeRows && !this.isKept(row)) throw new RefusedRow(CHANGED);
  }

  /** Whether the table holds the row as it is given. A trigger may keep `updated_at` by itself: that is what it is for. */
  isKept(row: Row): boolean {
    const stored = this.written.get(...this.keyParameters(row));
    if (stored === undefined) return false;
    const isSame = (index: number): boolean => this.hasSame(index, stored, row);
    return (
      this.compared.filter((index) => index !== this.touchedAt).every(isSame) &&
      this.computed.every((index) => (row[index] ?? null) === null || isSame(index))
    );
  }

  private keyParameters(row: Row): readonly Bound[] {
    return keyValues(this.keyNames, this.keyOf(row), this.folds);
  }

  keyOf(row: Row): readonly Bound[] {
    return this.bound(this.key, row);
  }

  storedKey(stored: StoredRow): readonly Bound[] {
    return this.key.map((index) => stored[index] ?? null);
  }

  private bound(places: readonly number[], row: Row): readonly Bound[] {
    return places.map((index) => bindTo(this.columns[index] as Column, row[index]));
  }

  isSame(stored: StoredRow, row: Row): boolean {
    return this.compared.every((index) => this.hasSame(index, stored, row));
  }

  private hasSame(index: number, stored: StoredRow, row: Row): boolean {
    const declared = this.columns[index];
    const value = row[index] ?? null;
    if (declared === undefined || (value === null && keepsStoredWhenNull(declared))) return true;
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
