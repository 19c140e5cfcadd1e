import type { Column, ColumnType, ForeignKey } from '../schema/table.ts';

/** A table that a database has, as far as data can be mapped onto it. */
export interface FoundTable {
  readonly name: string;
  readonly columns: readonly FoundColumn[];
  /** The columns of its primary key; empty where it has none. */
  readonly key: readonly string[];
  /** Columns of which each tells its rows apart, beside the primary key. */
  readonly unique: readonly string[];
  /** What its rows are called, where rows of others refer to them by the key: of small tables. */
  readonly names?: RowNames;
  /** Those that lead to tables of the same schema; without `to`, to the primary key. */
  readonly references: readonly Pick<ForeignKey, 'columns' | 'table' | 'to'>[];
}

export interface RowNames {
  /** The only column of texts that tells rows apart. */
  readonly column: string;
  readonly values: readonly string[];
}

export interface FoundColumn {
  readonly name: string;
  /** The type as the database words it. */
  readonly words: string;
  /** The declared types whose values it can hold, all or some. */
  readonly holds: ReadonlySet<ColumnType>;
  /** The database makes a value where a row has none. */
  readonly isFilled: boolean;
  /** A row must have a value for it. */
  readonly isRequired: boolean;
  /** Its type is one of texts. */
  readonly isText: boolean;
  /** Only the database writes it. */
  readonly isComputed: boolean;
}

const SAMPLES: Readonly<Record<ColumnType, Column>> = {
  text: { type: 'text' },
  integer: { type: 'integer' },
  real: { type: 'real' },
  decimal: { type: 'decimal', precision: 1, scale: 0 },
  boolean: { type: 'boolean' },
  timestamp: { type: 'timestamp' },
  date: { type: 'date' },
  time: { type: 'time' },
  uuid: { type: 'uuid' },
  json: { type: 'json' },
  bytes: { type: 'bytes' },
  identity: { type: 'identity' },
};

/** The declared types of which a column holds some value at least. */
export function typesHeld(isHeld: (declared: Column) => boolean): ReadonlySet<ColumnType> {
  return new Set(
    Object.values(SAMPLES)
      .filter(isHeld)
      .map(({ type }) => type),
  );
}

/** Larger tables are no lists of names. */
export const MOST_NAMES = 10_000;

/** The tables that others refer to by a key of one column, each with the only column of texts that tells its rows apart. */
export function namingColumns(tables: readonly FoundTable[]): ReadonlyMap<FoundTable, string> {
  const isReferred = ({ name, key: [key] }: FoundTable): boolean =>
    tables.some(({ references }) =>
      references.some(({ table, columns, to }) => table === name && columns.length === 1 && (to?.[0] ?? key) === key),
    );
  return new Map(
    tables
      .filter((table) => table.key.length === 1 && isReferred(table))
      .flatMap((table) => {
        const isText = (name: string): boolean => table.columns.find((each) => each.name === name)?.isText === true;
        const [only, ...others] = table.unique.filter(isText);
        return only === undefined || others.length > 0 ? [] : [[table, only] as const];
      }),
  );
}
