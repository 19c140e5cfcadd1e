import { Registry, type RegistryOrigin } from '../datasets/registry.ts';
import { type BuiltDeclarations, buildDeclarations } from '../declarations/build.ts';
import { declaredOf } from '../declarations/checks/declared.ts';
import { declaredDataset, tablesOf } from '../declarations/dataset.ts';
import { loadFunctions } from '../declarations/functions.ts';
import type { Declarations } from '../declarations/language.ts';
import { DeclaredTables } from '../schema/declared-tables.ts';
import type { Table } from '../schema/table.ts';
import { codedParts } from './coded.ts';
import { SHIPPED_MODULES } from './functions.ts';
import { APPLICATION_NAMES } from './recipes.ts';
import { recipeDeclarations } from './with-recipes.ts';

/** The datasets and tables of the applications: of a run that names no recipe and declares nothing. */
export function builtInRegistry(): Registry {
  const { datasets, tables } = codedParts(APPLICATION_NAMES);
  return new Registry(datasets, new DeclaredTables(tables), 'built-in');
}

/** Those of recipes of coded datasets alone. */
export function codedRegistry(recipes: readonly string[]): Registry {
  const { datasets, tables } = codedParts(recipes);
  return new Registry(datasets, new DeclaredTables(tables), { recipes });
}

/** The datasets and tables of declarations that have no problem, with the coded ones of recipes. */
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
  const shipped = recipeDeclarations(recipes).datasets;
  const datasets = built.datasets.map((plan) => {
    const peers = built.datasets.filter(({ table }) => table.name === plan.table.name);
    const dataset = declaredDataset(plan, built.tables, feeding, peers);
    const isShipped = shipped[plan.name]?.columns === declarations.datasets[plan.name]?.columns;
    return isShipped ? { ...dataset, isShipped } : dataset;
  });
  const added = codedParts(recipes, new Set(datasets.map(({ name }) => name)));
  const { records } = declaredOf(declarations, built);
  const placeOfTable = ({ name }: Table): string | undefined =>
    placeOf?.(records.find(({ table }) => table === name)?.tableAt ?? ['tables', name]);
  const tables = new DeclaredTables([...built.tables, ...added.tables], placeOfTable);
  return new Registry([...datasets, ...added.datasets], tables, { declarations, folder, recipes }, placeOf);
}

/** The registry that another thread has: functions cannot be handed over, so each thread makes its own. */
export async function makeRegistry(origin: RegistryOrigin): Promise<Registry> {
  if (origin === 'built-in') return builtInRegistry();
  if ('declarations' in origin) {
    const declarations = origin.declarations as Declarations;
    const functions = await loadFunctions(declarations, origin.folder, SHIPPED_MODULES);
    return declaredRegistry(declarations, origin.folder, buildDeclarations(declarations, functions), origin.recipes);
  }
  if ('recipes' in origin) return codedRegistry(origin.recipes);
  const module: Readonly<Record<string, () => Registry>> = await import(origin.module);
  const make = module[origin.make];
  if (make === undefined) throw new TypeError(`${origin.module} exports no ${origin.make}`);
  return make();
}
