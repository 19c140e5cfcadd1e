/** How a stored column suits the declared column of the same name. */
export type Fit =
  | { readonly kind: 'fits' }
  /** The loader can work with it, so it stays as it is. */
  | { readonly kind: 'tolerated'; readonly note: string }
  /** The loader needs another type, or (`odd`) the values of so many rows written otherwise. `lost` rows hold what the declared type cannot. */
  | { readonly kind: 'convertible'; readonly lost: number | 'some'; readonly odd?: number }
  | { readonly kind: 'impossible' };

/** A column as a database has it. */
export interface FoundColumn {
  readonly name: string;
  /** As the database words it. */
  readonly type: string;
  readonly notNull: boolean;
  /** It has a default, or the database generates it. */
  readonly fillsItself: boolean;
  /** The database gives each row a number of its own. */
  readonly isGenerated: boolean;
  /** Rows without a value, where the declared column must have one. */
  readonly nulls: number;
  /** Undefined where the declared table knows no such column. */
  readonly fit: Fit | undefined;
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
  /** Columns whose check refuses NULL in an application with an older version of the database. */
  readonly refusingNull: readonly string[];
  /** Rows that would share their natural key with another one. 0 where a unique key forbids it. */
  readonly duplicates: number;
  /** Declared tables that its foreign keys refer to. */
  readonly refersTo: readonly string[];
  /** What undeclared parts of the database need a column to stay as it is. */
  readonly dependents: readonly Dependent[];
}

export interface Dependent {
  /** `view v`, `table t`: without values. */
  readonly what: string;
  readonly column: string;
}

/** The tables of a database by name: declared ones with their fits, others are left out. */
export type Shape = ReadonlyMap<string, FoundTable>;
