import { randomBytes } from 'node:crypto';
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { loadColumns, type Table } from '../../schema/table.ts';
import { rowsIn, type Segment } from '../row-codec.ts';
import { PAGES_TABLE, pageColumns, type RowPages } from './row-pages.ts';

/** SQLite attaches ten databases unless it was built otherwise. */
const MOST_ATTACHED = 8;

/** Encoded rows that SQL sees as a table. */
export interface GivenTable {
  readonly name: string;
  /** Its columns, in the order of `loadColumns`. */
  readonly columns: readonly string[];
}

/** Shows the rows of a batch to SQL, until its transaction has ended. */
export class GivenRows {
  private readonly connection: BetterSqlite3.Database;
  private readonly directory: string;
  private readonly pages: RowPages;
  private readonly attached: string[] = [];

  /** @param directory for the files, which are unlinked as soon as they are open. */
  constructor(connection: BetterSqlite3.Database, pages: RowPages, directory = tmpdir()) {
    this.connection = connection;
    this.pages = pages;
    this.directory = directory;
  }

  /** Undefined where the rows are fewer than wanted, one is too long, or there is no room for a file. */
  show(table: Table, segments: readonly Segment[], fewest = 0): GivenTable | undefined {
    if (rowsIn(segments) < fewest || this.attached.length === MOST_ATTACHED) return undefined;
    const names = loadColumns(table);
    this.pages.begin(names.length);
    for (const { rows, bytes } of segments)
      if (!this.pages.add(rows, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))) return undefined;
    const path = join(this.directory, `migrate-json-${randomBytes(12).toString('hex')}`);
    const name = `given_${this.attached.length}`;
    try {
      if (!writeFile(path, this.pages.take())) return undefined;
      this.connection.prepare(`ATTACH ? AS ${name}`).run(path);
    } finally {
      removeFile(path);
    }
    this.attached.push(name);
    return { name: `${name}.${PAGES_TABLE}`, columns: pageColumns(names.length) };
  }

  /** Outside of a transaction. */
  hide(): void {
    for (const name of this.attached) this.connection.exec(`DETACH ${name}`);
    this.attached.length = 0;
  }
}

/** False where it cannot be written: the disk may be full. */
function writeFile(path: string, bytes: Buffer): boolean {
  try {
    const file = openSync(path, 'wx', 0o600);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    } finally {
      closeSync(file);
    }
    return true;
  } catch {
    return false;
  }
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was never made.
  }
}
