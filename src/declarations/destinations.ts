import { joinPointer } from '../json/pointer.ts';
import type { RecordPlan } from './plan.ts';
import type { RecordPath } from './source.ts';

/** Where each member goes, by pointer (`*` is any index or name): `table.column`, or the table whose rest takes the members below. */
export function destinationsOf(plan: RecordPlan, prefix = ''): ReadonlyMap<string, string> {
  const { table, columns, children } = plan;
  const own = columns.flatMap(({ name, sources }) =>
    sources.flatMap((source): [string, string][] => {
      if (source.of === 'value') return [[prefix, `${table.name}.${name}`]];
      return source.of === 'record' ? [[source.way.reduce(joinPointer, prefix), `${table.name}.${name}`]] : [];
    }),
  );
  const below = children.flatMap((child): [string, string][] => {
    const at = pointerOf(prefix, child.path);
    return [[at, child.table.name], ...destinationsOf(child, at)];
  });
  return new Map([...own, ...below]);
}

export function pointerOf(prefix: string, { steps }: RecordPath): string {
  return steps.reduce(
    (pointer, step) => (step.to === 'member' ? joinPointer(pointer, step.name) : `${pointer}/*`),
    prefix,
  );
}
