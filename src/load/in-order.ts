/**
 * Puts units behind those that they need. Those that need each other in a circle, and what stands between two circles, come
 * together.
 */
export function inOrder<Unit>(
  units: readonly Unit[],
  needs: (unit: Unit) => readonly Unit[],
): readonly (readonly Unit[])[] {
  const all = new Map(units.map((unit) => [unit, needs(unit).filter((each) => each !== unit)]));
  const neededBy = new Map<Unit, Unit[]>();
  for (const [unit, needed] of all)
    for (const each of needed) neededBy.set(each, [...(neededBy.get(each) ?? []), unit]);
  const left = new Set(units);
  const first = peel(left, all, neededBy);
  const last = peel(left, neededBy, all).reverse();
  const single = (list: readonly Unit[]): (readonly Unit[])[] => list.map((unit) => [unit]);
  return [...single(first), ...circles(left, all, neededBy), ...single(last)];
}

type Links<Unit> = ReadonlyMap<Unit, readonly Unit[]>;

/** Takes those out of `left`, one after the other, that need nothing which is still left. */
function peel<Unit>(left: Set<Unit>, needs: Links<Unit>, neededBy: Links<Unit>): Unit[] {
  const open = new Map(
    [...left].map((unit) => [unit, (needs.get(unit) ?? []).filter((each) => left.has(each)).length]),
  );
  const taken = [...left].filter((unit) => open.get(unit) === 0);
  for (const unit of taken) {
    left.delete(unit);
    for (const next of neededBy.get(unit) ?? []) {
      if (!left.has(next)) continue;
      const others = (open.get(next) ?? 0) - 1;
      open.set(next, others);
      if (others === 0) taken.push(next);
    }
  }
  return taken;
}

/** Those that are linked with each other, however. */
function circles<Unit>(left: ReadonlySet<Unit>, ...links: readonly Links<Unit>[]): Unit[][] {
  const seen = new Set<Unit>();
  const found: Unit[][] = [];
  for (const unit of left) {
    if (seen.has(unit)) continue;
    seen.add(unit);
    const circle = [unit];
    for (const each of circle) {
      for (const next of links.flatMap((some) => some.get(each) ?? [])) {
        if (!left.has(next) || seen.has(next)) continue;
        seen.add(next);
        circle.push(next);
      }
    }
    found.push(circle);
  }
  return found;
}
