import type { Column, ColumnType, ForeignKey } from '../schema/table.ts';

/** A table that a database has, as far as data can be mapped onto it. */
export interface FoundTable {
  readonly name: string;
  readonly columns: readonly FoundColumn[];
  /** The columns of its primary key; empty where it has none. */
  readonly key: readonly string[];
  /** Those that lead to tables of the same schema; without `to`, to the primary key. */
  readonly references: readonly Pick<ForeignKey, 'columns' | 'table' | 'to'>[];
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
