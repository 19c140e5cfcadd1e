import type { Registry } from '../datasets/registry.ts';
import { MigrateError } from '../errors.ts';
import { buildDeclarations } from './build.ts';
import { DECLARATIONS } from './language.ts';
import type { Problem } from './problem.ts';
import { declaredRegistry } from './registry.ts';

/** What a config file says of data, before it is checked. */
export interface GivenDeclarations {
  readonly datasets: unknown;
  readonly tables: unknown;
}

/** The registry of the declared datasets. Throws one error that names every problem, each with its place. */
export function registryOf({ datasets, tables }: GivenDeclarations, placeOf: (at: Problem['at']) => string): Registry {
  const parsed = DECLARATIONS.safeParse({ datasets, ...(tables !== undefined && { tables }) });
  if (!parsed.success) {
    throw invalid(
      parsed.error.issues.map(({ path, message }) => ({ at: path.map(String), message })),
      placeOf,
    );
  }
  const built = buildDeclarations(parsed.data);
  if (built.problems.length > 0) throw invalid(built.problems, placeOf);
  return declaredRegistry(parsed.data, built);
}

function invalid(problems: readonly Problem[], placeOf: (at: Problem['at']) => string): MigrateError {
  return new MigrateError('invalid-config', problems.map(({ at, message }) => `${placeOf(at)}: ${message}`).join('; '));
}
