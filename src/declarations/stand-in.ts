import { ANY_CONTEXT } from '../datasets/any-context.ts';
import type { StoredRow } from '../datasets/dataset.ts';
import { derivedId } from '../datasets/uuid.ts';
import type { JsonObject } from '../json/value.ts';
import type { Cells } from '../schema/cells.ts';
import type { Value } from '../schema/table.ts';
import { compileDerivedFromRest } from './else-from-rest.ts';
import { compileDerived } from './finish-row.ts';
import { compileDefault } from './following-columns.ts';
import type { ColumnPlan } from './plan.ts';
import type { Written } from './write-children.ts';

/** Of a stored value that is not NULL, with the rest of its row. */
type Test = (value: Value, written: Written, rest: JsonObject | undefined) => boolean;

/** Whether a value is what follows from the other columns of its row, or from its rest: an export leaves it out. */
export function compileFollows(plan: ColumnPlan): Test {
  const { derive, plus, uuid5 } = plan.declaration;
  const derivedOf = derive === undefined ? undefined : compileDerived(derive, plus);
  const derivedFromRest = plan.otherwise?.isDerived ? compileDerivedFromRest(plan, ANY_CONTEXT) : undefined;
  return (value, { row, parent, position }, rest) => {
    if (uuid5 !== undefined && value === derivedId(...uuid5.map((name) => String(row[name])))) return true;
    const isPlaced = plus === undefined || position !== undefined;
    if (derivedOf && isPlaced && value === derivedOf(cellsOf(row), parent && cellsOf(parent), position ?? 0))
      return true;
    return derivedFromRest !== undefined && value === derivedFromRest(rest);
  };
}

/** Whether a value is what its column gets where the record says nothing: what follows, or the default. */
export function compileStandsIn(plan: ColumnPlan): Test {
  const follows = compileFollows(plan);
  const { default: standard } = plan.declaration;
  const defaultOf =
    standard === undefined || standard === null ? undefined : compileDefault(plan, standard, ANY_CONTEXT);
  return (value, written, rest) => {
    if (follows(value, written, rest)) return true;
    const filled = defaultOf?.(cellsOf(written.row));
    // SQLite stores true as 1.
    return filled !== undefined && (value === filled || (typeof filled === 'boolean' && value === Number(filled)));
  };
}

function cellsOf(row: StoredRow): Pick<Cells, 'get'> {
  return { get: (name) => row[name] ?? null };
}
