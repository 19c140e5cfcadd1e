import type { Row } from '../schema/table.ts';
import type { ColumnRepairName } from './column-repairs.ts';

/** The constraint that is named when a row is gone after it was written without an error. */
export const SWALLOWED = 'a trigger or rule swallows the row';

/** The constraint that is named when a row is there after it was written, and is not what was written. */
export const CHANGED = 'a trigger, a rule or a computed column changes the row';

/** The constraint that is named when no placeholder can be made for an owner. */
export const ANOTHER_OWNER = 'the database takes the id of another user for the same, or does not keep it';

/** The database refuses a row: a constraint, named without the value. Everything else a driver throws is a MigrateError. */
export class RefusedRow extends Error {
  readonly constraint: string;

  constructor(constraint: string, options?: { cause?: unknown }) {
    super(`the database refuses a row: ${constraint}`, options);
    this.constraint = constraint;
  }
}

/** A row that is to be appended has a value that its table does not hold as it is: each record must be looked at. */
export class UnfitRow extends RefusedRow {
  constructor() {
    super('the table does not hold a value as it is');
  }
}

/** A value that a table has no place for. */
export interface Misfit {
  readonly column: string;
  /** The type of the column, as the database words it; undefined where there is no such column. */
  readonly words: string | undefined;
  readonly why: string;
  /** Where it is the column for the rest: the members in it. */
  readonly members?: readonly string[];
}

/** A row of which repairs have changed values, with their names: one for each value. */
export interface FittedRow {
  readonly row: Row;
  readonly repairs: readonly ColumnRepairName[];
}
