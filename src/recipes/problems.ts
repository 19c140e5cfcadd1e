import { isShipped, moduleNames } from '../declarations/functions.ts';
import type { Declarations } from '../declarations/language.ts';
import type { Problem } from '../declarations/problem.ts';
import { MigrateError } from '../errors.ts';
import { codedParts } from './coded.ts';
import { SHIPPED_MODULES } from './functions.ts';
import { recipeDeclarations, tablesOf } from './with-recipes.ts';

/** What declared datasets and recipes beside them cannot both have. */
export function recipeProblems(
  { datasets, tables = {} }: Declarations,
  recipes: readonly string[],
): readonly Problem[] {
  const without = new Set(Object.keys(datasets));
  const owners = codedParts(recipes, without).tables.find(({ holdsOwners }) => holdsOwners);
  const names = new Set(recipes.flatMap((name) => tableNamesOf(name, without)));
  return Object.entries(datasets).flatMap(([name, dataset]) => {
    const at = ['datasets', name];
    const taken = tablesOf(dataset, name, at).filter(({ table }) => names.has(table.toLowerCase()));
    const problems = taken.map(({ table, place }): Problem => {
      return { at: place, message: `a recipe has a table ${table}, too: write \`table:\` with another name` };
    });
    const isOwners = tables[dataset.table ?? name]?.owners === true;
    if (owners === undefined || (dataset.owner === undefined && !isOwners)) return problems;
    const message = `the owners of a recipe's rows are its ${owners.name}: leave this out, or the recipe`;
    return [...problems, { at: isOwners ? ['tables', dataset.table ?? name, 'owners'] : [...at, 'owner'], message }];
  });
}

/** Modules of recipes that there are not. */
export function missingModules({ datasets }: Declarations): readonly Problem[] {
  return Object.entries(datasets).flatMap(([name, declaration]) =>
    moduleNames(declaration, ['datasets', name])
      .filter(({ path }) => isShipped(path) && !SHIPPED_MODULES.has(path))
      .map(({ at, path }) => ({ at, message: `no recipe has such functions as ${path}` })),
  );
}

/** Throws `invalid-option` where two recipes, other than applications, which share tables, have a table of one name. */
export function refuseClash(recipes: readonly string[]): void {
  const known = new Map<string, string>();
  const isDeclared = (name: string): boolean => Object.keys(recipeDeclarations([name]).datasets).length > 0;
  for (const recipe of recipes) {
    for (const table of tableNamesOf(recipe)) {
      const other = known.get(table);
      if (other !== undefined && (isDeclared(recipe) || isDeclared(other)))
        throw new MigrateError('invalid-option', `the recipes ${other} and ${recipe} both have a table ${table}`, {
          hint: 'Name one of them with --recipe, and load the other one into another database or schema.',
        });
      known.set(table, recipe);
    }
  }
}

function tableNamesOf(recipe: string, without?: ReadonlySet<string>): readonly string[] {
  const { datasets } = recipeDeclarations([recipe]);
  const declared = Object.entries(datasets).filter(([name]) => !without?.has(name));
  return [
    ...new Set([
      ...codedParts([recipe], without).tables.map(({ name }) => name.toLowerCase()),
      ...declared.flatMap(([name, dataset]) => tablesOf(dataset, name).map(({ table }) => table.toLowerCase())),
    ]),
  ];
}
