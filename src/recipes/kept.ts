import { createHash } from 'node:crypto';
import type { Registry } from '../datasets/registry.ts';
import { buildDeclarations } from '../declarations/build.ts';
import { type Functions, isShipped, moduleNames } from '../declarations/functions.ts';
import {
  type ChildDeclaration,
  type DatasetDeclaration,
  DECLARATIONS,
  type Declarations,
} from '../declarations/language.ts';
import { withoutSecrets } from '../declarations/without-secrets.ts';
import { MigrateError } from '../errors.ts';
import { canonicalJson } from '../json/canonical.ts';
import type { JsonValue } from '../json/value.ts';
import { SHIPPED_FUNCTIONS } from './functions.ts';
import { builtInRegistry, codedRegistry, declaredRegistry } from './registry.ts';

/** What the ledger keeps of the declarations of a run, and a name for it. */
export interface KeptDeclarations {
  readonly hash: string;
  readonly content: string;
}

const BUILT_IN = 'built-in';

/** Undefined for a registry that no declarations made. */
export function keptDeclarations({ origin }: Registry): KeptDeclarations | undefined {
  if (origin === BUILT_IN) return { hash: BUILT_IN, content: JSON.stringify(BUILT_IN) };
  if ('module' in origin) return undefined;
  const recipes = origin.recipes.toSorted();
  const kept: Kept = {
    ...('declarations' in origin && withoutSecrets(origin.declarations as Declarations)),
    ...(recipes.length > 0 && { recipes }),
  };
  return { hash: hashOf(kept), content: JSON.stringify(kept) };
}

/** As in a config file. */
type Kept = Partial<Declarations> & { readonly recipes?: readonly string[] };

/** Words for people and the order of names make no other declarations. */
function hashOf({ datasets = {}, ...rest }: Kept): string {
  const bare = {
    ...rest,
    datasets: Object.fromEntries(Object.entries(datasets).map(([name, each]) => [name, withoutWords(each)])),
  };
  const data: JsonValue = JSON.parse(JSON.stringify(bare));
  return createHash('sha256').update(canonicalJson(data)).digest('hex');
}

type AnyRecord = DatasetDeclaration | ChildDeclaration;

function withoutWords({ description: _words, columns, children = {}, ...rest }: AnyRecord): object {
  const bareColumn = (column: AnyRecord['columns'][string]): unknown => {
    if (typeof column !== 'object') return column;
    const { description: _own, ...bare } = column;
    return bare;
  };
  const mapped = <Value>(map: Readonly<Record<string, Value>>, change: (value: Value) => unknown): object =>
    Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value)]));
  return { ...rest, columns: mapped(columns, bareColumn), children: mapped(children, withoutWords) };
}

/**
 * The datasets and tables of a past run. Functions are not kept, and code comes from nobody but the owner of the config file:
 * what needs them is for `functionsOf` to find.
 */
export function registryOfKept(content: string): Registry {
  const kept: Kept | typeof BUILT_IN = JSON.parse(content);
  if (kept === BUILT_IN) return builtInRegistry();
  const { recipes = [], ...declarations } = kept;
  if (declarations.datasets === undefined) return codedRegistry(recipes);
  const parsed = DECLARATIONS.safeParse(declarations);
  const built = parsed.success ? buildDeclarations(parsed.data, NOT_KEPT) : undefined;
  if (!parsed.success || built === undefined || built.problems.length > 0)
    throw new MigrateError('unknown-dataset', 'what was declared for the run is in the language of another version');
  return declaredRegistry(parsed.data, '', built, recipes);
}

/** The files with functions that a dataset of a past run was loaded with; those of recipes are there. */
export function functionsOf({ origin }: Registry, dataset: string): readonly string[] {
  const declarations = typeof origin === 'object' && 'declarations' in origin ? origin.declarations : undefined;
  const declaration = (declarations as Declarations | undefined)?.datasets[dataset];
  return declaration === undefined
    ? []
    : moduleNames(declaration, []).flatMap(({ path }) => (isShipped(path) ? [] : [path]));
}

const NOT_KEPT: Functions = {
  find: (name) => (isShipped(name) ? SHIPPED_FUNCTIONS.find(name) : () => null),
  module: (name) => (isShipped(name) ? SHIPPED_FUNCTIONS.module(name) : {}),
  hashOf: () => '',
};
