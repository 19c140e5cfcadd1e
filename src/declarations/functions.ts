import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errorCode, MigrateError } from '../errors.ts';
import type { JsonValue } from '../json/value.ts';
import type { RejectCode } from '../reject.ts';
import type { ChildDeclaration, DatasetDeclaration, Declarations } from './language.ts';
import type { Problem } from './problem.ts';

/** What a function may know beside its value. */
export interface FunctionContext {
  /** The row of the parent, in a child. */
  readonly parent: Readonly<Record<string, unknown>> | undefined;
  /** Where the file lies under the root. */
  readonly path: string;
  readonly options: Readonly<Record<string, JsonValue>>;
  /** The name of the record in a map that was known by its looks. */
  readonly mapKey?: string | undefined;
}

/** In place of a value: the record is rejected, with these words. */
export interface Rejecting {
  readonly reject: string;
}

/** A reason to reject a record. */
export interface Complaint extends Rejecting {
  /** The member, as a pointer. */
  readonly at: string;
  /** Default: `check-failed`. */
  readonly code?: RejectCode;
}

export type ColumnFunction = (value: JsonValue, record: JsonValue, context: FunctionContext) => JsonValue | Rejecting;
export type BackFunction = (value: JsonValue) => JsonValue;

/** What a module of `functions:` may export, for all records of a dataset. */
export interface DatasetFunctions {
  /** The records of a document. */
  readonly contain?: (document: JsonValue, context: FunctionContext) => readonly JsonValue[] | Rejecting;
  /** The record in another form, before its members are read. */
  readonly prepare?: (record: JsonValue, context: FunctionContext) => JsonValue | Rejecting;
  /** What is wrong with a record before its members are read, each with the member that it is about. */
  readonly inspect?: (record: JsonValue) => readonly Complaint[];
  /** What is doubtful about a row that loads all the same: a warning, told once per file. */
  readonly doubt?: (
    row: Readonly<Record<string, unknown>>,
  ) => { readonly code: string; readonly words: string } | undefined;
  /** Why the row may not be loaded, in words; nothing where it may. */
  readonly check?: (row: Readonly<Record<string, unknown>>) => string | undefined;
  /** The way back of `prepare`. */
  readonly write?: (record: JsonValue) => JsonValue;
}

/** The functions of declarations: modules by the path that a declaration names, each with its exports and a hash of its text. */
export interface Functions {
  find(name: string): unknown;
  /** `file`, or `file#name` where the file exports those of several datasets. */
  module(name: string): DatasetFunctions | undefined;
  /** Of all modules that a dataset names, with what they import. */
  hashOf(declaration: DatasetDeclaration): string;
}

/** A module with functions, and what is another one when it changes. */
export interface FunctionModule {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly hash: string;
}

/** Modules by the name by which declarations name them. */
export type FunctionModules = ReadonlyMap<string, FunctionModule>;

/** Names of modules that come with the program, as `recipe:chatgpt`. */
export function isShipped(path: string): boolean {
  return path.startsWith('recipe:');
}

export const NO_FUNCTIONS: Functions = functionsIn(new Map());

/** Imports every module that the declarations name, from the folder of the file that holds them. `shipped` come with the program. */
export async function loadFunctions(
  { datasets }: Declarations,
  folder: string,
  shipped: FunctionModules,
): Promise<Functions> {
  const modules = new Map(shipped);
  for (const path of new Set(Object.values(datasets).flatMap(modulesOf))) {
    if (isShipped(path)) continue;
    const file = fileOf(path, folder);
    modules.set(path, { exports: await importFile(file, path), hash: hashOf(file, realpathSync(folder)) });
  }
  return functionsIn(modules);
}

export function functionsIn(modules: FunctionModules): Functions {
  return {
    find(name) {
      const [path = '', exported = 'default'] = name.split('#');
      return modules.get(path)?.exports[exported];
    },
    module: (name) => {
      const [path = '', exported] = name.split('#');
      const exports = modules.get(path)?.exports;
      return (exported === undefined ? exports : exports?.[exported]) as DatasetFunctions | undefined;
    },
    hashOf: (declaration) =>
      modulesOf(declaration)
        .map((path) => modules.get(path)?.hash ?? '')
        .join(' '),
  };
}

/** The files of functions that are not there. */
export function missingFiles({ datasets }: Declarations, folder: string): readonly Problem[] {
  return Object.entries(datasets).flatMap(([name, declaration]) =>
    moduleNames(declaration, ['datasets', name])
      .filter(({ path }) => !isShipped(path) && !existsSync(join(folder, path)))
      .map(({ at, path }) => ({ at, message: `there is no file ${path} in the folder of the config file` })),
  );
}

/** The modules that a dataset names, each once. */
function modulesOf(declaration: DatasetDeclaration | ChildDeclaration): readonly string[] {
  return [...new Set(moduleNames(declaration, []).map(({ path }) => path))];
}

/** Where a dataset names modules. */
export function moduleNames(
  declaration: DatasetDeclaration | ChildDeclaration,
  at: Problem['at'],
): readonly { readonly at: Problem['at']; readonly path: string }[] {
  const own =
    'functions' in declaration && declaration.functions !== undefined
      ? [{ at: [...at, 'functions'], path: declaration.functions.split('#')[0] ?? '' }]
      : [];
  const columns = Object.entries(declaration.columns).flatMap(([name, column]) =>
    typeof column === 'object' && column.with !== undefined
      ? [{ at: [...at, 'columns', name, 'with'], path: column.with.split('#')[0] ?? '' }]
      : [],
  );
  const children = Object.entries(declaration.children ?? {}).flatMap(([name, child]) =>
    moduleNames(child, [...at, 'children', name]),
  );
  return [...own, ...columns, ...children];
}

/** Code comes only from the owner of the config file: from its folder or below. */
function fileOf(path: string, folder: string): string {
  let file: string;
  try {
    file = realpathSync(join(folder, path));
  } catch (error) {
    throw new MigrateError('invalid-config', `${path} cannot be read (${errorCode(error)})`, { cause: error });
  }
  const below = relative(realpathSync(folder), file);
  if (below.startsWith('..') || below.startsWith(sep))
    throw new MigrateError('invalid-config', `${path} does not lie in the folder of the config file`);
  return file;
}

async function importFile(file: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    const isUnknown = errorCode(error) === 'ERR_UNKNOWN_FILE_EXTENSION';
    const hint = isUnknown && 'Node reads TypeScript from 22.18 on: use a newer one, or a .js file.';
    throw new MigrateError('invalid-config', `${path} cannot be imported`, { cause: error, ...(hint && { hint }) });
  }
}

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*['"](\.[^'"]+)['"]/g;

function hashOf(file: string, folder: string, seen = new Set<string>()): string {
  if (seen.has(file)) return '';
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  const imported = [...text.matchAll(IMPORT)].map(([, path = '']) =>
    hashOf(realpathSync(join(dirname(file), path)), folder, seen),
  );
  return createHash('sha256')
    .update([text, ...imported].join('\0'))
    .digest('hex');
}
