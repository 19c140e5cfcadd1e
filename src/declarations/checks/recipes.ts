import { recipeParts } from '../../datasets/recipes.ts';
import type { ChildDeclaration, DatasetDeclaration, Declarations } from '../language.ts';
import type { Problem } from '../problem.ts';

/** What declared datasets and recipes beside them cannot both have. */
export function recipeProblems({ datasets }: Declarations, recipes: readonly string[]): readonly Problem[] {
  const { tables, owners } = recipeParts(recipes, new Set(Object.keys(datasets)));
  const names = new Set(tables.map(({ name }) => name.toLowerCase()));
  return Object.entries(datasets).flatMap(([name, dataset]) => {
    const at = ['datasets', name];
    const taken = tablesOf(dataset, name, at).filter(({ table }) => names.has(table.toLowerCase()));
    const problems = taken.map(({ table, place }): Problem => {
      return { at: place, message: `a recipe has a table ${table}, too: write \`table:\` with another name` };
    });
    if (owners === undefined || dataset.owner === undefined) return problems;
    const message = `the owners of a recipe's rows are its ${owners.name}: leave this out, or the recipe`;
    return [...problems, { at: [...at, 'owner'], message }];
  });
}

function tablesOf(
  { table, children = {} }: DatasetDeclaration | ChildDeclaration,
  name: string,
  at: readonly string[],
): readonly { readonly table: string; readonly place: readonly string[] }[] {
  const inner = Object.entries(children).flatMap(([child, each]) => tablesOf(each, child, [...at, 'children', child]));
  return [{ table: table ?? name, place: table === undefined ? at : [...at, 'table'] }, ...inner];
}
