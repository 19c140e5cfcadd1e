/** Letters that are wrong, missing or too many in a mistyped name. */
const MISTYPED_LETTERS = 2;

/** Letters from which on the beginning of a name stands for it. */
const BEGINNING = 3;

/** The name that somebody meant who mistyped it, or wrote only its beginning; undefined where none is near. */
export function similarName(given: string, names: readonly string[]): string | undefined {
  const typed = given.toLowerCase();
  const [nearest] = names
    .map((name) => ({ name, wrong: distance(typed, name.toLowerCase()) }))
    .filter(({ name, wrong }) => wrong <= MISTYPED_LETTERS && wrong < name.length / 2)
    .toSorted((one, other) => one.wrong - other.wrong);
  if (nearest !== undefined) return nearest.name;
  return names.find((name) => typed.length >= BEGINNING && name.toLowerCase().startsWith(typed));
}

/** Of Levenshtein; letters that changed places count as one. */
function distance(a: string, b: string): number {
  let [before, previous]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous?.[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swapped = isSwapped ? (before?.[column - 2] ?? 0) + 1 : replaced;
      current.push(Math.min(replaced, swapped, (previous?.[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    [before, previous] = [previous, current];
  }
  return previous?.[b.length] ?? 0;
}
