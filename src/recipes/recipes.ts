import { chatgpt } from './chatgpt/recipe.ts';
import { claude } from './claude/recipe.ts';
import { completions } from './completions/recipe.ts';
import { council } from './council/recipe.ts';
import { discord } from './discord/recipe.ts';
import { incidents } from './incidents/recipe.ts';
import { librechat } from './librechat/recipe.ts';
import { openWebui } from './open-webui/recipe.ts';
import { operations } from './operations/recipe.ts';
import { isProposed } from './proposed.ts';
import type { Recipe } from './recipe.ts';
import { security } from './security/recipe.ts';
import { slack } from './slack/recipe.ts';
import { telegram } from './telegram/recipe.ts';

/** Applications: without `datasets:` and `--recipe` their datasets take part together. They share accounts of people. */
const APPLICATIONS = { council, incidents, operations, security, completions } as const satisfies Recipes;

/** What comes with the program, by name. */
export const RECIPES = {
  ...APPLICATIONS,
  chatgpt,
  claude,
  discord,
  librechat,
  'open-webui': openWebui,
  slack,
  telegram,
} as const satisfies Recipes;

type Recipes = Readonly<Record<string, Recipe>>;

export type RecipeName = keyof typeof RECIPES;

export const RECIPE_NAMES = Object.keys(RECIPES) as readonly RecipeName[];

/** What an option may name. */
export const KNOWN_RECIPES = {
  names: RECIPE_NAMES,
  whyNone: (name: string): string | undefined =>
    isProposed(name) ? `must be a recipe with tables: for ${name} \`migrate-json init\` proposes them` : undefined,
};
export const APPLICATION_NAMES = Object.keys(APPLICATIONS) as readonly RecipeName[];

/** Those of these names, in their order. */
export function recipesNamed(names: readonly string[]): readonly Recipe[] {
  return RECIPE_NAMES.filter((name) => names.includes(name)).map((name) => RECIPES[name]);
}
