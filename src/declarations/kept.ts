import { createHash } from 'node:crypto';
import { builtInRegistry } from '../datasets/built-in.ts';
import type { Registry } from '../datasets/registry.ts';
import { MigrateError } from '../errors.ts';
import { buildDeclarations } from './build.ts';
import { type Functions, moduleNames } from './functions.ts';
import { DECLARATIONS, type Declarations } from './language.ts';
import { declaredRegistry } from './registry.ts';
import { withoutSecrets } from './without-secrets.ts';

/** What the ledger keeps of the declarations of a run, and a name for it. */
export interface KeptDeclarations {
  readonly hash: string;
  readonly content: string;
}

const BUILT_IN = 'built-in';

/** Undefined for a registry that no declarations made. */
export function keptDeclarations({ origin }: Registry): KeptDeclarations | undefined {
  if (origin === BUILT_IN) return { hash: BUILT_IN, content: JSON.stringify(BUILT_IN) };
  if (!('declarations' in origin)) return undefined;
  const content = JSON.stringify(withoutSecrets(origin.declarations as Declarations));
  return { hash: createHash('sha256').update(content).digest('hex'), content };
}

/**
 * The datasets and tables of a past run. Functions are not kept, and code comes from nobody but the owner of the config file:
 * what needs them is for `functionsOf` to find.
 */
export function registryOfKept(content: string): Registry {
  const kept: unknown = JSON.parse(content);
  if (kept === BUILT_IN) return builtInRegistry();
  const parsed = DECLARATIONS.safeParse(kept);
  const built = parsed.success ? buildDeclarations(parsed.data, NOT_KEPT) : undefined;
  if (!parsed.success || built === undefined || built.problems.length > 0)
    throw new MigrateError('unknown-dataset', 'what was declared for the run is in the language of another version');
  return declaredRegistry(parsed.data, '', built);
}

/** The files with functions that a dataset of a past run was loaded with. */
export function functionsOf({ origin }: Registry, dataset: string): readonly string[] {
  const declarations = typeof origin === 'object' && 'declarations' in origin ? origin.declarations : undefined;
  const declaration = (declarations as Declarations | undefined)?.datasets[dataset];
  return declaration === undefined ? [] : moduleNames(declaration, []).map(({ path }) => path);
}

const NOT_KEPT: Functions = { find: () => () => null, module: () => ({}), hashOf: () => '' };
