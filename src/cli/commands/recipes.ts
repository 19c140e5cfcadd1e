import { whatThereIs } from '../../declarations/unknown-name.ts';
import { MigrateError } from '../../errors.ts';
import { registryOfRecipes } from '../../recipes/declare.ts';
import { isProposed, PROPOSED_EXPORTS, PROPOSED_NAMES, type ProposedName } from '../../recipes/proposed.ts';
import { RECIPE_NAMES, RECIPES, type RecipeName } from '../../recipes/recipes.ts';
import type { Action } from '../action.ts';
import { loadConfiguration } from '../configuration.ts';
import { fittedTable, wrap } from '../format.ts';
import { writeDocument, writeResult } from '../terminal.ts';

interface ShownRecipe {
  readonly name: string;
  readonly fits: string;
  readonly datasets: readonly { readonly name: string; readonly description: string }[];
  readonly tables: readonly string[];
}

const command: Action = async ([name], flags) => {
  const { options } = await loadConfiguration(flags);
  if (name === undefined) {
    const all = [...RECIPE_NAMES.map(shown), ...PROPOSED_NAMES.map(proposed)];
    await writeResult(options.json ? asJson(all) : [listed(all)]);
  } else if (isRecipe(name)) await (options.json ? writeResult(asJson(shown(name))) : printed(name));
  else if (isProposed(name)) await (options.json ? writeResult(asJson(proposed(name))) : printExample(name));
  else {
    const there = whatThereIs(name, [...RECIPE_NAMES, ...PROPOSED_NAMES]);
    throw new MigrateError('invalid-option', `no recipe is called ${name}${there}`);
  }
  return 0;
};

const isRecipe = (given: string): given is RecipeName => RECIPE_NAMES.includes(given as RecipeName);

/** It has no tables before `init` has seen the files. */
function proposed(name: ProposedName): ShownRecipe {
  return { name, fits: PROPOSED_EXPORTS[name].fits, datasets: [], tables: [] };
}

async function printExample(name: ProposedName): Promise<void> {
  const { exampleText } = await import('../../recipes/recipe-text.ts');
  await writeDocument([exampleText(name, PROPOSED_EXPORTS[name])]);
}

function shown(name: RecipeName): ShownRecipe {
  const registry = registryOfRecipes({ recipes: [name], parameters: [] });
  return {
    name,
    fits: RECIPES[name].fits,
    datasets: (registry?.datasets ?? []).map((dataset) => ({ name: dataset.name, description: dataset.description })),
    tables: (registry?.tables.list ?? []).map((table) => table.name),
  };
}

/** A declared one as a config file to start from. */
async function printed(name: RecipeName): Promise<void> {
  const { recipeText } = await import('../../recipes/recipe-text.ts');
  const text = recipeText(name, RECIPES[name]);
  await (text === undefined ? writeResult(asText(shown(name))) : writeDocument([text]));
}

function asJson(recipes: ShownRecipe | readonly ShownRecipe[]): readonly string[] {
  return [`${JSON.stringify(recipes, null, 2)}\n`];
}

function listed(recipes: readonly ShownRecipe[]): string {
  const rows = recipes.map(({ name, fits, tables }) => [name, fits, tables.join(', ') || 'as init proposes']);
  return `${fittedTable([['recipe', 'fits', 'tables'], ...rows], [1, 2])}\n`;
}

function* asText({ name, fits, datasets, tables }: ShownRecipe): Generator<string> {
  yield `${name}: ${fits}\n\n`;
  for (const dataset of datasets) yield `${dataset.name}\n${wrap(dataset.description, '    ')}\n`;
  yield `\ntables: ${tables.join(', ')}\n`;
  yield `\nIts datasets are part of the program, and not written in the language of declarations: there is nothing to edit.\n`;
  yield `Without \`datasets:\` they take part by themselves; beside datasets of your own, write \`recipes: [${name}]\`.\n`;
}

export default command;
