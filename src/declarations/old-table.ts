import type { SourceContext } from '../datasets/dataset.ts';
import type { JsonObject } from '../json/value.ts';
import type { RowKeyPlan } from './plan.ts';

/** The old table that a record comes from: its own word, or the name of the list or file that holds it. */
export function compileOldTable({
  member,
  names,
}: NonNullable<RowKeyPlan['tables']>): (extra: JsonObject | undefined, source: SourceContext) => string {
  const [first = '', ...others] = names;
  // Most records of a file say nothing of it.
  let last: { readonly source: SourceContext; readonly name: string } | undefined;
  return (extra, source) => {
    const said = extra?.[member];
    if (typeof said === 'string') return said;
    if (last?.source !== source) {
      const around = [source.member ?? source.stem, source.stem];
      last = { source, name: others.find((name) => around.some((each) => each.startsWith(name))) ?? first };
    }
    return last.name;
  };
}
