import { folded } from './fold.ts';
import { generatedKey, hasGeneratedKey, type Row, rowLayout, type Table, type Value } from './table.ts';

/** Rows that load together or not at all: a root row and the rows that refer to it. */
export interface RowGroup {
  readonly root: Table;
  readonly row: Row;
  /** Whose row it is; a placeholder in `users` is created where it is missing. NULL where nobody owns it. */
  readonly owner: string | null;
  /** The record itself names its owner. */
  readonly namesOwner: boolean;
  /** In the order of the declared tables; the rows of each in the order of their natural key. */
  readonly children: readonly ChildRows[];
  /**
   * What the root row refers to, by what the source knows of it. Those columns are NULL in `row` until the load has found the
   * rows; but for enforced references, which may also be those of child rows.
   */
  readonly references?: readonly Reference[];
  /** What columns get that are NULL, when the group is inserted: never compared, and never written over what is stored. */
  readonly fills?: readonly Fill[];
  /** Rows that are there are the application's: NULL neither differs from what they hold nor replaces it. */
  readonly keepsStored?: true;
  /** A row of another table that the same record describes, and that this row refers to: it is loaded before. */
  readonly lead?: RowGroup;
}

export interface Fill {
  readonly column: string;
  readonly value: Value;
  /** Where it is the column of a child row: which one of its table. */
  readonly child?: { readonly table: string; readonly row: number };
}

export interface ChildRows {
  readonly table: Table;
  readonly rows: readonly Row[];
}

/** A column that is filled with a value of another row, such as a key that the database generates, by what the source knows of that row. */
export interface Reference {
  readonly column: string;
  /** Where the record names the row, for a finding. */
  readonly pointer: string;
  /** Tried in this order; the first that finds a row wins. A row that is made is the one that the last looks for. */
  readonly lookups: readonly RowLookup[];
  /** Where it is the column of a child row: which one of its table. */
  readonly child?: { readonly table: string; readonly row: number };
  /** What becomes of a reference that finds nothing: the column is NULL, or keeps what was looked for. Default: the group is not written. */
  readonly orphans?: 'set_null' | 'keep';
  /** A row that is made where its lookup finds none, of the table where that looks. */
  readonly make?: Row;
  /** The row has its value, and a foreign key of the database leads where the lookups do: they are made when it refuses the row. */
  readonly isEnforced?: true;
}

/** Finds a value of one row by columns that are unique together, or by the id that it had in the old database. */
export interface RowLookup {
  readonly table: Table;
  /** Column names, or `SOURCE_ID` alone. */
  readonly by: readonly string[];
  /** One value per column; a column that is itself a generated key is looked up first. */
  readonly key: readonly (Value | RowLookup)[];
  /** The column whose value is wanted. Default: the key that the database generates, or else the first one by which rows are named. */
  readonly answer?: string;
  /** Its one column is compared without regard to upper and lower case: see fold.ts. */
  readonly fold?: true;
  /** What is looked for, for people, without a value of the record: "the event of this id in client_events". */
  readonly words: string;
}

/** In place of a column name: the member `id` of the column for the rest, where the id of the old database is kept. */
export const SOURCE_ID = 'extra.id';

export function isLookup(part: Value | RowLookup): part is RowLookup {
  return typeof part === 'object' && part !== null;
}

/** The references whose columns must be filled before the row is written. */
export function unknownReferences({ references }: RowGroup): readonly Reference[] {
  return references?.filter(({ isEnforced }) => !isEnforced) ?? [];
}

export function enforcedReferences({ references }: RowGroup): readonly Reference[] {
  return references?.filter(({ isEnforced }) => isEnforced) ?? [];
}

/** Its row is not known, or not written, before another one is looked at. */
function isLinked(group: RowGroup): boolean {
  return group.lead !== undefined || group.references?.some(({ isEnforced }) => !isEnforced) === true;
}

/** Its rows are not those that are stored in the end, before it is compared. */
export function isOpen(group: RowGroup): boolean {
  return isLinked(group) || group.fills !== undefined;
}

/** The group as it is inserted. */
export function withFills(group: RowGroup): RowGroup {
  const { fills = [], root, row, children } = group;
  const fill = (table: Table, before: Row, own: readonly Fill[]): Row => {
    if (own.length === 0) return before;
    const filled = [...before];
    for (const { column, value } of own) filled[rowLayout(table).places.get(column) ?? -1] = value;
    return filled;
  };
  return {
    ...group,
    row: fill(
      root,
      row,
      fills.filter(({ child }) => child === undefined),
    ),
    children: children.map(({ table, rows }) => {
      const own = Map.groupBy(
        fills.filter(({ child }) => child?.table === table.name),
        ({ child }) => child?.row,
      );
      return { table, rows: rows.map((each, index) => fill(table, each, own.get(index) ?? [])) };
    }),
  };
}

/** The column whose value a lookup wants. */
export function answerOf({ table, answer }: RowLookup): string {
  return answer ?? (hasGeneratedKey(table) ? generatedKey(table) : (table.naturalKey[0] ?? ''));
}

/** Equal for lookups of the same value of the same row by the same columns. */
export function lookupName(lookup: RowLookup): string {
  const { table, by, key, answer, fold } = lookup;
  return JSON.stringify([
    table.name,
    by,
    ...(answer === undefined ? [] : [answer]),
    key.map((part) => (isLookup(part) ? lookupName(part) : textOfKey(lookup, part))),
    ...(fold ? ['fold'] : []),
  ]);
}

/** A part of a key as it is compared. */
export function textOfKey({ fold }: Pick<RowLookup, 'fold'>, value: Value): string {
  return fold ? folded(String(value)) : String(value);
}
