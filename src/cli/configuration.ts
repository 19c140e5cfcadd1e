import { existsSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { parseEnv } from 'node:util';
import { errorCode, MigrateError } from '../errors.ts';
import { environmentName, kebab, OPTION_KEYS, type OptionKey } from '../settings/options.ts';
import { type Layer, type Options, resolveOptions } from '../settings/settings.ts';
import { targetWarning } from '../settings/target.ts';
import { importModule } from './import-module.ts';
import { printWarning } from './terminal.ts';

const CONFIG_FILES = ['json', 'yaml', 'ts', 'js'].map((ending) => `migrate-json.config.${ending}`);

export interface Configuration {
  readonly options: Options;
  /** Where the target was named: `--to`, an environment variable, a file; undefined for the built-in default. */
  readonly toOrigin: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Flag > environment > config file > default. Every problem is reported at once. A run tells its own warnings, in its order. */
export async function loadConfiguration(
  flags: Readonly<Record<string, unknown>>,
  isOfRun = false,
): Promise<Configuration> {
  const environment = { ...fromEnvFile(flags['envFile'] ?? process.env[environmentName('envFile')]), ...process.env };
  const config = flags['config'] ?? environment[environmentName('config')];
  const layers: Layer[] = [
    { values: flags, nameOf: (key) => `--${kebab(key)}` },
    environmentLayer(environment),
    ...(await configLayers(typeof config === 'string' ? config : undefined)),
    { values: { to: environment['DATABASE_URL'] || undefined }, nameOf: () => 'DATABASE_URL' },
  ];
  const { options, originOf } = resolveOptions(layers, environment);
  if (!isOfRun) warnOfTargets(options, originOf);
  return { options, toOrigin: originOf('to'), environment };
}

function warnOfTargets(options: Options, originOf: (key: OptionKey) => string | undefined): void {
  if (options.quiet) return;
  for (const key of ['to', 'from'] as const) {
    const warning = targetWarning(options[key], originOf(key));
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

async function configLayers(given: string | undefined): Promise<Layer[]> {
  const path = given ?? CONFIG_FILES.find((name) => existsSync(name));
  if (path === undefined) return [];
  const values = await readConfig(path);
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new MigrateError('invalid-config', `${path} must hold an object of options`);
  }
  return [{ values: { ...values }, nameOf: (key) => `${key} in ${path}` }];
}

async function readConfig(path: string): Promise<unknown> {
  const ending = extname(path);
  if (ending === '.ts' || ending === '.js' || ending === '.mjs') return importConfig(path);
  const text = readText(path);
  try {
    if (ending === '.json') return JSON.parse(text);
    const { parse } = await import('yaml');
    return parse(text);
  } catch {
    // The parsers quote the text, which may hold a password.
    throw new MigrateError('invalid-config', `${path} is not valid ${ending === '.json' ? 'JSON' : 'YAML'}`);
  }
}

async function importConfig(path: string): Promise<unknown> {
  if (!existsSync(path)) throw new MigrateError('invalid-config', `${path} does not exist`);
  try {
    return (await importModule(path)).default;
  } catch (error) {
    const isUnknown = errorCode(error) === 'ERR_UNKNOWN_FILE_EXTENSION';
    const hint = isUnknown && 'Node reads TypeScript from 22.18 on: use a newer one, or a .json, .yaml or .js file.';
    throw new MigrateError('invalid-config', `${path} cannot be imported`, { cause: error, ...(hint && { hint }) });
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new MigrateError('invalid-config', `${path} cannot be read (${errorCode(error)})`, { cause: error });
  }
}
