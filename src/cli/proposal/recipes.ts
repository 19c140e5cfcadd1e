import { isUnexplained } from '../../datasets/recognise.ts';
import type { ExistingConfig } from '../../inference/infer.ts';
import { scalarText } from '../../inference/yaml-text.ts';
import { registryOfRecipes } from '../../recipes/declare.ts';
import type { Recipe } from '../../recipes/recipe.ts';
import { APPLICATION_NAMES, RECIPES, type RecipeName } from '../../recipes/recipes.ts';
import { builtInRegistry } from '../../recipes/registry.ts';
import { validate } from '../../run/migrate.ts';
import { scan } from '../../run/scan.ts';
import { type ProposalConfig, rootName } from './config.ts';

/** A config that names the recipes that fit the root, where there are any: what they take is not declared again. */
export async function recipeConfig({
  root,
  path,
  options,
  toOrigin,
}: Pick<ProposalConfig, 'root' | 'path' | 'options' | 'toOrigin'>): Promise<ExistingConfig | undefined> {
  const settings = { ...options, registry: builtInRegistry(), fields: false, root, toOrigin };
  const recipes = options.recipe.length > 0 ? options.recipe : await applicationsIn(settings);
  const registry = registryOfRecipes({ recipes, parameters: [] });
  if (registry === undefined) return undefined;
  const text = `root: ${scalarText(rootName(root, path))}\nrecipes: [${recipes.join(', ')}]\n`;
  return { text, registry };
}

/**
 * The applications whose files lie in a root, where every file with data is one of theirs, and some is of one of them alone: many
 * applications have users.
 */
async function applicationsIn(settings: Parameters<typeof scan>[0]): Promise<readonly RecipeName[]> {
  const found = new Set<string>();
  const { files } = await scan(settings);
  for (const { dataset, status, reason } of files()) {
    if (dataset !== null) found.add(dataset);
    else if (status === 'unrecognised' && isUnexplained(reason)) return [];
  }
  const names = APPLICATION_NAMES.filter((name) => datasetsOf(name).some((each) => found.has(each) && isOwn(each)));
  const covered = new Set(names.flatMap(datasetsOf));
  const isCovered = names.length > 0 && [...found].every((name) => covered.has(name));
  return isCovered && (await areTheirs(settings)) ? names : [];
}

/** A file of another application may hold lists of a known name, beside others that the datasets do not know. */
async function areTheirs(settings: Parameters<typeof validate>[0]): Promise<boolean> {
  const report = await validate(Object.freeze({ ...settings, report: [], rejects: undefined, metricsFile: undefined }));
  try {
    const { totals } = report.head;
    const isPart = report.rejectCodes().some(({ code }) => code === 'second-collection');
    return !isPart && totals.records_loaded > totals.records_rejected;
  } finally {
    report.close();
  }
}

function datasetsOf(name: RecipeName): readonly string[] {
  const { coded = [], declarations }: Recipe = RECIPES[name];
  return [...coded, ...Object.keys(declarations?.datasets ?? {})];
}

/** Of one application alone. */
function isOwn(dataset: string): boolean {
  return APPLICATION_NAMES.filter((name) => datasetsOf(name).includes(dataset)).length === 1;
}
