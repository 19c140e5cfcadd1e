import { dirname, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { Registry } from '../datasets/registry.ts';
import { invalidConfig } from '../declarations/problem.ts';
import { fittingRecipes } from '../inventory/fitting-recipes.ts';
import { type DeclarationOptions, registryOfRecipes, registryWithFunctions } from '../recipes/declare.ts';
import { KNOWN_RECIPES } from '../recipes/recipes.ts';
import { builtInRegistry } from '../recipes/registry.ts';
import { declarationOptions } from '../run/run-settings.ts';
import { environmentName, kebab, OPTION_KEYS, type OptionKey } from '../settings/options.ts';
import { type Layer, type Options, resolveOptions } from '../settings/settings.ts';
import { targetWarning } from '../settings/target.ts';
import { type ConfigFile, readConfigFile, readText } from './config-file.ts';
import { declarationsOf } from './declared-files.ts';
import { fitted, printable, printWarning } from './terminal.ts';

/** What of a config file says what lies in the root. */
const KEYS_OF_DATA = ['datasets', 'tables'];

export interface Configuration {
  readonly options: Options;
  /** Where the data lies, for a command that names no directory. */
  readonly root: string;
  /** Where the target was named: `--to`, an environment variable, a file; undefined for the built-in default. */
  readonly toOrigin: string | undefined;
  /** The config file that was found, or named by something else than a flag. */
  readonly configFile: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Recipes that nobody named: what lies in the root is theirs. */
  readonly recognised: readonly string[];
}

export interface ConfigurationOptions {
  /** A run tells of the file, the recipes and its own warnings itself, in its order. */
  readonly isOfRun?: boolean;
  /** The command reads the files of a root: this one, or the configured one. Recipes may be recognised by them. */
  readonly reads?: { readonly root: string | undefined };
}

/** Flag > environment > config file > default. Every problem is reported at once. */
export async function loadConfiguration(
  flags: Readonly<Record<string, unknown>>,
  { isOfRun = false, reads }: ConfigurationOptions = {},
): Promise<Configuration> {
  const environment = { ...fromEnvFile(flags['envFile'] ?? process.env[environmentName('envFile')]), ...process.env };
  const config = flags['config'] ?? environment[environmentName('config')];
  const file = await readConfigFile(typeof config === 'string' ? config : undefined);
  const { datasets: _datasets, tables: _tables, root: _root, recipes, ...own } = file?.values ?? {};
  const values: Readonly<Record<string, unknown>> = { ...(recipes !== undefined && { recipe: recipes }), ...own };
  const given = (key: OptionKey): unknown => flags[key] ?? environment[environmentName(key)] ?? values[key];
  const named = declarationOptions({ parameter: given('parameter'), recipe: given('recipe') });
  const isDeclared = file !== undefined && KEYS_OF_DATA.some((key) => file.values[key] !== undefined);
  const recognised =
    reads === undefined || isDeclared || named.recipes.length > 0
      ? []
      : await fittingRecipes(reads.root ?? rootOf(file));
  const said = recognised.length === 0 ? named : { ...named, recipes: recognised };
  const registry = (file && (await registryOf(file, said))) ?? registryOfRecipes(said) ?? builtInRegistry();
  const layers: Layer[] = [
    { values: flags, nameOf: (key) => `--${kebab(key)}` },
    { values: { recipe: recognised.length === 0 ? undefined : recognised }, nameOf: () => 'what lies in the root' },
    environmentLayer(environment),
    ...(file === undefined ? [] : [{ values, nameOf: (key: string) => `${key} in ${lineOf(file, key)}` }]),
    { values: { to: environment['DATABASE_URL'] || undefined }, nameOf: () => 'DATABASE_URL' },
  ];
  const { options, originOf } = resolveOptions(layers, environment, { registry, recipes: KNOWN_RECIPES });
  const configFile = flags['config'] === undefined ? file?.path : undefined;
  if (!isOfRun) {
    if (!options.quiet)
      for (const line of configLines({ configFile, recognised })) process.stderr.write(`${fitted(line)}\n`);
    warnOfTargets(options, originOf, environment);
  }
  return { options, root: rootOf(file), toOrigin: originOf('to'), configFile, environment, recognised };
}

/** `root` of the config, from the folder of the config. */
function rootOf(file: ConfigFile | undefined): string {
  const root = file?.values['root'];
  if (file === undefined || root === undefined) return './data';
  if (typeof root === 'string' && root !== '')
    return dirname(file.path) === '.' ? root : resolve(dirname(file.path), root);
  const at = ['root'];
  throw invalidConfig([{ at, place: file.placeOf(at), message: 'write the directory with the data here: ./data' }]);
}

/** The datasets that a config declares; undefined where it says nothing of data. */
async function registryOf(file: ConfigFile, options: DeclarationOptions): Promise<Registry | undefined> {
  const { datasets, tables } = file.values;
  if (datasets !== undefined || tables !== undefined) {
    const declared = await declarationsOf(file);
    return registryWithFunctions(declared.given, dirname(file.path), declared, options);
  }
  if (file.problems.length > 0) throw invalidConfig(file.problems);
  return undefined;
}

function lineOf(file: ConfigFile, key: string): string {
  const { line } = file.placeOf([key]);
  return line === undefined ? file.path : `${file.path}:${line}`;
}

/** Options that nobody typed should surprise nobody. */
export function configLines({
  configFile,
  recognised,
}: Pick<Configuration, 'configFile' | 'recognised'>): readonly string[] {
  return [
    ...(configFile === undefined ? [] : [`config: ${printable(configFile)}`]),
    ...(recognised.length === 0 ? [] : [`recipe: ${recognised.join(', ')}, recognised by what lies in the root`]),
  ];
}

function warnOfTargets(
  options: Options,
  originOf: (key: OptionKey) => string | undefined,
  environment: Configuration['environment'],
): void {
  if (options.quiet) return;
  for (const key of ['to', 'from'] as const) {
    // Most commands have no --from, and some need no target: nothing that is not set is their business.
    const warning = options[key] && targetWarning(options[key], originOf(key), environment);
    if (warning) printWarning(warning.message, options);
  }
}

function environmentLayer(environment: Readonly<Record<string, string | undefined>>): Layer {
  const known = new Map(OPTION_KEYS.map((key) => [environmentName(key), key as string]));
  const given = Object.entries(environment).filter(([name, value]) => name.startsWith('MIGRATE_JSON_') && value !== '');
  return {
    values: Object.fromEntries(given.map(([name, value]) => [known.get(name) ?? name, value])),
    nameOf: (key) => (key.startsWith('MIGRATE_JSON_') ? key : environmentName(key)),
  };
}

/** `.env` is read only when asked for. */
function fromEnvFile(path: unknown): Record<string, string | undefined> {
  if (typeof path !== 'string') return {};
  return parseEnv(readText(path));
}
