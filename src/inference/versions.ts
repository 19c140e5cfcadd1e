import { joinPointer } from '../json/pointer.ts';
import type { FileGroup } from './file-groups.ts';
import { patternOf } from './patterns.ts';
import type { Shape } from './shape.ts';
import type { PlannedPlace } from './twins.ts';

/** Which records of shared files are of a dataset, as a declaration says it. */
export type Version = { readonly has: readonly string[] } | { readonly lacks: readonly string[] };

/**
 * Groups that only their records tell apart: an application wrote other members after an update, into files that are called
 * alike. By members that all records of one group have and none of the others has; groups without such stay apart by their files.
 */
export function versionsOf(
  groups: readonly FileGroup[],
  placesOf: (group: FileGroup) => readonly PlannedPlace[],
): ReadonlyMap<FileGroup, Version> {
  const families = new Map<string, FileGroup[]>();
  for (const group of groups) {
    const places = placesOf(group);
    if (places.length !== 1 || !group.segments.some(({ varies }) => varies)) continue;
    const alike = JSON.stringify([patternOf(group, []), group.begins, places[0]?.place.steps]);
    families.set(alike, [...(families.get(alike) ?? []), group]);
  }
  return new Map([...families.values()].flatMap((family) => (family.length < 2 ? [] : versionsIn(family, placesOf))));
}

function versionsIn(
  family: readonly FileGroup[],
  placesOf: (group: FileGroup) => readonly PlannedPlace[],
): readonly (readonly [FileGroup, Version])[] {
  const shapes = family.map((group) => placesOf(group)[0]?.place.shape);
  const own = family.map((_, at) => ownMember(shapes, at));
  const versions = own.map((name, at): Version | undefined => {
    if (name !== undefined) return { has: [joinPointer('', name)] };
    const [other] = own.filter((each, index) => index !== at && each !== undefined);
    return family.length === 2 && other !== undefined ? { lacks: [joinPointer('', other)] } : undefined;
  });
  return versions.every((version) => version !== undefined)
    ? family.map((group, at) => [group, versions[at] as Version] as const)
    : [];
}

/** A member of all records of one shape, and of none of the others. */
function ownMember(shapes: readonly (Shape | undefined)[], at: number): string | undefined {
  const shape = shapes[at];
  if (shape === undefined || shapes.some((each) => each === undefined || !each.isAll('object') || each.entries)) return;
  const others = shapes.filter((_, index) => index !== at);
  const found = [...shape.members].find(
    ([name, member]) =>
      member.present === shape.counts.object && others.every((other) => other?.members.has(name) === false),
  );
  return found?.[0];
}
