import type { Registry } from '../datasets/registry.ts';
import type { NamedCollection, RecognisedFile, SourceFile } from '../inventory/source.ts';
import type { Way } from '../json/pointer.ts';
import { type Container, pathText, type Step, waysMeet } from '../json/split.ts';

/** What is to be read of a file, in the order in which it loads: what others refer to comes first. */
export function collectionsIn(
  dataset: string,
  { container, others = [] }: Pick<RecognisedFile, 'container' | 'others'>,
  registry: Registry,
): readonly NamedCollection[] {
  const all = [{ dataset, container }, ...others];
  if (others.length === 0) return all;
  return all.toSorted((a, b) => registry.levelOf(a.dataset) - registry.levelOf(b.dataset));
}

/** Pointers to what the datasets of a file take from beside their records. */
export function valuesTaken(all: readonly NamedCollection[], registry: Registry): readonly string[] {
  return all.flatMap(({ dataset }) => registry.get(dataset).asked ?? []);
}

/** What lies in the file that is read another time than this, or holds none. */
export function membersElsewhere(
  all: readonly NamedCollection[],
  own: NamedCollection,
  elsewhere: readonly string[] = [],
): readonly string[] {
  if (own.container.kind === 'path') return all.length === 1 ? [] : waysElsewhere(all, own.container);
  const names = all.flatMap(({ container }) => (container.kind === 'member' ? [container.name] : []));
  return [...names.filter((name) => own.container.kind !== 'member' || name !== own.container.name), ...elsewhere];
}

/** The ways to records of other datasets. */
function waysElsewhere(all: readonly NamedCollection[], own: Container): readonly string[] {
  return all.flatMap(({ container }) =>
    container.kind === 'path' && container !== own ? [pathText(container.steps)] : [],
  );
}

/** The ways in a record to what other datasets take of it. */
export function waysInside(own: Container, all: readonly NamedCollection[]): readonly Way[] {
  if (own.kind !== 'path') return [];
  return all.flatMap(({ container }) => {
    const inner =
      container.kind === 'path' && isAround(own.steps, container.steps) ? container.steps.slice(own.steps.length) : [];
    const way = inner.slice(0, inner.findIndex(({ to }) => to !== 'member') + 1 || inner.length);
    const names = way.flatMap((step) => (step.to === 'member' ? [step.name] : []));
    return names.length === 0 ? [] : [names];
  });
}

function isAround(outer: readonly Step[], inner: readonly Step[]): boolean {
  return outer.length < inner.length && waysMeet(pathText(outer), pathText(inner.slice(0, outer.length)));
}

/** Where a file holds records of several datasets: whose some of them are. */
export function collectionAt({ verdict }: SourceFile, index: number, registry: Registry): NamedCollection | undefined {
  if (verdict.kind !== 'recognised' || verdict.others === undefined) return undefined;
  return collectionsIn(verdict.dataset, verdict, registry)[index];
}
