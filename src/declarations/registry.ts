import { builtInRegistry } from '../datasets/built-in.ts';
import { recipeParts, recipeRegistry } from '../datasets/recipes.ts';
import { Registry, type RegistryOrigin } from '../datasets/registry.ts';
import { DeclaredTables } from '../schema/declared-tables.ts';
import { type BuiltDeclarations, buildDeclarations } from './build.ts';
import { declaredDataset, tablesOf } from './dataset.ts';
import { loadFunctions } from './functions.ts';
import type { Declarations } from './language.ts';

/** The datasets and tables of declarations that have no problem. */
export function declaredRegistry(
  declarations: Declarations,
  folder: string,
  built: BuiltDeclarations,
  recipes: readonly string[],
  placeOf?: Registry['placeOf'],
): Registry {
  const [problem] = built.problems;
  if (problem !== undefined) throw new TypeError(`${problem.at.join('.')}: ${problem.message}`);
  const feeding = new Map<string, string[]>();
  for (const plan of built.datasets) {
    for (const { name } of tablesOf(plan)) feeding.set(name, [...(feeding.get(name) ?? []), plan.name]);
  }
  const datasets = built.datasets.map((plan) => {
    const peers = built.datasets.filter(({ table }) => table.name === plan.table.name);
    return declaredDataset(plan, built.tables, feeding, peers);
  });
  const added = recipeParts(recipes, new Set(datasets.map(({ name }) => name)));
  const tables = new DeclaredTables([...built.tables, ...added.tables], added.owners);
  return new Registry([...datasets, ...added.datasets], tables, { declarations, folder, recipes }, placeOf);
}

/** The registry that another thread has: functions cannot be handed over, so each thread makes its own. */
export async function makeRegistry(origin: RegistryOrigin): Promise<Registry> {
  if (origin === 'built-in') return builtInRegistry();
  if ('declarations' in origin) {
    const declarations = origin.declarations as Declarations;
    const functions = await loadFunctions(declarations, origin.folder);
    return declaredRegistry(declarations, origin.folder, buildDeclarations(declarations, functions), origin.recipes);
  }
  if ('recipes' in origin) return recipeRegistry(origin.recipes);
  const module: Readonly<Record<string, () => Registry>> = await import(origin.module);
  const make = module[origin.make];
  if (make === undefined) throw new TypeError(`${origin.module} exports no ${origin.make}`);
  return make();
}
