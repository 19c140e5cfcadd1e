import type { Column, Value } from '../../schema/table.ts';
import type { ZoneClock } from '../../time/zone-clock.ts';
import type { ColumnRepair } from '../column-repairs.ts';

/** A column's type as the catalog has it. */
export interface StoredType {
  /** `int4`, `varchar`, `timestamptz`, …; `enum` for each enumerated type, `array` for each array. */
  readonly base: string;
  /** Of an array: the type of its elements. */
  readonly element: string | undefined;
  /**
   * Characters of a varchar(n), digits of a second's fraction, or the digits of a numeric: precision × 65536 + scale. Undefined
   * where there is no limit.
   */
  readonly limit: number | undefined;
  /** Of an enumerated type. */
  readonly labels: readonly string[];
  /** What clocks without a zone show; undefined for UTC. */
  readonly clock?: ZoneClock | undefined;
}

/** How a column of some type holds the values of a declared column. An empty one holds them as they are. */
export interface Form {
  /** What it does not hold, for people. */
  readonly note?: string;
  /** Why it cannot hold a value, which is never NULL; nothing where it can. */
  readonly refuses?: (value: Value) => string | undefined;
  /** What becomes of a value that it refuses, where somebody allows it. */
  readonly repair?: ColumnRepair;
  /** The value as PostgreSQL reads it for this type. Default: as for the declared one. */
  readonly write?: (value: Value) => string;
  /** The value as text in the shared form. Default: as for the declared type. */
  readonly read?: (value: string) => string;
  /** What can be compared with `=`. */
  readonly compared?: (value: string) => string;
  /** The type of a staged value. Default: that of the column, without its limit. */
  readonly staged?: string;
}

export type FormOf = (stored: StoredType, declared: Column) => Form | undefined;

export const AS_IT_IS: Form = {};

export const asItIs: FormOf = () => AS_IT_IS;

export const readAsText = (value: string): string => `${value}::text`;
