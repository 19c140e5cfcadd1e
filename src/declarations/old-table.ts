import type { SourceContext } from '../datasets/dataset.ts';
import type { JsonObject } from '../json/value.ts';
import type { RowKeyPlan } from './plan.ts';

/** The old table that a record comes from: its own word, or the name of the list or file that holds it. */
export function oldTableOf(
  { member, names }: NonNullable<RowKeyPlan['tables']>,
  extra: JsonObject | undefined,
  source: Pick<SourceContext, 'stem' | 'member'>,
): string {
  const said = extra?.[member];
  if (typeof said === 'string') return said;
  const around = [source.member ?? source.stem, source.stem];
  const [first = '', ...others] = names;
  return others.find((name) => around.some((each) => each.startsWith(name))) ?? first;
}
