import type { Registry } from '../datasets/registry.ts';
import { MigrateError } from '../errors.ts';
import { buildDeclarations } from './build.ts';
import { type Functions, loadFunctions, NO_FUNCTIONS } from './functions.ts';
import { DECLARATIONS, type Declarations } from './language.ts';
import type { Problem } from './problem.ts';
import { declaredRegistry } from './registry.ts';

/** What a config file says of data, before it is checked. */
export interface GivenDeclarations {
  readonly datasets: unknown;
  readonly tables: unknown;
}

/** Where something of the declarations stands, for people. */
type PlaceOf = (at: Problem['at']) => string;

/** The registry of the declared datasets. Throws one error that names every problem, each with its place. */
export function registryOf(given: GivenDeclarations, placeOf: PlaceOf): Registry {
  return checkedRegistry(checked(given, placeOf), '.', NO_FUNCTIONS, placeOf);
}

/** The same with the functions that the declarations name, by files of this folder. */
export async function registryWithFunctions(
  given: GivenDeclarations,
  folder: string,
  placeOf: PlaceOf,
): Promise<Registry> {
  const declarations = checked(given, placeOf);
  return checkedRegistry(declarations, folder, await loadFunctions(declarations, folder), placeOf);
}

function checked({ datasets, tables }: GivenDeclarations, placeOf: PlaceOf): Declarations {
  const parsed = DECLARATIONS.safeParse({ datasets, ...(tables !== undefined && { tables }) });
  if (parsed.success) return parsed.data;
  throw invalid(
    parsed.error.issues.map(({ path, message }) => ({ at: path.map(String), message })),
    placeOf,
  );
}

function checkedRegistry(declarations: Declarations, folder: string, functions: Functions, placeOf: PlaceOf): Registry {
  const built = buildDeclarations(declarations, functions);
  if (built.problems.length > 0) throw invalid(built.problems, placeOf);
  return declaredRegistry(declarations, folder, built);
}

function invalid(problems: readonly Problem[], placeOf: (at: Problem['at']) => string): MigrateError {
  return new MigrateError('invalid-config', problems.map(({ at, message }) => `${placeOf(at)}: ${message}`).join('; '));
}
