import { createHash } from 'node:crypto';
import { lstat, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, MigrateError } from '../errors.ts';
import type { Transform } from './age.ts';
import { copyTransformed } from './copy.ts';
import type { ListedFile } from './copy-listing.ts';
import { onDisk, showPath } from './disk-error.ts';
import { OutputDirectory } from './output-directory.ts';
import { placeNew } from './safe-write.ts';
import { hashFile, openSource } from './source-file.ts';

/** What has the name of a listed file where it shall go to. */
export type Occupant = 'none' | 'equal' | 'other';

/**
 * Looks without changing anything.
 * @throws MigrateError `copy-unsafe` if the way there, or its end, is a symbolic link
 */
export async function occupantOf(root: string, file: ListedFile): Promise<Occupant> {
  const names = file.path.split('/');
  for (let depth = 1; depth <= names.length; depth++) {
    const path = join(root, ...names.slice(0, depth));
    const stats = await onDisk('check', path, () => lstat(path).catch(orAbsent));
    if (stats === undefined) return 'none';
    if (stats.isSymbolicLink())
      throw new MigrateError('copy-unsafe', `${showPath(path)} is a symbolic link, which is not followed`, {
        hint: 'Nothing was written. Remove the link, or restore beside it with --into DIR.',
      });
    const isLast = depth === names.length;
    if (isLast ? !stats.isFile() : !stats.isDirectory()) return 'other';
    if (isLast && stats.size !== file.bytes) return 'other';
  }
  const hashed = await hashFile(join(root, file.path));
  return 'refused' in hashed || hashed.sha256 !== file.sha256 ? 'other' : 'equal';
}

function orAbsent(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error;
}

/** Puts verified files into a directory that may hold others, none of which is ever replaced. */
export class PutBack {
  readonly #output: OutputDirectory;
  readonly #from: string;
  readonly #decrypt: Transform | undefined;

  private constructor(output: OutputDirectory, from: string, decrypt: Transform | undefined) {
    this.#output = output;
    this.#from = from;
    this.#decrypt = decrypt;
  }

  static async begin(root: string, from: string, decrypt: Transform | undefined): Promise<PutBack> {
    return new PutBack(await OutputDirectory.open(root), from, decrypt);
  }

  /**
   * Copies one file with its mode and time.
   * @throws MigrateError `copy-damaged` if it no longer is what was verified, `output-exists`, `disk-full`, `disk-failed`
   */
  async put(file: ListedFile): Promise<void> {
    const to = await this.#output.place(file.path);
    const temporary = temporaryFor(to);
    await rm(temporary, { force: true });
    const source = await openSource(join(this.#from, file.stored));
    if ('refused' in source) throw changed(file.stored);
    try {
      const traits = { mtime: nanosecondsOf(file.mtime), mode: Number.parseInt(file.mode, 8) & PERMISSIONS };
      const transform = file.encrypted && this.#decrypt;
      const { written } = await copyTransformed(source, temporary, { ...traits, ...(transform && { transform }) });
      if (written.sha256 !== file.sha256) throw changed(file.stored);
      await placeNew(temporary, to);
    } finally {
      await source.close();
      await rm(temporary, { force: true });
    }
  }

  /** Removes what a killed restore left beside a file that it had placed. */
  async tidy({ path }: ListedFile): Promise<void> {
    await rm(temporaryFor(join(this.#output.path, path)), { force: true });
  }

  /** Makes all names durable. */
  async finish(): Promise<void> {
    await this.#output.sync();
  }
}

/** No file of records needs to run as somebody else. */
const PERMISSIONS = 0o777;

/** Always the same for a path, so that a restore that was killed leaves nothing that the next one does not find. */
function temporaryFor(path: string): string {
  return join(dirname(path), `.migrate-json-${createHash('sha256').update(path).digest('hex').slice(0, 16)}.tmp`);
}

/** Of a time with nanoseconds, which Date would cut. */
function nanosecondsOf(mtime: string): bigint {
  const seconds = Math.floor(Date.parse(mtime.replace(/\.\d+Z$/, 'Z')) / 1000);
  return BigInt(seconds) * 1_000_000_000n + BigInt(mtime.slice(-10, -1));
}

function changed(stored: string): MigrateError {
  return new MigrateError('copy-damaged', `${showPath(stored)} changed after it was verified`, {
    hint: 'What was written before is whole. Look at the disk, then run the same command again.',
  });
}
