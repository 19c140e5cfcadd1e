import type { Registry } from '../datasets/registry.ts';
import { buildDeclarations } from './build.ts';
import { declarationProblems } from './checks/all.ts';
import { recipeProblems } from './checks/recipes.ts';
import { type Functions, loadFunctions, missingFiles, NO_FUNCTIONS } from './functions.ts';
import { DECLARATIONS, type Declarations } from './language.ts';
import { givenParameters, withParameters } from './parameters.ts';
import { invalidConfig, type Place, type PlacedProblem, type Problem } from './problem.ts';
import { declaredRegistry } from './registry.ts';
import { nearOf, schemaProblems, withoutProblems } from './schema-problems.ts';

/** What a config file says of data, before it is checked. */
export interface GivenDeclarations {
  readonly datasets: unknown;
  readonly tables: unknown;
}

/** What options say of declarations. */
export interface DeclarationOptions {
  /** Values of parameters, as `name=value`. */
  readonly parameters: readonly string[];
  /** Names of recipes that take part beside the declared datasets. */
  readonly recipes: readonly string[];
}

const NO_OPTIONS: DeclarationOptions = { parameters: [], recipes: [] };

/** Where declarations come from. */
export interface DeclarationOrigin {
  /** Where something of them stands, for people. */
  placeOf(at: Problem['at']): Place;
  /** What is known to be wrong with their text. */
  readonly problems: readonly PlacedProblem[];
  /** Nothing is missing because it could not be read. */
  readonly isWhole: boolean;
}

const NOWHERE: DeclarationOrigin = { placeOf: () => ({}), problems: [], isWhole: true };

/** The registry of the declared datasets. Throws one error that names every problem, each with its place. */
export function registryOf(given: GivenDeclarations, options = NO_OPTIONS): Registry {
  const declarations = checked(given, NOWHERE, options);
  return checkedRegistry(declarations, { folder: '.', functions: NO_FUNCTIONS, origin: NOWHERE, options });
}

/** The same with the functions that the declarations name, by files of this folder. */
export async function registryWithFunctions(
  given: GivenDeclarations,
  folder: string,
  origin: DeclarationOrigin,
  options = NO_OPTIONS,
): Promise<Registry> {
  const declarations = checked(given, origin, options, folder);
  const functions = await loadFunctions(declarations, folder);
  return checkedRegistry(declarations, { folder, functions, origin, options });
}

function checked(
  given: GivenDeclarations,
  origin: DeclarationOrigin,
  { parameters, recipes }: DeclarationOptions,
  folder?: string,
): Declarations {
  const { declarations, problems } = checkDeclarations(given, origin.isWhole);
  const missing = folder === undefined || declarations === undefined ? [] : missingFiles(declarations, folder);
  const others = missing.filter(({ at }) => !nearOf(problems, at));
  const followed = [...problems, ...others].filter(({ at }) => !nearOf(origin.problems, at));
  const beside = declarations === undefined ? [] : recipeProblems(declarations, recipes);
  const all = [...origin.problems, ...placed([...followed, ...beside], origin)];
  if (all.length > 0 || declarations === undefined) throw invalidConfig(all);
  return withParameters(declarations, givenParameters(parameters));
}

/** All that is wrong with declarations, whatever of them can be understood. What is not whole is looked at part by part only. */
function checkDeclarations(
  { datasets, tables }: GivenDeclarations,
  isWhole: boolean,
): { readonly declarations: Declarations | undefined; readonly problems: readonly Problem[] } {
  const given = { datasets, ...(tables !== undefined && { tables }) };
  const parsed = DECLARATIONS.safeParse(given);
  const wrong = schemaProblems(DECLARATIONS, given, parsed.error?.issues ?? []);
  const { data: declarations } = parsed.success ? parsed : DECLARATIONS.safeParse(withoutProblems(given, wrong));
  const others = declarations && isWhole ? declarationProblems(declarations) : [];
  return { declarations, problems: [...wrong, ...others.filter(({ at }) => !nearOf(wrong, at))] };
}

interface RegistryParts {
  readonly folder: string;
  readonly functions: Functions;
  readonly origin: DeclarationOrigin;
  readonly options: DeclarationOptions;
}

function checkedRegistry(declarations: Declarations, { folder, functions, origin, options }: RegistryParts): Registry {
  const built = buildDeclarations(declarations, functions);
  if (built.problems.length > 0) throw invalidConfig(placed(built.problems, origin));
  const placeOf = (at: readonly string[]): string | undefined => {
    const { file, line } = origin.placeOf(at);
    return file === undefined ? undefined : [file, line].filter((part) => part !== undefined).join(':');
  };
  return declaredRegistry(declarations, folder, built, options.recipes, placeOf);
}

function placed(problems: readonly Problem[], origin: DeclarationOrigin): readonly PlacedProblem[] {
  return problems.map((problem) => ({ ...problem, place: origin.placeOf(problem.at) }));
}
