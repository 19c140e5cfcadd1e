import { type Column, digitsOf, type Value } from '../schema/table.ts';
import { bytewise } from '../system/bytewise.ts';
import { compareDecimals } from './decimal.ts';

/**
 * The order in which both databases give the values of a column: NULL first, texts bytewise, numbers by size. Decimals of more
 * digits than a double holds are text on SQLite, and come in the order of their spelling.
 */
export function compareValues(declared: Column, one: Value, other: Value): number {
  if (one === null || other === null) return Number(other === null) - Number(one === null);
  if (typeof one === 'string' && typeof other === 'string') {
    const isNumber = declared.type === 'decimal' && digitsOf(declared).fitsDouble;
    return isNumber ? compareDecimals(one, other) : bytewise(one, other);
  }
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
