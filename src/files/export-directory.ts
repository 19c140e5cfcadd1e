import { type FileHandle, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errorCode, MigrateError } from '../errors.ts';
import { onDisk } from './disk-error.ts';
import { cut, exportNames } from './export-names.ts';
import { isGone, processIdentity } from './process-identity.ts';
import { isTemporary, makeDirectory, temporaryBeside, writeNewFile } from './safe-write.ts';

/** Characters that are gathered before they are written. */
const CHUNK = 256 * 1024;

/** A directory of JSON files that is complete or not there: it is filled beside its place and renamed at the end. */
export class ExportDirectory {
  private readonly directory: string;
  private readonly temporary: string;
  private file: { readonly path: string; readonly handle: FileHandle } | undefined;
  private buffered = '';
  files = 0;

  private constructor(directory: string, temporary: string) {
    this.directory = directory;
    this.temporary = temporary;
  }

  /** @throws MigrateError `output-exists` where the directory is not empty */
  static async begin(path: string): Promise<ExportDirectory> {
    const directory = resolve(path);
    await refuseFilled(directory, path);
    await makeDirectory(dirname(directory));
    await removeKilled(dirname(directory));
    const temporary = temporaryBeside(directory);
    await makeDirectory(temporary);
    await writeNewFile(join(temporary, WRITER), processIdentity());
    return new ExportDirectory(directory, temporary);
  }

  /** Begins a file; a name that another file has already gets a number. An ending may be none. */
  async begin(segments: readonly string[], ending = 'json'): Promise<void> {
    const dotted = ending === '' ? '' : `.${ending}`;
    await this.end();
    const parts = exportNames(segments, dotted);
    const parent = join(this.temporary, ...parts.slice(0, -1));
    await makeDirectory(parent);
    const name = parts.at(-1) ?? 'records';
    for (let number = 1; this.file === undefined; number++) {
      const suffix = `${number === 1 ? '' : `~${number}`}${dotted}`;
      const path = join(parent, `${cut(name, suffix.length)}${suffix}`);
      this.file = await createNew(path);
    }
    this.files++;
  }

  async write(text: string): Promise<void> {
    this.buffered += text;
    if (this.buffered.length >= CHUNK) await this.flush();
  }

  /** Ends the file at hand. */
  async end(): Promise<void> {
    if (this.file === undefined) return;
    await this.flush();
    await this.file.handle.close();
    this.file = undefined;
  }

  /** Puts the directory in its place. */
  async finish(): Promise<void> {
    await this.end();
    await onDisk('remove', this.temporary, () => rm(join(this.temporary, WRITER)));
    await onDisk('rename', this.directory, () => rename(this.temporary, this.directory));
  }

  async abandon(): Promise<void> {
    await this.file?.handle.close().catch(() => undefined);
    await rm(this.temporary, { recursive: true, force: true }).catch(() => undefined);
  }

  private async flush(): Promise<void> {
    const { file, buffered } = this;
    this.buffered = '';
    if (file) await onDisk('write', file.path, () => file.handle.writeFile(buffered));
  }
}

/** Says which process fills the directory, until it is complete. */
const WRITER = '.migrate-json-export';

/** Removes what exports have left that were killed: a directory with a temporary name whose process does not exist any more. */
async function removeKilled(parent: string): Promise<void> {
  for (const name of (await readdir(parent)).filter(isTemporary)) {
    const path = join(parent, name);
    const writer = await readFile(join(path, WRITER), 'utf8').catch(() => undefined);
    if (writer !== undefined && isGone(writer)) await rm(path, { recursive: true, force: true });
  }
}

async function refuseFilled(directory: string, given: string): Promise<void> {
  const entries = await readdir(directory).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw new MigrateError('output-exists', `${given} is not an empty directory`, { cause: error });
  });
  if (entries.length > 0) throw new MigrateError('output-exists', `${given} exists and is not empty`);
  if (await stat(directory).catch(() => undefined)) await rm(directory, { recursive: true });
}

async function createNew(path: string): Promise<{ path: string; handle: FileHandle } | undefined> {
  return onDisk('create', path, async () => {
    try {
      return { path, handle: await open(path, 'wx', 0o600) };
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return undefined;
      throw error;
    }
  });
}
