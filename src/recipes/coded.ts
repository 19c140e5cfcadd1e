import type { Dataset } from '../datasets/dataset.ts';
import type { Registry } from '../datasets/registry.ts';
import type { Table } from '../schema/table.ts';
import { applicationDatasets } from './applications.ts';
import { recipesNamed } from './recipes.ts';

/** What the coded datasets of some recipes add to a registry. */
export interface CodedParts {
  /** In the order in which they are tried. */
  readonly datasets: readonly Dataset[];
  /** In order of reference. */
  readonly tables: readonly Table[];
}

/** `without` are names of datasets that a declaration replaces. */
export function codedParts(recipes: readonly string[], without: ReadonlySet<string> = new Set()): CodedParts {
  const wanted = new Set<string>(recipesNamed(recipes).flatMap(({ coded = [] }) => coded));
  // Those of the applications are made only where one of them takes part.
  if (wanted.size === 0) return { datasets: [], tables: [] };
  const all = applicationDatasets();
  const datasets = all.datasets.filter(({ name }) => wanted.has(name) && !without.has(name));
  const tables = all.neededTables(new Set(datasets.map(({ name }) => name)));
  return { datasets, tables };
}

/** The datasets of a registry that recipes brought, which nobody has to declare. */
export function shippedIn({ datasets, origin }: Registry): readonly Dataset[] {
  const recipes = typeof origin === 'object' && 'recipes' in origin ? origin.recipes : [];
  const coded = new Set(codedParts(recipes).datasets);
  return datasets.filter((dataset) => dataset.isShipped || coded.has(dataset));
}
