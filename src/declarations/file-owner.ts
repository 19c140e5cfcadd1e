import type { RecordAccount } from '../datasets/account.ts';
import type { MappingContext } from '../datasets/dataset.ts';
import { Refused, Repaired } from '../datasets/read-value.ts';
import type { Cells } from '../schema/cells.ts';
import { columnReader } from './column-reader.ts';
import type { Environment } from './environment.ts';
import type { ColumnPlan } from './plan.ts';
import type { Source } from './source.ts';

/** Whose file it is fills what nothing of the record does. */
export function compileOwner(
  plan: ColumnPlan,
  context: MappingContext,
): {
  readonly name: string;
  readonly fill: (values: Cells, environment: Environment, account: RecordAccount) => Cells;
}[] {
  const { name } = plan;
  if (plan.sources.every(isNotOwner)) return [];
  const read = columnReader({ ...plan, declaration: {} })(plan.column, context);
  const fill = (values: Cells, { source }: Environment, account: RecordAccount): Cells => {
    const result = read(source.owner);
    if (!(result instanceof Refused))
      return values.with({ [name]: result instanceof Repaired ? result.value : result });
    account.reject(result.code, '', result.say(name));
    return values;
  };
  return [{ name, fill }];
}

export const NO_OWNER: ReturnType<typeof compileOwner> = [];

export function isNotOwner(source: Source): boolean {
  return source.of !== 'file' || source.part !== 'owner';
}
