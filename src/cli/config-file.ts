import { existsSync, lstatSync, readFileSync, type Stats, statSync } from 'node:fs';
import { extname } from 'node:path';
import { invalidConfig, type PlacedProblem } from '../declarations/problem.ts';
import { errorCode, MigrateError } from '../errors.ts';
import { parseExactly } from '../json/exact-parser.ts';
import type { DeclarationOrigin } from '../recipes/declare.ts';
import { importModule } from './import-module.ts';

/** The names under which a config file is found. */
export const CONFIG_FILES = ['json', 'yaml', 'ts', 'js'].map((ending) => `migrate-json.config.${ending}`);

/** What a file says, and where. */
export interface ReadConfig extends Omit<DeclarationOrigin, 'isWhole'> {
  /** Undefined where it cannot be understood. */
  readonly value: unknown;
}

export interface ConfigFile extends DeclarationOrigin {
  readonly path: string;
  /** Nobody named it. */
  readonly wasFound: boolean;
  readonly values: Readonly<Record<string, unknown>>;
}

/** The config file that `--config` names, else the one of this directory. */
export async function readConfigFile(given: string | undefined): Promise<ConfigFile | undefined> {
  const path = given ?? findConfig();
  if (path === undefined) return undefined;
  const { value, placeOf, problems } = await readConfig(path);
  if (value === undefined) throw invalidConfig(problems);
  if (!isMap(value)) throw new MigrateError('invalid-config', `${path} must hold an object of options`);
  // What an editor completes by is nothing to us.
  const { $schema: _schema, ...values } = value;
  return { path, wasFound: given === undefined, values, placeOf, problems, isWhole: true };
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Nobody named it: whoever may write into this directory could have put it there, to load elsewhere or to run code. */
function findConfig(): string | undefined {
  const found = CONFIG_FILES.filter((name) => lstatSync(name, { throwIfNoEntry: false }) !== undefined);
  const [path, ...others] = found;
  if (path === undefined) return undefined;
  if (others.length > 0) {
    throw new MigrateError('invalid-config', `there are ${found.length} config files: ${found.join(', ')}`, {
      hint: 'Keep one of them, or name one with --config.',
    });
  }
  const reason = reasonToDistrust(path);
  if (reason === undefined) return path;
  throw new MigrateError('invalid-config', `${path} ${reason}`, {
    hint: 'It was found, not named. If it is yours, name it with --config; else remove it.',
  });
}

/** Why a file that nobody named is not read. */
export function reasonToDistrust(path: string): string | undefined {
  const target = statSync(path, { throwIfNoEntry: false });
  return target === undefined ? 'is a link to nowhere' : (distrust(lstatSync(path)) ?? distrust(target));
}

function distrust(file: Stats): string | undefined {
  if (!file.isFile() && !file.isSymbolicLink()) return 'is not a regular file';
  const own = process.geteuid?.();
  if (own === undefined) return undefined;
  if (file.uid !== own && file.uid !== 0) return 'belongs to another user';
  // The rights of a link say nothing.
  return file.isFile() && (file.mode & 0o002) !== 0 ? 'can be written by everybody' : undefined;
}

/** Reads a config file of any kind, or one that it names. */
export async function readConfig(path: string): Promise<ReadConfig> {
  const ending = extname(path);
  if (ending === '.ts' || ending === '.js' || ending === '.mjs') {
    return { value: await importConfig(path), problems: [], placeOf: () => ({ file: path }) };
  }
  const text = readText(path);
  const problems = ending === '.json' ? jsonProblems(path, text) : [];
  if (problems.length > 0) return { value: undefined, problems, placeOf: () => ({ file: path }) };
  const { readYaml } = await import('../declarations/yaml-text.ts');
  return readYaml(text, path);
}

/** What is YAML need not be JSON: comments, commas at the end. */
function jsonProblems(path: string, text: string): readonly PlacedProblem[] {
  try {
    JSON.parse(text);
    return [];
  } catch {
    // The parser quotes the text, which may hold a password.
    const exact = parseExactly(text);
    const fault = 'fault' in exact && exact.fault.code !== 'duplicate-member' ? exact.fault : undefined;
    const before = text.slice(0, fault?.offset ?? 0).split('\n');
    const place = { file: path, ...(fault && { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }) };
    return [{ at: [], place, message: `this is not valid JSON${fault ? `: ${fault.message}` : ''}` }];
  }
}

async function importConfig(path: string): Promise<unknown> {
  if (!existsSync(path)) throw new MigrateError('invalid-config', `${path} does not exist`);
  try {
    return (await importModule(path)).default ?? null;
  } catch (error) {
    const isUnknown = errorCode(error) === 'ERR_UNKNOWN_FILE_EXTENSION';
    const hint = isUnknown && 'Node reads TypeScript from 22.18 on: use a newer one, or a .json, .yaml or .js file.';
    throw new MigrateError('invalid-config', `${path} cannot be imported`, { cause: error, ...(hint && { hint }) });
  }
}

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new MigrateError('invalid-config', `${path} cannot be read (${errorCode(error)})`, { cause: error });
  }
}
