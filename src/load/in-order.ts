interface Visit<Unit> {
  readonly unit: Unit;
  readonly needed: readonly Unit[];
  /** How many of them were visited. */
  done: number;
}

/**
 * Puts units behind those that they need; those that need each other in a circle come together. Tarjan's algorithm, without
 * recursion: https://doi.org/10.1137/0201010
 */
export function inOrder<Unit>(
  units: readonly Unit[],
  needs: (unit: Unit) => readonly Unit[],
): readonly (readonly Unit[])[] {
  const found: Unit[][] = [];
  const numbers = new Map<Unit, number>();
  /** The lowest number of a unit that is still open and that this one leads to. */
  const lowest = new Map<Unit, number>();
  const open: Unit[] = [];
  const isOpen = new Set<Unit>();
  const lower = (unit: Unit, number = 0): unknown => lowest.set(unit, Math.min(lowest.get(unit) ?? number, number));
  for (const start of units) {
    const path: Visit<Unit>[] = [];
    const enter = (unit: Unit): void => {
      const number = numbers.size;
      numbers.set(unit, number);
      lowest.set(unit, number);
      open.push(unit);
      isOpen.add(unit);
      path.push({ unit, needed: needs(unit), done: 0 });
    };
    if (!numbers.has(start)) enter(start);
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const { unit } = visit;
      const next = visit.needed[visit.done++];
      if (next !== undefined && !numbers.has(next)) enter(next);
      else if (next !== undefined && isOpen.has(next)) lower(unit, numbers.get(next));
      if (next !== undefined) continue;
      path.pop();
      const above = path.at(-1);
      if (above) lower(above.unit, lowest.get(unit));
      if (lowest.get(unit) !== numbers.get(unit)) continue;
      const circle = open.splice(open.lastIndexOf(unit));
      for (const each of circle) isOpen.delete(each);
      found.push(circle);
    }
  }
  return found;
}
