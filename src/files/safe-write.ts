import { randomBytes } from 'node:crypto';
import { chmod, type FileHandle, link, lstat, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, MigrateError } from '../errors.ts';
import { onDisk, showPath } from './disk-error.ts';

export type Chunk = string | Uint8Array;
export type FileContent = Chunk | Iterable<Chunk> | AsyncIterable<Chunk>;

const WRITE_BYTES = 256 * 1024;
const NO_DIRECTORY_SYNC = new Set(['EINVAL', 'ENOTSUP', 'EISDIR', 'EPERM']);
const NO_HARD_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Writes a file that is either complete or not there: an existing file stays intact until the new one is on the disk.
 * Symlinks are followed; a device or pipe is written to directly. What `data` throws is passed on as it is. The file is
 * 0600 unless `mode` says otherwise.
 * @throws MigrateError `disk-full`, `disk-failed`
 */
export async function writeFileSafely(path: string, data: FileContent, mode?: number): Promise<void> {
  const target = await targetOf(path);
  if (target.special) return await writeInto(await onDisk('open', path, () => open(target.path, 'w')), path, data);
  const temporary = temporaryBeside(target.path);
  await writeNewFile(temporary, data);
  await onDisk('replace', path, async () => {
    if (mode !== undefined) await chmod(temporary, mode);
    await rename(temporary, target.path);
  }).catch((error) => discard(temporary, error));
  await syncDirectory(dirname(target.path));
}

async function targetOf(path: string): Promise<{ path: string; special: boolean }> {
  try {
    const stats = await stat(path);
    return { path: await realpath(path), special: !stats.isFile() && !stats.isDirectory() };
  } catch {
    return { path, special: false };
  }
}

/** A random name in the same directory. It is not derived from the final name, which may be 255 bytes long. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.migrate-json-${randomBytes(8).toString('hex')}.tmp`);
}

export function isTemporary(name: string): boolean {
  return /^\.migrate-json-[0-9a-f]{16}\.tmp$/.test(name);
}

/** Creates a file that did not exist, 0600 whatever the umask, and writes it to the disk. On failure it is removed. */
export async function writeNewFile(path: string, data: FileContent): Promise<void> {
  const handle = await createPrivate(path);
  try {
    await writeInto(handle, path, data, true);
  } catch (error) {
    await discard(path, error);
  }
}

/** Removes an unfinished file and throws `error`. */
export async function discard(path: string, error: unknown): Promise<never> {
  await rm(path, { force: true }).catch(() => undefined);
  throw error;
}

/** Opens a new file for writing; `EEXIST` becomes `disk-failed`. */
export async function createPrivate(path: string): Promise<FileHandle> {
  return await onDisk('create', path, async () => {
    const handle = await open(path, 'wx', 0o600);
    await handle.chmod(0o600).catch(async (error) => {
      await handle.close();
      await discard(path, error);
    });
    return handle;
  });
}

async function writeInto(handle: FileHandle, path: string, data: FileContent, sync = false): Promise<void> {
  try {
    for await (const bytes of inBlocks(data)) await onDisk('write', path, () => handle.writeFile(bytes));
    if (sync) await onDisk('write', path, () => handle.sync());
  } finally {
    await handle.close();
  }
}

/** Joins small chunks, so that a million lines do not become a million system calls. */
async function* inBlocks(data: FileContent): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of typeof data === 'string' || data instanceof Uint8Array ? [data] : data) {
    // A copy, because a producer may fill the same buffer again.
    const block = typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : Buffer.from(chunk);
    chunks.push(block);
    bytes += block.length;
    if (bytes < WRITE_BYTES) continue;
    yield Buffer.concat(chunks);
    chunks = [];
    bytes = 0;
  }
  yield Buffer.concat(chunks);
}

/**
 * Lets `fill` write a temporary file, which then gets its name unless the name is taken. On failure nothing stays.
 * @throws MigrateError `output-exists`, and what `fill` throws
 */
export async function createSafely<T>(path: string, fill: (temporary: string) => Promise<T>): Promise<T> {
  const temporary = temporaryBeside(path);
  try {
    const result = await fill(temporary);
    await placeNew(temporary, path);
    return result;
  } finally {
    await onDisk('remove', temporary, () => rm(temporary, { force: true }));
  }
}

/**
 * Gives a finished temporary file its final name without ever replacing a file: `link` refuses what exists, `rename`
 * does not. File systems without hard links get a check and a rename.
 * @throws MigrateError `output-exists` if the name is taken; the temporary file is then still there.
 */
export async function placeNew(temporary: string, path: string): Promise<void> {
  await onDisk('create', path, async () => {
    try {
      await link(temporary, path);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') throw nameTaken(path);
      if (!NO_HARD_LINKS.has(errorCode(error) ?? '')) throw error;
      await assertAbsent(path);
      return await rename(temporary, path);
    }
    await rm(temporary);
  });
}

/** @throws MigrateError `output-exists` if anything has this name. */
export async function assertAbsent(path: string): Promise<void> {
  try {
    await lstat(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  throw nameTaken(path);
}

function nameTaken(path: string): MigrateError {
  return new MigrateError('output-exists', `${showPath(path)} exists already and is never overwritten.`);
}

/**
 * Creates a directory and its missing parents, 0700 whatever the umask. Directories that exist keep their mode.
 * Resolves with the directories it created.
 * @throws MigrateError `disk-full`, `disk-failed`
 */
export async function makeDirectory(path: string): Promise<readonly string[]> {
  const created: string[] = [];
  await onDisk('create the directory', path, () => makeMissing(path, created));
  return created;
}

async function makeMissing(path: string, created: string[]): Promise<void> {
  try {
    await mkdir(path, 0o700);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' && dirname(path) !== path) {
      await makeMissing(dirname(path), created);
      return await makeMissing(path, created);
    }
    if (errorCode(error) === 'EEXIST' && (await stat(path)).isDirectory()) return;
    throw error;
  }
  await chmod(path, 0o700);
  created.push(path);
}

/** Makes the names in a directory durable, where the system can. */
export async function syncDirectory(path: string): Promise<void> {
  await onDisk('write the directory', path, async () => {
    try {
      await using handle = await open(path, 'r');
      await handle.sync();
    } catch (error) {
      if (!NO_DIRECTORY_SYNC.has(errorCode(error) ?? '')) throw error;
    }
  });
}
