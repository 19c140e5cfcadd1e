import type { Registry } from '../datasets/registry.ts';
import { type BuiltDeclarations, buildDeclarations } from '../declarations/build.ts';
import { checkDeclarations } from '../declarations/checks/all.ts';
import { type Functions, loadFunctions, missingFiles, moduleNames } from '../declarations/functions.ts';
import { DECLARATIONS, type Declarations } from '../declarations/language.ts';
import { givenParameters, withParameters } from '../declarations/parameters.ts';
import { invalidConfig, type Place, type PlacedProblem, type Problem } from '../declarations/problem.ts';
import { nearOf, schemaProblems, withoutProblems } from '../declarations/schema-problems.ts';
import { SHIPPED_FUNCTIONS, SHIPPED_MODULES } from './functions.ts';
import { missingModules, recipeProblems, refuseClash } from './problems.ts';
import { codedRegistry, declaredRegistry } from './registry.ts';
import { recipeDeclarations, withRecipes } from './with-recipes.ts';

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
  return checkedRegistry(checked(given, NOWHERE, options), {
    folder: '.',
    functions: SHIPPED_FUNCTIONS,
    origin: NOWHERE,
    options,
  });
}

/** The same with the functions that the declarations name, by files of this folder. */
export async function registryWithFunctions(
  given: GivenDeclarations,
  folder: string,
  origin: DeclarationOrigin,
  options = NO_OPTIONS,
): Promise<Registry> {
  const found = checked(given, origin, options, folder);
  const functions = await loadFunctions(found.declarations, folder, SHIPPED_MODULES);
  return checkedRegistry(found, { folder, functions, origin, options });
}

/** That of recipes alone; undefined where none is named: then all applications take part. */
export function registryOfRecipes(options: DeclarationOptions): Registry | undefined {
  const { recipes } = options;
  if (recipes.length === 0) return undefined;
  const { datasets } = recipeDeclarations(recipes);
  return Object.keys(datasets).length === 0
    ? codedRegistry(recipes)
    : registryOf({ datasets: {}, tables: undefined }, options);
}

/** Declarations without a problem, and what was made of them on the way, where neither functions nor parameters change it. */
interface Checked {
  readonly declarations: Declarations;
  readonly built: BuiltDeclarations | undefined;
}

/** Of a config with the recipes that it names. */
function checked(
  given: GivenDeclarations,
  origin: DeclarationOrigin,
  { parameters, recipes }: DeclarationOptions,
  folder?: string,
): Checked {
  refuseClash(recipes);
  const { declarations, whole, built, problems } = checkGiven(given, origin.isWhole, recipes);
  const modules = declarations === undefined ? [] : missingModules(declarations);
  const files = folder === undefined || declarations === undefined ? [] : missingFiles(declarations, folder);
  const others = [...modules, ...files].filter(({ at }) => !nearOf(problems, at));
  const followed = [...problems, ...others].filter(({ at }) => !nearOf(origin.problems, at));
  const beside = declarations === undefined ? [] : recipeProblems(declarations, recipes);
  const all = [...origin.problems, ...placed([...followed, ...beside], origin)];
  if (all.length > 0 || whole === undefined) throw invalidConfig(all);
  const values = givenParameters(parameters);
  const isChanged = values.size > 0 || Object.values(whole.datasets).some((each) => moduleNames(each, []).length > 0);
  return { declarations: withParameters(whole, values), built: isChanged ? undefined : built };
}

/** All that is wrong with declarations, whatever of them can be understood. What is not whole is looked at part by part only. */
function checkGiven(
  { datasets, tables }: GivenDeclarations,
  isWhole: boolean,
  recipes: readonly string[],
): Partial<Checked> & { readonly whole: Declarations | undefined; readonly problems: readonly Problem[] } {
  const given = { datasets, ...(tables !== undefined && { tables }) };
  const parsed = DECLARATIONS.safeParse(given);
  const wrong = schemaProblems(DECLARATIONS, given, parsed.error?.issues ?? []);
  const { data: declarations } = parsed.success ? parsed : DECLARATIONS.safeParse(withoutProblems(given, wrong));
  const whole = declarations && withRecipes(declarations, recipes);
  const { problems = [], built } = whole && isWhole ? checkDeclarations(whole) : {};
  const all = [...wrong, ...problems.filter(({ at }) => !nearOf(wrong, at))];
  return { ...(declarations && { declarations }), whole, built, problems: all };
}

interface RegistryParts {
  readonly folder: string;
  readonly functions: Functions;
  readonly origin: DeclarationOrigin;
  readonly options: DeclarationOptions;
}

function checkedRegistry(
  { declarations, built: made }: Checked,
  { folder, functions, origin, options }: RegistryParts,
): Registry {
  const built = made ?? buildDeclarations(declarations, functions);
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
