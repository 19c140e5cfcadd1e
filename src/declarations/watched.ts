import type { WatchedMember } from '../datasets/dataset.ts';
import { joinPointer } from '../json/pointer.ts';
import { pointerOf } from './destinations.ts';
import type { ChildPlan, ColumnPlan, RecordPlan } from './plan.ts';

// A member that a declaration misspells is nowhere, and its column NULL: what no record has is told at the end of a run.

/** What marks that a record, or an element of one, was read into the table. */
export function anyRowOf({ table }: RecordPlan): string {
  return `${table.name}.*`;
}

/** What marks that the members on the way to the elements of a child were there. */
export function placeOf({ table }: ChildPlan): string {
  return table.name;
}

/** The members that some record should have, each with what marks that one had it. */
export function watchedOf(plan: RecordPlan, prefix = ''): readonly WatchedMember[] {
  const { table, columns, children } = plan;
  const within = prefix === '' ? undefined : anyRowOf(plan);
  const own = columns.filter(needsMember).map(({ name, at, sources }): WatchedMember => {
    const ways = sources.flatMap((source) => (source.of === 'record' ? [source.way] : []));
    return { name: `${table.name}.${name}`, at, within, pointers: ways.map((way) => way.reduce(joinPointer, prefix)) };
  });
  const below = children.flatMap((child): readonly WatchedMember[] => {
    const at = pointerOf(prefix, child.path);
    const members = child.path.steps.findIndex(({ to }) => to !== 'member');
    const place = child.path.steps
      .slice(0, members)
      .reduce((way, step) => (step.to === 'member' ? joinPointer(way, step.name) : way), prefix);
    // A record without elements has often no list, either.
    const watched: WatchedMember[] =
      members > 0 ? [{ name: placeOf(child), at: child.at, within, pointers: [place], mayBeNowhere: true }] : [];
    return [...watched, ...watchedOf(child, at)];
  });
  return [...own, ...below];
}

/** Nothing but a member fills it. */
function needsMember({ sources, made, declaration }: ColumnPlan): boolean {
  const { value, default: fallback, derive, uuid5, else: otherwise } = declaration;
  const isFilled = [value, fallback, derive, uuid5, otherwise].some((each) => each !== undefined);
  return sources.length > 0 && sources.every(({ of }) => of === 'record') && made === undefined && !isFilled;
}
