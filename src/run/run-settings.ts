import { type DeclarationOptions, type GivenDeclarations, registryOf, registryOfRecipes } from '../recipes/declare.ts';
import { KNOWN_RECIPES } from '../recipes/recipes.ts';
import { builtInRegistry } from '../recipes/registry.ts';
import { listTexts, parameterTexts } from '../settings/option-values.ts';
import { type GivenOptions, type RunSettings, resolveOptions } from '../settings/settings.ts';

/** What options say of declarations, before they are checked. */
export function declarationOptions(values: Readonly<Record<string, unknown>>): DeclarationOptions {
  return { parameters: parameterTexts(values['parameter']), recipes: listTexts(values['recipe']) };
}

/** Settings for callers of the public API. Throws one MigrateError that names every problem. */
export function runSettings(given: { readonly root: string } & GivenOptions & Partial<GivenDeclarations>): RunSettings {
  const { root, datasets, tables, ...values } = given;
  const options = declarationOptions(values);
  const declared = datasets === undefined ? registryOfRecipes(options) : registryOf({ datasets, tables }, options);
  const known = { registry: declared ?? builtInRegistry(), recipes: KNOWN_RECIPES };
  const resolved = resolveOptions([{ values, nameOf: (key) => key }], {}, known);
  return Object.freeze({ ...resolved.options, root, toOrigin: resolved.originOf('to') });
}
