/** What a table declaration may say. It knows no database: databases/<name>/ddl.ts turns it into DDL. */
export type ColumnType =
  | 'text'
  | 'integer'
  | 'real'
  | 'decimal'
  | 'boolean'
  | 'timestamp'
  | 'date'
  | 'time'
  | 'uuid'
  | 'json'
  | 'bytes'
  | 'identity';

export interface Column {
  readonly type: ColumnType;
  /** Most characters (code points) of a text. */
  readonly max?: number;
  /** Most digits of a decimal, and how many of them stand behind the point. */
  readonly precision?: number;
  readonly scale?: number;
  readonly oneOf?: readonly string[];
  /** Inclusive bounds of a number; as text where a double may not hold them. */
  readonly min?: number | string;
  readonly most?: number | string;
  readonly notNull?: true;
  /** What it is called in a table that is there: the first of these names that the table has. Default: as here. */
  readonly storedAs?: readonly string[];
  /** Of a time: what a table that is there counts since 1970, where it holds numbers and has no rows that tell. */
  readonly epoch?: 's' | 'ms' | 'us';
  /** `'now'` is the moment of the insert. The loader always binds a value; defaults serve the application. */
  readonly default?: string | number | boolean;
  /** The database numbers rows that the application inserts; those of a load bring their number. */
  readonly numbered?: true;
  /** Only the application writes it: no load binds it, compares it or reads it. */
  readonly isApplications?: true;
  /** NULL neither differs from a stored value nor replaces it. */
  readonly keepsWhenNull?: true;
  readonly references?: {
    readonly table: string;
    /** Default: the primary key of that table. */
    readonly column?: string;
    readonly onDelete?: OnDelete;
    readonly deferred?: true;
  };
  /**
   * Outside of the database the column holds what another one of the row that it refers to does: a value that source files know.
   * Where it `keepsOrphans`, a value without such a row stands for itself.
   */
  readonly names?: {
    readonly table: string;
    readonly column: string;
    readonly by: string;
    readonly keepsOrphans?: true;
  };
}

/** A child table names the row above by a key that the database makes: that stands there for the natural key which is loaded. See key-link.ts. */
export interface KeyLink {
  readonly name: string;
  readonly column: Column;
  readonly table: string;
  readonly to: string;
  /** Columns that the table does not have, each with the column of the row above that it repeats. */
  readonly by: readonly (readonly [own: string, above: string])[];
}

/** What becomes of a row when the one that it refers to is deleted. Without it that one cannot be deleted. */
export type OnDelete = 'cascade' | 'set null';

/** Columns that together name a row of another table, or of the same. */
export interface ForeignKey {
  readonly columns: readonly string[];
  readonly table: string;
  /** What the columns hold, one by one. Default: the primary key. */
  readonly to?: readonly string[];
  readonly onDelete?: OnDelete;
  /** Checked at the end of a transaction, so that rows may come in any order: where tables refer to each other, or to themselves. */
  readonly deferred?: true;
}

export interface Table {
  readonly name: string;
  readonly columns: Readonly<Record<string, Column>>;
  readonly primaryKey: readonly string[];
  /** The conflict target of an upsert: what makes two rows the same row. */
  readonly naturalKey: readonly string[];
  readonly unique?: readonly (readonly string[])[];
  /** Foreign keys of several columns. Those of one column stand with it. */
  readonly foreignKeys?: readonly (ForeignKey & Required<Pick<ForeignKey, 'to'>>)[];
  /** Each index as column names; a leading `-` sorts descending. */
  readonly indexes?: readonly (readonly string[])[];
  /** The column that says whose row it is. No load changes it. */
  readonly owner?: string;
  /** The JSON column that takes what no other column holds. */
  readonly rest?: string;
  /** Where a table that is there has no such column, the ledger keeps all of it; otherwise the id that the row had, and nothing else. */
  readonly keepsRest?: true;
  /** The column with the natural key of rows that have no other: see datasets/record-key.ts. The application's have none. */
  readonly recordKey?: string;
  /** A table that is there may have no key at all: then the ledger knows its rows by what they hold. */
  readonly mayLackKey?: true;
  /** The time of the last change of a row. Of two versions the later one stays. */
  readonly touched?: string;
  /** The time of a row: tells those apart that have no natural key. */
  readonly created?: string;
  /** Of a table whose rows belong to those of another one, however many levels above: that one, and what holds its natural key. */
  readonly belongsTo?: { readonly table: string; readonly by: readonly string[] };
  readonly link?: KeyLink;
  /** A row with nothing but its key stands for a record that may come later: any load may fill it. */
  readonly hasPlaceholders?: true;
  /** Its rows are the owners of others. An owner who is missing gets a row with nothing but its key. */
  readonly holdsOwners?: true;
  /** Only the application makes it and fills it: rows are looked up there. */
  readonly isApplications?: true;
  /** The column by whose values a distributed database spreads the rows. Without one, every node has all of them. */
  readonly distributedBy?: string;
  /** References in source files name its rows by the id they had in the old database, which `extra.id` keeps. Indexed. */
  readonly findableBySourceId?: true;
}

/**
 * A stored value in the form both databases share: timestamps as `YYYY-MM-DD HH:MM:SS.ffffff` UTC, times of day as
 * `HH:MM:SS.ffffff`, decimals as `normalDecimal` spells them, JSON as canonical text, bytes in base64.
 */
export type Value = null | string | number | bigint | boolean;

/** One row, in the order of `loadColumns(table)`. */
export type Row = readonly Value[];

/** How rows of a table look: the columns that a load binds, which are all but identities that the database generates and what the application writes. */
export interface RowLayout {
  readonly names: readonly string[];
  /** The index of each column in a row. */
  readonly places: ReadonlyMap<string, number>;
  /** A row in which every column is NULL. */
  readonly blank: Row;
}

const layouts = new WeakMap<Table, RowLayout>();

export function rowLayout(table: Table): RowLayout {
  let layout = layouts.get(table);
  if (layout === undefined) {
    const isBound = ({ type, isApplications }: Column): boolean => type !== 'identity' && !isApplications;
    const names = Object.keys(table.columns).filter((name) => isBound(column(table, name)));
    const places = new Map(names.map((name, place) => [name, place]));
    layout = { names, places, blank: names.map(() => null) };
    layouts.set(table, layout);
  }
  return layout;
}

/** The columns of a row, in its order. */
export function loadColumns(table: Table): readonly string[] {
  return rowLayout(table).names;
}

export function column(table: Table, name: string): Column {
  const found = table.columns[name];
  if (found === undefined) throw new TypeError(`table ${table.name} declares no column ${name}`);
  return found;
}

/** Every decimal with so many digits comes back from a double. https://www.sqlite.org/floatingpoint.html */
const DIGITS_OF_A_DOUBLE = 15;

export interface Digits {
  readonly precision: number;
  readonly scale: number;
  /** A double holds every value of the column. */
  readonly fitsDouble: boolean;
}

/** The digits of a decimal column. */
export function digitsOf({ precision, scale = 0 }: Column): Digits {
  if (precision === undefined) throw new TypeError('a decimal column without a precision');
  return { precision, scale, fitsDouble: precision <= DIGITS_OF_A_DOUBLE };
}

/** Whether a text has at most so many characters. */
export function fits(text: string, max = Number.POSITIVE_INFINITY): boolean {
  return text.length <= max || [...text].length <= max;
}

/** Those of single columns first. */
export function foreignKeysOf({ columns, foreignKeys = [] }: Table): readonly ForeignKey[] {
  const single = Object.entries(columns).flatMap(([name, { references }]): ForeignKey[] => {
    if (references === undefined) return [];
    return [keyOfColumn(name, references)];
  });
  return [...single, ...foreignKeys];
}

function keyOfColumn(name: string, { column: to, ...key }: Required<Column>['references']): ForeignKey {
  return { ...key, columns: [name], ...(to !== undefined && { to: [to] }) };
}

/** The table without some of its foreign keys. */
export function withoutKeys(table: Table, isLeftOut: (key: ForeignKey) => boolean): Table {
  const columns = Object.entries(table.columns).map(([name, declared]): [string, Column] => {
    const { references, ...free } = declared;
    return [name, references && isLeftOut(keyOfColumn(name, references)) ? free : declared];
  });
  const foreignKeys = table.foreignKeys?.filter((key) => !isLeftOut(key));
  return { ...table, columns: Object.fromEntries(columns), ...(foreignKeys && { foreignKeys }) };
}

/** A text that must be unique, so that an empty one cannot be one like any other. */
export function isUniqueText({ columns, unique = [] }: Table, name: string): boolean {
  return columns[name]?.type === 'text' && unique.some((names) => names.length === 1 && names[0] === name);
}

/** The columns in which two versions of the same row may differ. Generated keys and the owner are not among them. */
export function comparedColumns(table: Table): readonly string[] {
  const fixed = new Set([...table.primaryKey, ...table.naturalKey, table.owner]);
  return loadColumns(table).filter((name) => !fixed.has(name));
}

/** What tells a placeholder from a row of its own: columns that nothing fills by itself. */
export function placeholderColumns(table: Table): readonly string[] {
  return comparedColumns(table).filter((name) => {
    const { default: standard } = column(table, name);
    return standard === undefined || standard === 'now';
  });
}

/** The columns by which a row of a child table names the row that it belongs to, each with the column of that row's key. */
export function linkOf(child: Table, root: Table): readonly (readonly [name: string, key: string])[] {
  const { table, by = [] } = child.belongsTo ?? {};
  if (table !== root.name) throw new TypeError(`rows of ${child.name} do not belong to rows of ${root.name}`);
  return root.naturalKey.map((key, index) => [by[index] ?? '', key]);
}

/** What tells rows of a child table apart that belong to one row. */
export function ownKey({ naturalKey, belongsTo }: Table): readonly string[] {
  return naturalKey.filter((name) => belongsTo?.by.includes(name) !== true);
}

/** Whether rows of a child table may go from one row to another: their key does not say to which they belong. */
export function mayMove({ naturalKey, belongsTo }: Table): boolean {
  return belongsTo !== undefined && !belongsTo.by.every((name) => naturalKey.includes(name));
}

/** Whether something tells the row from all others of its table. Child rows that an application adds need not have a place. */
export function isKeyed(table: Table, row: Row): boolean {
  return table.naturalKey.every((name) => cell(table, row, name) !== null);
}

/** The one column by which rows of the table are named. */
export function soleKey({ name, naturalKey: [key, ...others] }: Table): string {
  if (key === undefined || others.length > 0) throw new TypeError(`rows of ${name} are not named by one column`);
  return key;
}

/** The column that takes what no other holds. */
export function restOf({ name, rest }: Table): string {
  if (rest === undefined) throw new TypeError(`table ${name} keeps nothing but what its columns hold`);
  return rest;
}

/** The column whose values a load brings, although the database numbers other rows by it. */
export function numberedColumn({ columns }: Table): string | undefined {
  return Object.keys(columns).find((name) => columns[name]?.numbered);
}

/** The column of the key that the database generates. */
export function generatedKey(table: Table): string {
  const key = table.primaryKey.find((name) => column(table, name).type === 'identity');
  if (key === undefined) throw new TypeError(`the database generates no key of ${table.name}`);
  return key;
}

/** The rows of the table are known to others by a key that the database generates. */
export function hasGeneratedKey(table: Table): boolean {
  return table.primaryKey.some((name) => column(table, name).type === 'identity');
}

/** A time that the source does not know (NULL) neither differs from a stored one nor replaces it. */
export function keepsStoredWhenNull(declared: Column): boolean {
  return declared.default === 'now' || declared.keepsWhenNull === true;
}

/** Builds a row from named values; a column without a value is NULL. */
export function rowOf(table: Table, values: Readonly<Record<string, Value | undefined>>): Row {
  const { places, blank } = rowLayout(table);
  const row = blank.slice();
  for (const name of Object.keys(values)) {
    const place = places.get(name);
    if (place !== undefined) row[place] = values[name] ?? null;
  }
  return row;
}

export function cell(table: Table, row: Row, name: string): Value {
  const place = rowLayout(table).places.get(name);
  return place === undefined ? null : (row[place] ?? null);
}
