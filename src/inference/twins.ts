import { fitsMembers } from '../declarations/conditions.ts';
import type { Way } from '../json/pointer.ts';
import { pointerTokens } from '../json/pointer.ts';
import { type DeclaredDataset, isCovered, namesOf, readsPlace, takesFile, takesInside } from './declared.ts';
import type { FileGroup } from './file-groups.ts';
import type { Place } from './places.ts';
import type { RecordDraft } from './records.ts';
import { SAME_KIND } from './shape.ts';

/** A place with its records. */
export interface PlannedPlace {
  readonly place: Place;
  readonly draft: RecordDraft;
}

/** Which declared datasets take the records of a place. */
export interface Twins {
  readonly datasets: readonly DeclaredDataset[];
  /** There are files of the place that none of them takes. */
  readonly isWider: boolean;
  /** Whether a member of its records is part of the records of another dataset, in all of its files. */
  readonly isTaken: (way: Way) => boolean;
}

interface Counts {
  /** Files of the group that a dataset takes. */
  readonly taken: Map<DeclaredDataset, number>;
  /** Files that no dataset takes which reads this place. */
  readonly untaken: Map<PlannedPlace, number>;
}

/** Finds for each place the datasets that are declared for it, by their files and records, whatever they are called. */
export class TwinFinder {
  private readonly declared: readonly DeclaredDataset[];
  private readonly counts = new Map<FileGroup, Counts>();
  private readonly members = new Map<FileGroup, ReadonlySet<string>>();

  constructor(declared: readonly DeclaredDataset[]) {
    this.declared = declared;
  }

  note(group: FileGroup, path: string, places: readonly PlannedPlace[]): void {
    if (this.declared.length === 0) return;
    const known = this.counts.get(group) ?? { taken: new Map(), untaken: new Map() };
    this.counts.set(group, known);
    const takers = this.takersOf(group, path, places);
    for (const each of takers) known.taken.set(each, (known.taken.get(each) ?? 0) + 1);
    for (const planned of places) {
      if (!takers.some((each) => readsPlace(each, planned.place.steps)))
        known.untaken.set(planned, (known.untaken.get(planned) ?? 0) + 1);
    }
  }

  takersOf(group: FileGroup, path: string, places: readonly PlannedPlace[]): readonly DeclaredDataset[] {
    const members = this.members.get(group) ?? new Set(places.flatMap(({ draft }) => [...topMembers(draft)]));
    this.members.set(group, members);
    return this.declared.filter((each) => takesFile(each, path, members));
  }

  /** `isKnown`: it was proposed before, so that a person has decided on it. */
  find(
    planned: readonly PlannedPlace[],
    isKnown: (planned: PlannedPlace) => boolean,
  ): ReadonlyMap<PlannedPlace, Twins> {
    const all = new Map<PlannedPlace, DeclaredDataset[]>();
    for (const dataset of this.declared) {
      const taken = planned.filter((each) => this.takenOf(each, dataset) > 0 && readsPlace(dataset, each.place.steps));
      const fitting = taken.filter((each) => fitsWhen(dataset, topMembers(each.draft)));
      const own = fitting.length > 0 ? fitting : taken;
      const most = Math.max(0, ...own.map((each) => this.takenOf(each, dataset)));
      const main = own.find((each) => this.takenOf(each, dataset) === most);
      for (const each of own) {
        // Files of another shape, which came later: they are a dataset of their own.
        if (each !== main && !isKnown(each) && share(each, dataset) < SAME_KIND) continue;
        all.set(each, [...(all.get(each) ?? []), dataset]);
      }
    }
    return new Map(
      planned.map((each) => {
        const datasets = all.get(each) ?? [];
        const isWider = datasets.length > 0 && (this.counts.get(each.place.group)?.untaken.get(each) ?? 0) > 0;
        const others = this.declared.filter((other) => this.takenOf(each, other) === each.place.group.paths.count);
        const isTaken = (way: Way): boolean => others.some((other) => takesInside(other, each.place.steps, way));
        return [each, { datasets, isWider, isTaken }];
      }),
    );
  }

  private takenOf({ place }: PlannedPlace, dataset: DeclaredDataset): number {
    return this.counts.get(place.group)?.taken.get(dataset) ?? 0;
  }
}

/** The places without what is part of the records of other datasets. Where nothing is left, there is nothing to propose. */
export function withoutTaken(found: ReadonlyMap<PlannedPlace, Twins>): ReadonlyMap<PlannedPlace, Twins> {
  const left = [...found].map(([{ place, draft }, twins]): readonly [PlannedPlace, Twins] => {
    const columns = draft.columns.filter(({ source }) => source.of !== 'member' || !twins.isTaken(source.way));
    const children = draft.children.filter(({ steps }) => !twins.isTaken(namesOf(steps)));
    return [{ place, draft: { ...draft, columns, children } }, twins];
  });
  const before = [...found.keys()];
  return new Map(
    left.filter(([{ draft }, { datasets }], at) => {
      const isLess = holdings(draft) < holdings(before[at]?.draft ?? draft);
      return !isLess || holdings(draft) > 0 || datasets.length > 0;
    }),
  );
}

/** What a record holds: names in paths and maps, and its place, are not in it. */
function holdings({ columns, children }: RecordDraft): number {
  return columns.filter(({ source }) => source.of === 'member' || source.of === 'value').length + children.length;
}

function topMembers({ columns, children }: PlannedPlace['draft']): ReadonlySet<string> {
  const members = columns.flatMap(({ source }) => (source.of === 'member' ? source.way.slice(0, 1) : []));
  return new Set([...members, ...children.flatMap(({ member }) => member.slice(0, 1))]);
}

/** Whether records with these members may be those that it speaks of. */
function fitsWhen({ plan: { when = {} } }: DeclaredDataset, members: ReadonlySet<string>): boolean {
  const lacking = [when['lacks'] ?? []].flat().map((pointer) => pointerTokens(String(pointer))?.[0] ?? '');
  return fitsMembers(when, members) && !lacking.some((name) => members.has(name));
}

/** How many of the members the dataset says something of. */
function share({ draft }: PlannedPlace, dataset: DeclaredDataset): number {
  const ways = draft.columns.flatMap(({ source }) => (source.of === 'member' ? [source.way] : []));
  return ways.length === 0 ? 1 : ways.filter((way) => isCovered(dataset, way)).length / ways.length;
}
