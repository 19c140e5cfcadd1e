import type { DeclaredTables } from './declared-tables.ts';
import { folded } from './fold.ts';
import { isLookup, type RowLookup } from './row-group.ts';
import { column, type Table, type Value } from './table.ts';

// A row by what is unique in it, as text: equal for the row and for what looks for it.

/** All names of a row, by each of its keys. */
export function rowNames(table: Table, value: (name: string, key: readonly string[]) => Value): readonly string[] {
  const { naturalKey, unique = [] } = table;
  return [naturalKey, ...unique].flatMap((names) => {
    const key = names.map((name) => value(name, names));
    if (key.includes(null)) return [];
    const [only, ...others] = names;
    const mayFold = only !== undefined && others.length === 0 && column(table, only).type === 'text';
    const name = nameOf(table, names, key.map(String), false);
    return mayFold ? [name, nameOf(table, names, [folded(String(key[0]))], true)] : [name];
  });
}

/** What a name says of a row by its natural key, as texts; undefined for names by other keys. */
export function keyNamed(
  name: string,
  declared: DeclaredTables,
): { readonly table: Table; readonly key: ReadonlyMap<string, string> } | undefined {
  const [of, isFolded, parts] = JSON.parse(name) as NameParts;
  const table = declared.get(of);
  const key = new Map(parts);
  return isFolded || !table.naturalKey.every((each) => key.has(each)) || key.size !== table.naturalKey.length
    ? undefined
    : { table, key };
}

type NameParts = readonly [table: string, isFolded: boolean, key: readonly (readonly [column: string, text: string])[]];

/** The name that a lookup looks for; undefined where it has to look up something else before. */
export function soughtName({ table, by, key, fold }: RowLookup): string | undefined {
  const texts = key.flatMap((part) => (isLookup(part) ? [] : [fold ? folded(String(part)) : String(part)]));
  return texts.length < key.length ? undefined : nameOf(table, by, texts, fold === true);
}

function nameOf({ name }: Table, by: readonly string[], key: readonly string[], folds: boolean): string {
  const parts = by.map((each, index) => [each, key[index]] as const).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([name, folds, parts]);
}
