import { DeclaredTables } from '../schema/declared-tables.ts';
import type { Table } from '../schema/table.ts';
import { builtInRegistry } from './built-in.ts';
import type { Dataset } from './dataset.ts';
import { Registry } from './registry.ts';

export interface Recipe {
  /** The files that it fits, in words. */
  readonly fits: string;
  /** The names of its datasets, in the order in which they are tried. */
  readonly datasets: readonly string[];
}

/** Datasets that come with the program, by the application that wrote their files. Applications share accounts of people. */
export const RECIPES = {
  council: {
    fits: 'a chat with several models: conversations/<user>/<id>.json, usage/<user>/usage.json',
    datasets: ['conversations', 'usage'],
  },
  incidents: {
    fits: 'an analysis of incidents: settings.json, users.json, dumps of analyses and audit logs',
    datasets: ['settings', 'users', 'analyses', 'audit_logs'],
  },
  operations: {
    fits: 'operations metrics and models that look for anomalies: dumps of metrics, models/*.json, API keys and their usage',
    datasets: [
      ...['users', 'api_keys', 'api_key_usage', 'ml_models', 'models'],
      ...['model_predictions', 'anomaly_predictions', 'metrics'],
    ],
  },
  security: {
    fits: 'a service that looks at web requests: exports of events and predictions',
    datasets: ['users', 'predictions', 'events'],
  },
  completions: {
    fits: 'a proxy of language models: exports of completion requests',
    datasets: ['completion_requests'],
  },
} as const satisfies Readonly<Record<string, Recipe>>;

export type RecipeName = keyof typeof RECIPES;

export const RECIPE_NAMES = Object.keys(RECIPES) as readonly RecipeName[];

/** What some recipes add to a registry. */
export interface RecipeParts {
  /** In the order in which they are tried. */
  readonly datasets: readonly Dataset[];
  /** In order of reference. */
  readonly tables: readonly Table[];
  /** Whose rows are the owners of others, where they are needed. */
  readonly owners: Table | undefined;
}

/** `without` are names of datasets that a declaration replaces. */
export function recipeParts(names: readonly string[], without: ReadonlySet<string> = new Set()): RecipeParts {
  const all = builtInRegistry();
  const wanted = new Set<string>(
    RECIPE_NAMES.filter((name) => names.includes(name)).flatMap((name) => RECIPES[name].datasets),
  );
  const datasets = all.datasets.filter(({ name }) => wanted.has(name) && !without.has(name));
  const tables = all.neededTables(new Set(datasets.map(({ name }) => name)));
  const { owners } = all.tables;
  return { datasets, tables, owners: owners && tables.includes(owners) ? owners : undefined };
}

/** The datasets and tables of some recipes alone. */
export function recipeRegistry(names: readonly string[]): Registry {
  const { datasets, tables, owners } = recipeParts(names);
  return new Registry(datasets, new DeclaredTables(tables, owners), { recipes: names });
}
