import { lstat, stat, statfs } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname } from 'node:path';
import { MigrateError } from '../errors.ts';
import { copySource } from './copy.ts';
import { onDisk, showPath } from './disk-error.ts';
import type { Journal } from './journal.ts';
import {
  beginJournal,
  finishManifest,
  type ManifestHead,
  manifestFile,
  manifestHead,
  type OutputHead,
} from './manifest.ts';
import { OutputDirectory } from './output-directory.ts';
import { createSafely } from './safe-write.ts';
import { type HashedBytes, isUnchanged, type OpenedSource, openSource, type SourceRefusal } from './source-file.ts';

/** Copies source files into a new directory: plain files, and a manifest when all of them are on the disk. */
export class BackupWriter {
  readonly #output: OutputDirectory;
  readonly #head: ManifestHead;
  readonly #journal: Journal;

  private constructor(output: OutputDirectory, head: ManifestHead, journal: Journal) {
    this.#output = output;
    this.#head = head;
    this.#journal = journal;
  }

  /** @throws MigrateError `output-exists` if `dir` holds anything. */
  static async begin(dir: string, head: OutputHead): Promise<BackupWriter> {
    const output = await OutputDirectory.begin(dir);
    const full = manifestHead('backup', head);
    return new BackupWriter(output, full, await beginJournal(dir, full));
  }

  /**
   * Copies one file; `relativePath` has forward slashes. Resolves with what the copy holds, or why it cannot be read.
   * @throws MigrateError `source-changed` if the file changes while it is copied; the copy is removed.
   */
  async add(relativePath: string, absolutePath: string): Promise<HashedBytes | SourceRefusal> {
    const source = await openSource(absolutePath);
    if ('refused' in source) return source;
    try {
      return await this.#copy(relativePath, source);
    } finally {
      await source.handle.close();
    }
  }

  async #copy(relativePath: string, source: OpenedSource): Promise<HashedBytes> {
    const target = await this.#output.place(relativePath);
    const copied = await createSafely(target, async (temporary) => {
      const bytes = await copySource(source, temporary);
      await assertUnchanged(source);
      return bytes;
    });
    await this.#journal.append(manifestFile(relativePath, copied, source));
    return copied;
  }

  /** Writes the manifest once every copy and every name is on the disk. */
  async finish(): Promise<void> {
    await this.#output.sync();
    await finishManifest(this.#output.path, this.#head, this.#journal);
  }

  /** Gives up: the directory stays, marked as unfinished. */
  async abandon(): Promise<void> {
    await this.#journal.close();
  }
}

async function assertUnchanged(source: OpenedSource): Promise<void> {
  if (await onDisk('check', source.path, () => isUnchanged(source))) return;
  throw new MigrateError('source-changed', `${showPath(source.path)} changed while it was copied.`);
}

export interface BackupWarning {
  readonly code: 'backup-same-disk' | 'backup-ephemeral';
  readonly message: string;
}

/** `f_type` of statfs(2) for file systems that are gone with the container or at the next boot. */
const EPHEMERAL: Readonly<Record<number, string>> = {
  [0x01021994]: 'tmpfs',
  [0x858458f6]: 'ramfs',
  [0x794c7630]: 'overlay',
};

/** What a backup in `dir` would not protect from. `dir` need not exist yet. */
export async function backupWarnings(root: string, dir: string): Promise<BackupWarning[]> {
  const existing = await nearestExisting(dir);
  const warnings: BackupWarning[] = [];
  const [from, to] = [
    await onDisk('check', root, () => stat(root)),
    await onDisk('check', existing, () => stat(existing)),
  ];
  if (from.dev === to.dev) {
    warnings.push({ code: 'backup-same-disk', message: `${showPath(dir)} is on the same disk as the source.` });
  }
  const name = platform() === 'linux' ? await ephemeralName(existing) : undefined;
  if (name !== undefined) {
    const message = `${showPath(dir)} is on a file system (${name}) that may be gone after a restart.`;
    warnings.push({ code: 'backup-ephemeral', message });
  }
  return warnings;
}

async function nearestExisting(path: string): Promise<string> {
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined || dirname(path) === path ? path : await nearestExisting(dirname(path));
}

async function ephemeralName(path: string): Promise<string | undefined> {
  const { type } = await onDisk('check', path, () => statfs(path));
  return EPHEMERAL[type];
}
