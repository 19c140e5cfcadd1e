import { existsSync, lstatSync, readFileSync, type Stats, statSync } from 'node:fs';
import { extname } from 'node:path';
import { errorCode, MigrateError } from '../errors.ts';
import { parseExactly } from '../json/exact-parser.ts';
import { importModule } from './import-module.ts';

/** The names under which a config file is found. */
export const CONFIG_FILES = ['json', 'yaml', 'ts', 'js'].map((ending) => `migrate-json.config.${ending}`);

export interface ConfigFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Where something of it stands, for people: the file, and what is known of the place in it. */
  readonly placeOf: (at: readonly (string | number)[]) => string;
}

/** The config file that `--config` names, else the one of this directory. */
export async function readConfigFile(given: string | undefined): Promise<ConfigFile | undefined> {
  const path = given ?? findConfig();
  if (path === undefined) return undefined;
  const values = await readConfig(path);
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new MigrateError('invalid-config', `${path} must hold an object of options`);
  }
  return { path, values: { ...values }, placeOf: (at) => `${path}: ${at.join('.')}` };
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
  const target = statSync(path, { throwIfNoEntry: false });
  const reason = target === undefined ? 'is a link to nowhere' : (distrust(lstatSync(path)) ?? distrust(target));
  if (reason === undefined) return path;
  throw new MigrateError('invalid-config', `${path} ${reason}`, {
    hint: 'It was found, not named. If it is yours, name it with --config; else remove it.',
  });
}

function distrust(file: Stats): string | undefined {
  if (!file.isFile() && !file.isSymbolicLink()) return 'is not a regular file';
  const own = process.geteuid?.();
  if (own === undefined) return undefined;
  if (file.uid !== own && file.uid !== 0) return 'belongs to another user';
  // The rights of a link say nothing.
  return file.isFile() && (file.mode & 0o002) !== 0 ? 'can be written by everybody' : undefined;
}

async function readConfig(path: string): Promise<unknown> {
  const ending = extname(path);
  if (ending === '.ts' || ending === '.js' || ending === '.mjs') return importConfig(path);
  const text = readText(path);
  if (ending === '.json') return parseConfig(path, text);
  const { parse } = await import('yaml');
  try {
    return parse(text);
  } catch (error) {
    const isTwice = errorCode(error) === 'DUPLICATE_KEY';
    throw new MigrateError('invalid-config', `${path} ${isTwice ? 'has a key twice' : 'is not valid YAML'}`);
  }
}

function parseConfig(path: string, text: string): unknown {
  const exact = parseExactly(text);
  if ('fault' in exact && exact.fault.code === 'duplicate-member') {
    throw new MigrateError('invalid-config', `${path} has a key twice: ${exact.fault.message}`);
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser quotes the text, which may hold a password.
    throw new MigrateError('invalid-config', `${path} is not valid JSON`);
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

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new MigrateError('invalid-config', `${path} cannot be read (${errorCode(error)})`, { cause: error });
  }
}
