import { realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { MigrateError } from '../errors.ts';
import type { Transform } from '../files/age.ts';
import { CopyListing, type ListedFile } from '../files/copy-listing.ts';
import { showPath } from '../files/disk-error.ts';
import { Problems } from '../files/problems.ts';
import { occupantOf, PutBack } from '../files/put-back.ts';
import { openScratch } from '../files/scratch.ts';
import { readCopy, verifyCopy } from '../files/verify-copy.ts';

/** Files that are put back at once: each waits for the disk to flush. */
const PAGE = 16;

export interface RestoreSettings {
  /** A backup or an archive. */
  readonly directory: string;
  /** Where to; otherwise where the files came from. */
  readonly into?: string | undefined;
  /** The file of a private key, for encrypted copies. */
  readonly identity?: string | undefined;
  /** Paths that differ by case only are restored as well. */
  readonly yes: boolean;
  readonly tempDir?: string | undefined;
}

export interface RestoreResult {
  readonly directory: string;
  readonly kind: 'backup' | 'archive';
  readonly run_id: string;
  /** False: the run was killed, and its journal says which files are whole. */
  readonly complete: boolean;
  readonly encrypted: boolean;
  readonly into: string;
  readonly files: number;
  readonly restored: number;
  readonly already_there: number;
  /** Of the files that were restored. */
  readonly bytes: number;
  /** Files that a killed run left without a word in its journal: they stay where they are. */
  readonly unvouched: number;
  /** Files that a killed run had not moved to its archive yet: they are in the source. */
  readonly not_moved: number;
}

export interface RestoreOptions {
  readonly signal?: AbortSignal;
  /** Told once everything is verified, before the first byte is written. */
  readonly onVerified?: (into: string) => void;
}

/** Puts the files of a backup or an archive back, all of them verified before the first one is written. */
export async function restoreFiles(settings: RestoreSettings, options: RestoreOptions = {}): Promise<RestoreResult> {
  const directory = resolve(settings.directory);
  const decrypt = await decryption(settings.identity);
  const throwIfStopped = (): void => {
    if (options.signal?.aborted) throw new MigrateError('interrupted', 'the restore was interrupted');
  };
  const scratch = openScratch(settings.tempDir);
  try {
    const listing = new CopyListing(scratch);
    const copy = await readCopy(directory, listing, settings.yes);
    const { kind, run_id, root, encryption } = copy.head;
    if (encryption !== undefined && decrypt === undefined)
      throw new MigrateError('identity-needed', `${showPath(directory)} is encrypted`);
    const into = await placeFor(settings.into ?? root, directory);
    const verified = await verifyCopy(copy, { ...(decrypt && { decrypt }), throwIfStopped });
    const already_there = await examine(listing, into, throwIfStopped);
    options.onVerified?.(into);
    const { files: restored, bytes } = await putBack(
      listing,
      await PutBack.begin(into, directory, decrypt),
      throwIfStopped,
    );
    const told = { unvouched: verified.unvouched, not_moved: verified.notMoved };
    const counts = { files: restored + already_there, restored, already_there, bytes, ...told };
    const encrypted = encryption !== undefined;
    return { directory, kind, run_id, complete: copy.isComplete, encrypted, into, ...counts };
  } finally {
    scratch.close();
  }
}

/** The library is loaded only where it is needed. */
async function decryption(identity: string | undefined): Promise<Transform | undefined> {
  if (identity === undefined) return undefined;
  const { decryptionBy } = await import('../files/age.ts');
  return decryptionBy(identity);
}

/** The directory itself may be named through a link; nothing below it may be one. */
async function placeFor(given: string, directory: string): Promise<string> {
  const into = await realpath(given).catch(() => resolve(given));
  if (`${into}${sep}`.startsWith(`${directory}${sep}`)) {
    throw new MigrateError('usage', 'a copy cannot be restored into itself', {
      hint: 'Name another place with --into.',
    });
  }
  return into;
}

/** Finds out what is there already, before anything is written. */
async function examine(listing: CopyListing, into: string, throwIfStopped: () => void): Promise<number> {
  const problems = new Problems();
  let equal = 0;
  for (const page of listing.pages('found', PAGE)) {
    throwIfStopped();
    for (const file of page) {
      const occupant = await occupantOf(into, file);
      if (occupant === 'other') problems.add(file.path, 'is there with another content');
      if (occupant !== 'equal') continue;
      listing.mark(file.stored, 'already-there');
      equal++;
    }
  }
  problems.refuse('target-differs', `in ${showPath(into)}`);
  return equal;
}

async function putBack(
  listing: CopyListing,
  target: PutBack,
  throwIfStopped: () => void,
): Promise<{ readonly files: number; readonly bytes: number }> {
  let [files, bytes] = [0, 0];
  const put = async (file: ListedFile): Promise<void> => {
    await target.put(file);
    files++;
    bytes += file.bytes;
  };
  try {
    for (const page of listing.pages('found', PAGE)) {
      throwIfStopped();
      const results = await Promise.allSettled(page.map(put));
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    }
    for (const page of listing.pages('already-there', PAGE)) for (const file of page) await target.tidy(file);
  } finally {
    await target.finish();
  }
  return { files, bytes };
}
