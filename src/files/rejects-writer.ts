import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, MigrateError } from '../errors.ts';
import type { Reject } from '../reject.ts';
import { copySource } from './copy.ts';
import { onDisk } from './disk-error.ts';
import { OutputDirectory, REJECTS_NAME } from './output-directory.ts';
import { runOfDirectory } from './run-of-directory.ts';
import { createSafely, writeFileSafely, writeNewFile } from './safe-write.ts';
import { openSource } from './source-file.ts';
import type { SourcePlace } from './source-place.ts';

/** A record that was not loaded, or with `record: null` a whole file: its original bytes and why. */
export interface RejectedBytes {
  /** Relative path of the source file, with forward slashes. */
  readonly path: string;
  readonly record: number | null;
  readonly bytes: Uint8Array;
  readonly rejects: readonly Reject[];
  readonly source: { readonly path: string };
}

/** What lies beside everything that was rejected. */
export interface Reason extends Omit<RejectedBytes, 'bytes'> {}

export const REASON_ENDING = '.reason.json';

interface RejectsHead {
  readonly runId: string;
  readonly root: string;
  readonly rootIsApplication: boolean;
  readonly rootHasSettings: boolean;
}

/** Compression says nothing about the format, so it is kept together with the ending before it. */
const EXTENSION = /(?:\.[A-Za-z0-9]{1,16})?\.(?:gz|zst|br|bz2|xz)$|\.[A-Za-z0-9]{1,16}$/i;

/**
 * Writes rejected records below `dir/<path of the source file>/`: `<record, 8 digits>.json`, or `file<extension>` for a
 * whole file, each with a `.reason.json` beside it.
 */
export class RejectsWriter {
  readonly #output: OutputDirectory;

  /** An earlier attempt of the run has written the directory. */
  readonly #isContinued: boolean;

  private constructor(output: OutputDirectory, isContinued: boolean) {
    this.#output = output;
    this.#isContinued = isContinued;
  }

  /** @throws MigrateError `output-exists` if `dir` holds anything that this run has not written. */
  static async begin(dir: string, head: RejectsHead): Promise<RejectsWriter> {
    const isContinued = runOfDirectory(dir) === head.runId;
    const output = await (isContinued ? OutputDirectory.open(dir) : OutputDirectory.begin(dir));
    const { runId: run_id, root, rootIsApplication: root_is_application, rootHasSettings: root_has_settings } = head;
    const marker = JSON.stringify({ rejects_version: 1, run_id, root, root_is_application, root_has_settings });
    await writeFileSafely(join(dir, REJECTS_NAME), `${marker}\n`);
    return new RejectsWriter(output, isContinued);
  }

  /** The file is loaded now: what an earlier attempt wrote for it is no longer so. */
  async beginFile(path: string): Promise<void> {
    if (this.#isContinued) await this.remove(path);
  }

  async add(rejected: RejectedBytes): Promise<void> {
    const stem = await this.#stem(rejected.path, rejected.record);
    const extension = rejected.record === null ? extensionOf(rejected.path) : '.json';
    await createSafely(`${stem}${extension}`, (temporary) => writeNewFile(temporary, rejected.bytes));
    await this.#writeReason(stem, rejected);
  }

  /** Copies a whole file. One that cannot be read any more leaves only its reason. */
  async addFile({ place, ...reason }: Reason & { readonly place: SourcePlace }): Promise<void> {
    const { path } = reason;
    const stem = await this.#stem(path, null);
    const source = await openSource(place);
    if (!('refused' in source)) {
      const copied = createSafely(`${stem}${extensionOf(path)}`, (temporary) => copySource(source, temporary));
      await copied.finally(() => source.close());
    }
    await this.#writeReason(stem, reason);
  }

  /** Takes back what was written for a file that is loaded again. */
  async remove(path: string): Promise<void> {
    for (const name of [path, hashedName(path)]) {
      const below = join(this.#output.path, name);
      await onDisk('remove', below, () => rm(below, { recursive: true, force: true }));
    }
  }

  /** Makes the names durable. */
  async finish(): Promise<void> {
    await this.#output.sync();
  }

  async #writeReason(stem: string, { path, record, rejects, source }: Reason): Promise<void> {
    const text = `${JSON.stringify({ path, record, rejects, source }, null, 2)}\n`;
    await createSafely(`${stem}${REASON_ENDING}`, (temporary) => writeNewFile(temporary, text));
  }

  /** Falls back to a directory named by a hash where the path is too long or a name is taken; the reason tells it. */
  async #stem(path: string, record: number | null): Promise<string> {
    const name = record === null ? 'file' : String(record).padStart(8, '0');
    // A directory that cannot be read is named with a slash at its end, the root with nothing else.
    const below = path.endsWith('/') ? path : `${path}/`;
    try {
      return await this.#output.place(`${below === '/' ? '' : below}${name}`);
    } catch (error) {
      if (!isInTheWay(error)) throw error;
      return await this.#output.place(`${hashedName(path)}/${name}`);
    }
  }
}

function hashedName(path: string): string {
  return `migrate-json-path-${createHash('sha256').update(path).digest('hex').slice(0, 32)}`;
}

function isInTheWay(error: unknown): boolean {
  if (!(error instanceof MigrateError)) return false;
  return error.code === 'output-exists' || errorCode(error.cause) === 'ENAMETOOLONG';
}

function extensionOf(path: string): string {
  return EXTENSION.exec(path)?.[0] ?? '';
}
