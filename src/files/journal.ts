import type { FileHandle } from 'node:fs/promises';
import { MigrateError } from '../errors.ts';
import { onDisk, showPath } from './disk-error.ts';
import { createPrivate } from './safe-write.ts';
import { textLines } from './text-lines.ts';

/**
 * An append-only file of JSON lines. Appends that come while the disk is busy share one write and one fsync.
 * After a failed write every later append fails as well: a torn line is always the last one.
 */
export class Journal {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #durable: boolean;
  #lines: string[] = [];
  #count = 0;
  #last: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  private constructor(handle: FileHandle, path: string, durable: boolean) {
    this.#handle = handle;
    this.#path = path;
    this.#durable = durable;
  }

  /** Creates the file. With `durable` an append resolves only when its line has reached the disk. */
  static async begin(path: string, head: object, durable: boolean): Promise<Journal> {
    const journal = new Journal(await createPrivate(path), path, durable);
    await journal.append(head);
    return journal;
  }

  /** Resolves with the number of the line, 0 for the head. */
  async append(entry: object): Promise<number> {
    const line = this.#count++;
    this.#lines.push(`${JSON.stringify(entry)}\n`);
    if (this.#next === undefined) {
      this.#next = this.#last.then(() => this.#write());
      this.#last = this.#next;
    }
    await this.#next;
    return line;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #write(): Promise<void> {
    const text = this.#lines.join('');
    this.#lines = [];
    this.#next = undefined;
    await onDisk('write', this.#path, async () => {
      await this.#handle.writeFile(text);
      if (this.#durable) await this.#handle.datasync();
    });
  }
}

/** The parsed lines of a journal, in order. A last line without its newline was torn by a crash and is left out. */
export async function* readJournalLines(path: string): AsyncGenerator<unknown> {
  for await (const line of textLines(path)) yield parseLine(line, path);
}

/** Without the cause: messages of JSON.parse quote what they read. */
function parseLine(line: string, path: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new MigrateError('disk-failed', `Cannot read ${showPath(path)}: a line in it is damaged.`);
  }
}
