import { type FunctionModules, functionsIn } from '../declarations/functions.ts';
import type { Recipe } from './recipe.ts';
import { RECIPES } from './recipes.ts';

/** The functions of all recipes, by the name by which declarations name them. */
export const SHIPPED_MODULES: FunctionModules = new Map(
  Object.entries<Recipe>(RECIPES).flatMap(([name, { functions }]) => {
    if (functions === undefined) return [];
    const path = `recipe:${name}`;
    return [[path, { exports: functions.exports, hash: `${path}@${functions.version}` }] as const];
  }),
);

/** Of declarations that name no files with functions. */
export const SHIPPED_FUNCTIONS = functionsIn(SHIPPED_MODULES);
