import { joinPointer } from '../json/pointer.ts';
import { KEY_MEMBER, POSITION_MEMBER } from './place-members.ts';
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
  // The rest keeps the member whole of which a part finds a row.
  const finds = (plan.finds ?? []).flatMap(({ column, groups }) =>
    groups
      .flat()
      .flatMap(({ parts }) =>
        parts.flatMap(({ ways }) =>
          ways.map(([member = '']): [string, string] => [joinPointer(prefix, member), `${table.name}.${column}`]),
        ),
      ),
  );
  return new Map([...finds, ...own, ...below, ...placeMembers(plan, prefix)]);
}

/** What an export writes of the place of a record. */
function placeMembers(plan: RecordPlan, prefix: string): readonly (readonly [pointer: string, column: string])[] {
  const { table, columns, rowKey } = plan;
  const position = columns.find(({ sources }) => sources.some(({ of }) => of === 'position'))?.name;
  const members: readonly (readonly [string, string | undefined])[] = [
    [KEY_MEMBER, rowKey ? undefined : table.recordKey],
    [POSITION_MEMBER, position],
  ];
  return members.flatMap(([name, column]) =>
    column === undefined ? [] : [[joinPointer(prefix, name), `${table.name}.${column}`] as const],
  );
}

export function pointerOf(prefix: string, { steps }: RecordPath): string {
  return steps.reduce(
    (pointer, step) => (step.to === 'member' ? joinPointer(pointer, step.name) : `${pointer}/*`),
    prefix,
  );
}
