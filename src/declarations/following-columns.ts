import type { RecordAccount } from '../datasets/account.ts';
import type { MappingContext } from '../datasets/dataset.ts';
import { derivedId } from '../datasets/uuid.ts';
import type { Cells } from '../schema/cells.ts';
import type { Value } from '../schema/table.ts';
import { constantOf } from './column-reader.ts';
import { isByColumn } from './language-column.ts';
import type { ColumnPlan } from './plan.ts';

/** What follows from other columns of the row: defaults, also by another column, and ids. */
export function compileFollowing(
  plan: ColumnPlan,
  context: MappingContext,
): ((values: Cells, account: RecordAccount) => Cells)[] {
  const { name, declaration } = plan;
  const { default: standard, uuid5 } = declaration;
  const following: ReturnType<typeof compileFollowing> = [];
  if (standard !== undefined && standard !== null) {
    const standardOf = compileDefault(plan, standard, context);
    following.push((values, account) => {
      const stored = values.get(name) === null ? standardOf(values) : null;
      if (stored === null) return values;
      account.derived++;
      return values.with({ [name]: stored });
    });
  }
  if (uuid5 !== undefined) {
    following.push((values) => {
      const parts = uuid5.map((column) => values.get(column));
      if (values.get(name) !== null || parts.includes(null)) return values;
      return values.with({ [name]: derivedId(...parts.map(String)) });
    });
  }
  return following;
}

/** What the column gets where nothing is said. */
export function compileDefault(
  plan: ColumnPlan,
  standard: NonNullable<ColumnPlan['declaration']['default']>,
  context: MappingContext,
): (values: Pick<Cells, 'get'>) => Value {
  if (!isByColumn(standard)) {
    const stored = constantOf(plan, standard, context);
    return () => stored;
  }
  const stored = new Map(
    Object.entries(standard.values).map(([value, each]) => [
      value,
      each === null ? null : constantOf(plan, each, context),
    ]),
  );
  return (values) => stored.get(String(values.get(standard.by))) ?? null;
}
