import { lstat, opendir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, MigrateError } from '../errors.ts';
import { onDisk, showPath } from './disk-error.ts';
import { makeDirectory, syncDirectory } from './safe-write.ts';

/** Complete manifest of a backup or archive; its absence with the journal there means that the run was killed. */
export const MANIFEST_NAME = 'migrate-json-manifest.json';
/** Journal of a backup or archive that is being written. */
export const JOURNAL_NAME = 'migrate-json-manifest.partial';
/** Marker of a directory of rejects. */
export const REJECTS_NAME = 'migrate-json-rejects.json';

/** Manifest of a snapshot of a database. */
export const SNAPSHOT_NAME = 'migrate-json-snapshot.json';

/** A directory that holds one of these was written by migrate-json, finished or not. */
export const MARKERS: readonly string[] = [MANIFEST_NAME, JOURNAL_NAME, REJECTS_NAME, SNAPSHOT_NAME];
const TOUCHES_UNTIL_SYNC = 1000;

/** Whether a directory was written by migrate-json, finished or not: it is never input. */
export async function isOwnDirectory(dir: string): Promise<boolean> {
  for (const name of MARKERS) {
    const stats = await lstat(join(dir, name)).catch(() => undefined);
    if (stats?.isFile() === true) return true;
  }
  return false;
}

/** A directory that is filled. One that was begun was new or empty. */
export class OutputDirectory {
  readonly path: string;
  readonly #unsynced = new Set<string>();
  #touches = 0;
  #lastParent: string | undefined;

  private constructor(path: string) {
    this.path = path;
  }

  /** A directory that may hold anything already. It is created where it is missing. */
  static async open(path: string): Promise<OutputDirectory> {
    const output = new OutputDirectory(path);
    await output.#make(path);
    return output;
  }

  /** @throws MigrateError `output-exists` if there is anything in it. */
  static async begin(path: string): Promise<OutputDirectory> {
    const output = await OutputDirectory.open(path);
    if (!(await onDisk('list', path, () => isEmpty(path)))) {
      throw new MigrateError('output-exists', `${showPath(path)} is not empty.`);
    }
    output.#unsynced.add(path);
    return output;
  }

  /** The absolute path for a relative one of the sources; its parent directories are created. */
  async place(relativePath: string): Promise<string> {
    assertInside(relativePath);
    const target = join(this.path, relativePath);
    const parent = dirname(target);
    if (parent !== this.#lastParent) await this.#make(parent);
    this.#lastParent = parent;
    await this.touch(parent);
    return target;
  }

  /** Notes that names in a directory changed. Flushed at `sync` and after every thousandth note. */
  async touch(dir: string): Promise<void> {
    this.#unsynced.add(dir);
    this.#touches++;
    if (this.#touches >= TOUCHES_UNTIL_SYNC) await this.sync();
  }

  /** Makes the names in all directories noted so far durable. */
  async sync(): Promise<void> {
    const dirs = [...this.#unsynced];
    this.#unsynced.clear();
    this.#touches = 0;
    for (const dir of dirs) await syncDirectory(dir);
  }

  async #make(dir: string): Promise<void> {
    const created = await makeDirectory(dir).catch((error) => {
      if (error instanceof MigrateError && isClash(error.cause)) throw clash(dir, error);
      throw error;
    });
    for (const each of created) this.#unsynced.add(dirname(each));
  }
}

function isClash(cause: unknown): boolean {
  return errorCode(cause) === 'EEXIST' || errorCode(cause) === 'ENOTDIR';
}

function clash(dir: string, cause: unknown): MigrateError {
  return new MigrateError('output-exists', `A part of ${showPath(dir)} exists and is no directory.`, { cause });
}

async function isEmpty(path: string): Promise<boolean> {
  const dir = await opendir(path);
  const first = await dir.read().finally(() => dir.close());
  return first === null;
}

/** Paths come from a scan or from a manifest that anybody may have written: none may lead out of the directory. */
export function isInside(relativePath: string): boolean {
  const parts = relativePath.split('/');
  return !relativePath.includes('\0') && parts.every((part) => part !== '' && part !== '.' && part !== '..');
}

function assertInside(relativePath: string): void {
  if (!isInside(relativePath)) throw new MigrateError('bug', `Not a path below a directory: ${showPath(relativePath)}`);
  if (MARKERS.includes(relativePath)) {
    throw new MigrateError('output-exists', `The name ${relativePath} belongs to migrate-json.`);
  }
}
