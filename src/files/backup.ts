import { MigrateError } from '../errors.ts';
import type { Transform } from './age.ts';
import { copyTransformed } from './copy.ts';
import { onDisk, showPath } from './disk-error.ts';
import type { Journal } from './journal.ts';
import { beginJournal, finishManifest, manifestFile, manifestHead, type OutputHead } from './manifest.ts';
import { AGE_ENDING, type ManifestHead } from './manifest-entries.ts';
import { OutputDirectory } from './output-directory.ts';
import { createSafely } from './safe-write.ts';
import { type HashedBytes, isUnchanged, type OpenedSource, openSource, type SourceRefusal } from './source-file.ts';

/** Copies source files into a new directory: plain files, and a manifest when all of them are on the disk. */
export class BackupWriter {
  readonly #output: OutputDirectory;
  readonly #head: ManifestHead;
  readonly #journal: Journal;

  readonly #encrypt: Transform | undefined;

  private constructor(output: OutputDirectory, head: ManifestHead, journal: Journal, encrypt: Transform | undefined) {
    this.#output = output;
    this.#head = head;
    this.#journal = journal;
    this.#encrypt = encrypt;
  }

  /**
   * With `encrypt` the copies are age files.
   * @throws MigrateError `output-exists` if `dir` holds anything.
   */
  static async begin(dir: string, head: OutputHead, encrypt?: Transform): Promise<BackupWriter> {
    const output = await OutputDirectory.begin(dir);
    const full = manifestHead('backup', head, encrypt && 'age');
    return new BackupWriter(output, full, await beginJournal(dir, full), encrypt);
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
      await source.close();
    }
  }

  async #copy(relativePath: string, source: OpenedSource): Promise<HashedBytes> {
    const transform = this.#encrypt;
    const target = await this.#output.place(`${relativePath}${transform ? AGE_ENDING : ''}`);
    const { read, written } = await createSafely(target, async (temporary) => {
      const copied = await copyTransformed(source, temporary, { ...(transform && { transform }) });
      await assertUnchanged(source);
      return copied;
    });
    const file = manifestFile(relativePath, read, source);
    await this.#journal.append(transform ? { ...file, encrypted: written } : file);
    return read;
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
