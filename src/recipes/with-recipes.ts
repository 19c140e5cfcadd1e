import type { ChildDeclaration, DatasetDeclaration, Declarations } from '../declarations/language.ts';
import { recipesNamed } from './recipes.ts';

/** Declarations with those of recipes after them, as if a config file said all of it. A dataset replaces that of the same name. */
export function withRecipes({ datasets, tables }: Declarations, recipes: readonly string[]): Declarations {
  const shipped = recipeDeclarations(recipes);
  const all = {
    ...datasets,
    ...Object.fromEntries(Object.entries(shipped.datasets).filter(([name]) => !(name in datasets))),
  };
  const fed = new Set(Object.entries(all).flatMap(([name, each]) => tablesOf(each, name).map(({ table }) => table)));
  const theirs = Object.entries(shipped.tables ?? {}).filter(([name]) => fed.has(name));
  if (theirs.length === 0) return { datasets: all, ...(tables && { tables }) };
  return { datasets: all, tables: { ...Object.fromEntries(theirs), ...tables } };
}

/** What the declared recipes of these names declare together. */
export function recipeDeclarations(recipes: readonly string[]): Declarations {
  const all = recipesNamed(recipes).flatMap(({ declarations }) => declarations ?? []);
  return {
    datasets: Object.assign({}, ...all.map(({ datasets }) => datasets)),
    tables: Object.assign({}, ...all.map(({ tables }) => tables)),
  };
}

/** The tables that a dataset feeds, each with the place where it is declared. */
export function tablesOf(
  { table, children = {} }: DatasetDeclaration | ChildDeclaration,
  name: string,
  at: readonly string[] = [],
): readonly { readonly table: string; readonly place: readonly string[] }[] {
  const inner = Object.entries(children).flatMap(([child, each]) => tablesOf(each, child, [...at, 'children', child]));
  return [{ table: table ?? name, place: table === undefined ? at : [...at, 'table'] }, ...inner];
}
