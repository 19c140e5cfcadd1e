import { createHash } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { MigrateError } from '../errors.ts';
import { formatCount } from '../system/quantities.ts';
import type { Transform } from './age.ts';
import type { CopyListing, ListedFile } from './copy-listing.ts';
import { onDisk, showPath } from './disk-error.ts';
import type { ManifestHead } from './manifest-entries.ts';
import { JOURNAL_NAME, MANIFEST_NAME } from './output-directory.ts';
import { Problems } from './problems.ts';
import { readJournal, readJournalHead, readManifest } from './read-manifest.ts';
import { type HashedBytes, hashedChunks, hashFile, openSource } from './source-file.ts';
import { walk } from './walk.ts';

/** Files that are listed and read at once. */
const PAGE = 100;

export interface VerifyOptions {
  /** Where the copies are encrypted, each is decrypted as well. */
  readonly decrypt?: Transform;
  /** Between two files: throws where the work shall end. */
  readonly throwIfStopped: () => void;
}

/** What a manifest says, or for a run that was killed its journal. */
export interface Copy {
  readonly directory: string;
  readonly head: ManifestHead;
  readonly isComplete: boolean;
  readonly listing: CopyListing;
}

export interface Verified {
  /** Files in the directory of a killed run that its journal does not vouch for. */
  readonly unvouched: number;
  /** Files that a killed run had not moved to its archive yet: the source has them. */
  readonly notMoved: number;
}

/** @throws MigrateError `no-copy`, `copy-damaged`, `copy-unsafe` */
export async function readCopy(directory: string, listing: CopyListing, twins: boolean): Promise<Copy> {
  const { head, isComplete } = await readListing(directory, listing);
  refuseUnsafe(head, listing, twins);
  return { directory, head, isComplete, listing };
}

/**
 * Verifies a backup or an archive as a whole: every file, nothing missing, nothing besides. The listing then has all files
 * that are there as `found`.
 * @throws MigrateError `copy-damaged`, `copy-unsafe`, `wrong-identity`
 */
export async function verifyCopy(copy: Copy, options: VerifyOptions): Promise<Verified> {
  const problems = new Problems();
  const unvouched = findFiles(copy, problems);
  const notMoved = await findMissing(copy, problems);
  for (const page of copy.listing.pages('found', PAGE)) {
    options.throwIfStopped();
    for (const file of page)
      problems.add(file.path, await problemOf(join(copy.directory, file.stored), file, options.decrypt));
  }
  problems.refuse('copy-damaged', `of ${showPath(copy.directory)}`);
  return { unvouched, notMoved };
}

async function readListing(dir: string, listing: CopyListing): Promise<{ head: ManifestHead; isComplete: boolean }> {
  const head = await readManifest(dir, listing.add);
  if (!('refused' in head)) return { head, isComplete: true };
  if (head.refused !== 'missing') throw new MigrateError('copy-damaged', `${showPath(dir)}: ${head.message}`);
  try {
    const begun = await readJournalHead(dir);
    if ('refused' in begun) throw new MigrateError('no-copy', `${showPath(dir)} is neither a backup nor an archive`);
    for await (const file of readJournal(dir)) listing.add(file);
    return { head: begun, isComplete: false };
  } catch (error) {
    if (!(error instanceof MigrateError) || error.code !== 'disk-failed') throw error;
    throw new MigrateError('copy-damaged', error.message, { cause: error });
  }
}

function refuseUnsafe({ root }: ManifestHead, listing: CopyListing, twins: boolean): void {
  const unsafe = (message: string, hint?: string): MigrateError =>
    new MigrateError('copy-unsafe', message, hint === undefined ? {} : { hint });
  if (!isAbsolute(root)) throw unsafe(`the manifest names no absolute root: ${showPath(root)}`);
  if (listing.unsafe !== undefined)
    throw unsafe(`the manifest must not name ${showPath(listing.unsafe)}: it leads elsewhere, or it is there twice`);
  const below = listing.belowFile();
  if (below !== undefined) throw unsafe(`the manifest names ${showPath(below)}, which is below a file`);
  const [one, other] = (twins ? undefined : listing.twins()) ?? [];
  if (one === undefined || other === undefined) return;
  throw unsafe(
    `${showPath(one)} and ${showPath(other)} are one file where case and accents are not told apart`,
    'Nothing was written. Give --yes if the file system tells them apart: nothing is ever overwritten.',
  );
}

/** Marks what the directory holds. Resolves with the number of files that a journal does not know. */
function findFiles({ directory, listing, isComplete }: Copy, problems: Problems): number {
  let unvouched = 0;
  for (const { path, kind } of walk(directory)) {
    if (kind === 'symlink' || kind === 'special') {
      const what = kind === 'symlink' ? 'a symbolic link' : 'a pipe, socket or device';
      throw new MigrateError('copy-unsafe', `${showPath(join(directory, path))} is ${what}`);
    }
    if (kind === 'unreadable-directory') problems.add(path, 'the directory cannot be read');
    else if (path === MANIFEST_NAME || path === JOURNAL_NAME || listing.mark(path, 'found')) continue;
    else if (isComplete) problems.add(path, 'the manifest does not name it');
    else unvouched++;
  }
  return unvouched;
}

/** A killed run may not have moved the last files that its journal names: then the source has them. */
async function findMissing({ head, listing, isComplete }: Copy, problems: Problems): Promise<number> {
  const { kind, root } = head;
  let notMoved = 0;
  for (const page of listing.pages('listed', PAGE)) {
    for (const file of page) {
      const isThere = kind === 'archive' && !isComplete && (await problemOf(join(root, file.path), file)) === undefined;
      if (isThere) notMoved++;
      else problems.add(file.path, 'is missing');
    }
  }
  return notMoved;
}

/** Why a file is not what the manifest says; undefined where it is. */
async function problemOf(path: string, file: ListedFile, decrypt?: Transform): Promise<string | undefined> {
  const hashed = await hashFile(path);
  if ('refused' in hashed) return hashed.message;
  const expected = file.encrypted ?? file;
  if (hashed.bytes !== expected.bytes)
    return `has ${formatCount(hashed.bytes)} bytes, not ${formatCount(expected.bytes)}`;
  if (hashed.sha256 !== expected.sha256) return 'has another content';
  if (file.encrypted === undefined || decrypt === undefined) return undefined;
  const plain = await hashDecrypted(path, decrypt);
  return plain.sha256 === file.sha256 && plain.bytes === file.bytes ? undefined : 'holds another content';
}

async function hashDecrypted(path: string, decrypt: Transform): Promise<HashedBytes> {
  const source = await openSource(path);
  if ('refused' in source) throw new MigrateError('copy-damaged', `${showPath(path)}: ${source.message}`);
  try {
    return await onDisk('read', path, async () => {
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const chunk of decrypt(hashedChunks(source, createHash('sha256')))) {
        hash.update(chunk);
        bytes += chunk.length;
      }
      return { sha256: hash.digest('hex'), bytes };
    });
  } finally {
    await source.close();
  }
}
