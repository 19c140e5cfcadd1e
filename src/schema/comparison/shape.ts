import type { DeclaredTables } from '../declared-tables.ts';
import type { ForeignKey, Table } from '../table.ts';

/** A column as a database has it. */
export interface FoundColumn {
  readonly name: string;
  /** The declared column that it holds. */
  readonly holds: string | undefined;
  /** How it does: `note` is what it does not hold, `repair` what would become of that. Undefined where its type cannot hold it, or where it holds none. */
  readonly fit: { readonly note?: string; readonly repair?: { readonly name: string } } | undefined;
  /** As the database words it. */
  readonly type: string;
  readonly notNull: boolean;
  /** It has a default, or the database generates it. */
  readonly fillsItself: boolean;
  /** The database gives each row a number of its own. */
  readonly isGenerated: boolean;
  /** The database computes it from other columns, so that nobody can write it. */
  readonly isComputed: boolean;
  /** Texts that differ are equal to it, such as those that differ in case only. */
  readonly folds: boolean;
  /** It holds times without a zone. */
  readonly hasNoZone: boolean;
}

export interface FoundTable {
  readonly name: string;
  readonly columns: readonly FoundColumn[];
  readonly primaryKey: readonly string[];
  /** Column sets without two equal rows; the primary key is among them. */
  readonly uniqueKeys: readonly (readonly string[])[];
  /** Columns of every index, in its order; those of expressions and of a part of the rows are left out. */
  readonly indexes: readonly (readonly string[])[];
  /** Triggers of the application that fire when rows are written. */
  readonly triggers: readonly string[];
  /** Rows are found by the primary key alone: SQLite's WITHOUT ROWID. */
  readonly lacksRowId?: true;
  /** Columns whose check refuses NULL in an application with an older version of the database. */
  readonly refusingNull: readonly string[];
  /** Without `to` they lead to the primary key. */
  readonly foreignKeys: readonly FoundKey[];
  /** Undefined where it is not partitioned. */
  readonly partitions?: Partitions | undefined;
  /** Row level security hides rows from this role. */
  readonly hidesRows: boolean;
  /** Rights on the table that a run needs and this role does not have. */
  readonly lacks: readonly string[];
}

/** The parts that hold the rows of a table. */
export interface Partitions {
  /** Those that hold rows themselves. */
  readonly count: number;
  /** There may be rows that none of them takes: no default partition does. */
  readonly isOpen: boolean;
}

export type FoundKey = Pick<ForeignKey, 'columns' | 'table' | 'to'>;

/** What a database holds of the declared tables. */
export interface Shape extends ShapeOfTables {
  /** The zone in which an application writes the moment where nobody says another one; undefined for UTC, and where there is none. */
  readonly serverZone: string | undefined;
  /** What it was compared with. */
  readonly declared: DeclaredTables;
  readonly ledger: LedgerShape;
}

export interface LedgerShape extends ShapeOfTables {
  /** As they are called where the ledger is, or is to be. */
  readonly declared: readonly Table[];
  /** Such a name for people. */
  readonly title: (table: Table) => string;
}

export interface ShapeOfTables {
  /** By name. */
  readonly tables: ReadonlyMap<string, FoundTable>;
  /** What has the name of a declared table, or of an index of it, that is not there. By table. */
  readonly taken: ReadonlyMap<string, TakenName>;
  /** What the role lacks to create a declared table that is not there. By table. */
  readonly uncreatable: ReadonlyMap<string, string>;
}

export interface TakenName {
  readonly name: string;
  /** `a view`, `an index`, … */
  readonly what: string;
}
