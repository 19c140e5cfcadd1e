import type { Column } from '../table.ts';

export const text = (max?: number): Column => (max === undefined ? { type: 'text' } : { type: 'text', max });
export const required = <C extends Column>(column: C): C & { notNull: true } => ({ ...column, notNull: true });

export const identity = { type: 'identity' } as const;
export const json = { type: 'json' } as const;
export const boolean = { type: 'boolean' } as const;
export const integer = { type: 'integer' } as const;
export const real = { type: 'real' } as const;
export const timestamp = { type: 'timestamp' } as const;
/** The moment of the insert, for the application; the loader binds what the source knows. */
export const stamped = { type: 'timestamp', default: 'now' } as const;

export const atLeastZero = { type: 'real', min: 0 } as const;
export const percent = { type: 'real', min: 0, most: 100 } as const;
export const share = { type: 'real', min: 0, most: 1 } as const;

/** A user id as the legacy system wrote it. */
export const userId = text(128);

/** Of a table without a natural key: see datasets/record-key.ts. Rows that the application inserts have none. */
export const recordKey = { type: 'text', max: 64 } as const;

export const refersTo = <C extends Column>(table: string, onDelete: 'cascade' | 'set null', column: C) => ({
  ...column,
  references: { table, onDelete },
});
