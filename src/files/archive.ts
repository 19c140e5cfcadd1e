import { rename, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, MigrateError } from '../errors.ts';
import { copySource } from './copy.ts';
import { diskError, onDisk } from './disk-error.ts';
import { type FileStamp, sameContent, sameStamp, stampAt } from './file-stamp.ts';
import type { Journal } from './journal.ts';
import { beginJournal, finishManifest, manifestFile, manifestHead, type OutputHead } from './manifest.ts';
import type { ManifestFile, ManifestHead } from './manifest-entries.ts';
import { OutputDirectory } from './output-directory.ts';
import { readJournal } from './read-manifest.ts';
import { assertAbsent, placeNew, syncDirectory, temporaryBeside } from './safe-write.ts';
import { hashFile, hashSource, type OpenedSource, openSource } from './source-file.ts';

/** A loaded file: `sha256` and `bytes` are those of the bytes whose rows were committed. */
export interface LoadedFile {
  readonly path: string;
  readonly absolutePath: string;
  readonly sha256: string;
  readonly bytes: number;
}

export type MoveResult =
  | { readonly moved: true; readonly to: string }
  | { readonly moved: false; readonly reason: 'source-changed' | 'vanished' };

const STAYS = { moved: false, reason: 'source-changed' } as const;
const GONE = { moved: false, reason: 'vanished' } as const;

/** Moves loaded files out of the source. At any moment a file is in the source, in the archive, or whole in both. */
export class ArchiveMover {
  readonly #output: OutputDirectory;
  readonly #head: ManifestHead;
  readonly #journal: Journal;

  private constructor(output: OutputDirectory, head: ManifestHead, journal: Journal) {
    this.#output = output;
    this.#head = head;
    this.#journal = journal;
  }

  /** @throws MigrateError `output-exists` if `dir` holds anything. */
  static async begin(dir: string, head: OutputHead): Promise<ArchiveMover> {
    const output = await OutputDirectory.begin(dir);
    await output.sync();
    const full = manifestHead('archive', head);
    return new ArchiveMover(output, full, await beginJournal(dir, full));
  }

  /** Moves one file if it still is what was loaded. Call it only after the commit; calls may overlap. */
  async move(file: LoadedFile): Promise<MoveResult> {
    const source = await openSource(file.absolutePath);
    if ('refused' in source) return source.refused === 'vanished' ? GONE : STAYS;
    try {
      const now = await onDisk('read', file.absolutePath, () => hashSource(source));
      if ('refused' in now || now.sha256 !== file.sha256 || now.bytes !== file.bytes) return STAYS;
      return await this.#moveUnchanged(file, source);
    } finally {
      await source.close();
    }
  }

  async #moveUnchanged(file: LoadedFile, source: OpenedSource): Promise<MoveResult> {
    const to = await this.#output.place(file.path);
    await onDisk('check', to, () => assertAbsent(to));
    const line = await this.#journal.append(manifestFile(file.path, file, source));
    const moved = await this.#renameOrCopy(source, to, file.sha256);
    if (moved === 'moved') {
      await this.#output.touch(dirname(source.path));
      return { moved: true, to };
    }
    await this.#journal.append({ returned: line });
    if (moved === 'kept') await this.#recordKept(file.path, to);
    return moved === 'vanished' ? GONE : STAYS;
  }

  async #renameOrCopy(source: OpenedSource, to: string, sha256: string): Promise<Outcome> {
    try {
      await rename(source.path, to);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return 'vanished';
      if (errorCode(error) === 'EXDEV') return await copyAcross(source.path, to, sha256);
      throw diskError('move', source.path, error);
    }
    return await confirmOrReturn(source, to);
  }

  /** The source has a newer file of this name, so the one in the archive stays and is listed as what it is. */
  async #recordKept(path: string, to: string): Promise<void> {
    const kept = await openSource(to);
    if ('refused' in kept) return;
    await kept.close();
    const hashed = await hashFile(to);
    if (!('refused' in hashed)) await this.#journal.append(manifestFile(path, hashed, kept));
  }

  /**
   * Makes every move durable and writes the manifest. Resolves with the paths of files that changed after they were
   * moved: a writer still had them open, and what it appended is in the archive but not in the database.
   */
  async finish(): Promise<readonly string[]> {
    await this.#output.sync();
    const late = await this.#changedLate();
    await finishManifest(this.#output.path, this.#head, this.#journal);
    return late;
  }

  async #changedLate(): Promise<string[]> {
    const late: string[] = [];
    for await (const file of readJournal(this.#output.path)) {
      const stamp = await stampAt(join(this.#output.path, file.path));
      if (stamp === undefined || !isListed(stamp, file)) late.push(file.path);
    }
    return late;
  }

  /** Gives up: what was moved stays moved, the journal tells of it. */
  async abandon(): Promise<void> {
    await this.#output.sync();
    await this.#journal.close();
  }
}

/** Copies keep the time of their source only to the microsecond or so, and a later write is never that close. */
function isListed(stamp: FileStamp, file: ManifestFile): boolean {
  const distance = Date.parse(file.mtime) - Number(BigInt(stamp.mtimeNs) / 1_000_000n);
  return stamp.bytes === file.bytes && Math.abs(distance) <= 2;
}

type Outcome = 'moved' | 'returned' | 'kept' | 'vanished';

/** A writer may have changed or replaced the file between the hash and the rename: then it goes back. */
async function confirmOrReturn(source: OpenedSource, to: string): Promise<Outcome> {
  const stamp = await stampAt(to);
  if (stamp !== undefined && sameContent(stamp, source.stat)) return 'moved';
  try {
    await placeNew(to, source.path);
    return 'returned';
  } catch (error) {
    if (error instanceof MigrateError && error.code === 'output-exists') return 'kept';
    throw error;
  }
}

/** Copy, flush, verify, name, flush, check the source again, and only then remove it. */
async function copyAcross(path: string, to: string, sha256: string): Promise<Outcome> {
  const source = await openSource(path);
  if ('refused' in source) return source.refused === 'vanished' ? 'vanished' : 'returned';
  const temporary = temporaryBeside(to);
  try {
    await copySource(source, temporary);
    const copy = await hashFile(temporary);
    if ('refused' in copy || copy.sha256 !== sha256) return 'returned';
    await placeNew(temporary, to);
    return await removeCopied(source, to);
  } finally {
    await source.close();
    await onDisk('remove', temporary, () => rm(temporary, { force: true }));
  }
}

async function removeCopied(source: OpenedSource, to: string): Promise<Outcome> {
  await syncDirectory(dirname(to));
  const now = await stampAt(source.path);
  return await onDisk('remove', source.path, async () => {
    const same = now !== undefined && sameStamp(now, source.stat);
    await unlink(same ? source.path : to);
    return same ? 'moved' : 'returned';
  });
}
