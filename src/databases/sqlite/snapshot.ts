import { existsSync } from 'node:fs';
import { mkdtemp, open, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { MigrateError } from '../../errors.ts';
import { copySource } from '../../files/copy.ts';
import { onDisk } from '../../files/disk-error.ts';
import { createPrivate, createSafely } from '../../files/safe-write.ts';
import { openSource } from '../../files/source-file.ts';
import { newRunId } from '../../system/run-id.ts';
import { digestIfDeclared } from '../digest.ts';
import type { CopiedDatabase, DatabaseContents, DatabaseSnapshots, SnapshotsOptions } from '../snapshots.ts';
import { tableNames } from './catalog.ts';
import { contentsOf } from './contents.ts';
import { SqliteDatabase } from './database.ts';
import { classify } from './errors.ts';
import { openForReading } from './open-file.ts';
import { readState } from './versions.ts';

/** How long a copy may wait for another program, in ms. */
const PATIENCE = 2000;

const BESIDES = ['', '-journal', '-wal', '-shm'];

export class SqliteSnapshots implements DatabaseSnapshots {
  readonly kind = 'sqlite';
  readonly fileName = 'database.sqlite';
  private readonly path: string;
  private readonly label: string;
  private readonly options: SnapshotsOptions;

  constructor(path: string, label: string, options: SnapshotsOptions) {
    this.path = path;
    this.label = label;
    this.options = options;
  }

  async tables(): Promise<readonly string[]> {
    return existsSync(this.path) ? this.reading(this.path, tableNames) : [];
  }

  async copy(to: string): Promise<CopiedDatabase> {
    await (await createPrivate(to)).close();
    await this.reading(this.path, (source) => this.transfer(source, to));
    await onDisk('write', to, async () => {
      await using handle = await open(to, 'r+');
      await handle.sync();
    });
    return this.contentsOf(to);
  }

  async prove(file: string): Promise<DatabaseContents> {
    const directory = await onDisk('create', tmpdir(), () =>
      mkdtemp(join(this.options.tempDir ?? tmpdir(), 'migrate-json-prove-')),
    );
    try {
      const scratch = join(directory, 'scratch.sqlite');
      await copyFile(file, scratch);
      return await this.contentsOf(scratch);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  /**
   * SQLite itself overwrites the pages, in one transaction: whoever has the file open sees the new content, and after a
   * crash the old one is there. Only what is no database any more is moved aside.
   */
  async restore(file: string): Promise<DatabaseContents> {
    await this.contentsOf(file);
    if (this.isUsable()) await this.reading(file, (source) => this.transfer(source, this.path));
    else {
      const aside = `.replaced-${newRunId()}`;
      for (const each of BESIDES.map((ending) => `${this.path}${ending}`))
        if (existsSync(each)) await onDisk('rename', each, () => rename(each, `${each}${aside}`));
      await createSafely(this.path, (temporary) => copyFile(file, temporary));
    }
    return this.contentsOf(this.path);
  }

  /** Whether there is a database that can be overwritten, and nobody else is at work with it. */
  private isUsable(): boolean {
    if (!existsSync(this.path)) return false;
    let connection: BetterSqlite3.Database | undefined;
    try {
      connection = new BetterSqlite3(this.path, { timeout: PATIENCE });
      // Pages of another size do not fit into a WAL; and while another program has it open, it cannot be left.
      if (connection.pragma('journal_mode', { simple: true }) === 'wal') connection.pragma('journal_mode = DELETE');
      connection.exec('BEGIN EXCLUSIVE; ROLLBACK');
      return true;
    } catch (error) {
      const classified = this.classified(error);
      if (classified instanceof MigrateError && classified.code === 'not-a-database') return false;
      throw classified;
    } finally {
      connection?.close();
    }
  }

  /** The driver ends without an error where another program holds a lock: then the pages do not add up. */
  private async transfer(source: BetterSqlite3.Database, to: string): Promise<void> {
    source.exec('BEGIN');
    const pages = source.prepare<[], number>('SELECT page_count FROM pragma_page_count').pluck().get();
    let waited = Date.now();
    let left = Number.POSITIVE_INFINITY;
    const { totalPages } = await source.backup(to, {
      progress: ({ remainingPages }) => {
        if (remainingPages < left) waited = Date.now();
        left = remainingPages;
        if (Date.now() - waited > PATIENCE) throw this.busy();
        return PAGES;
      },
    });
    if (totalPages !== pages) throw this.busy();
  }

  private busy(): MigrateError {
    return new MigrateError('database-busy', `${this.label} is locked by another program`);
  }

  private async contentsOf(path: string): Promise<CopiedDatabase> {
    const facts = await this.reading(path, (connection) => {
      const findings = connection.prepare<[], string>('SELECT * FROM pragma_integrity_check').pluck().all();
      if (String(findings) !== 'ok') throw new MigrateError('not-a-database', `${path} fails the integrity check`);
      const version = connection.prepare<[], string>('SELECT sqlite_version()').pluck().get() ?? '';
      const tables = Object.fromEntries(tableNames(connection).map((name) => [name, contentsOf(connection, name)]));
      return { schemaVersion: readState(connection).version, ledgerSchema: null, otherSchemas: [], tables, version };
    });
    const database = new SqliteDatabase(path, path, {
      declared: this.options.declared,
      dbSchema: '',
      dryRun: false,
      readOnly: true,
    });
    try {
      return { ...facts, digest: await digestIfDeclared(database) };
    } finally {
      await database.close();
    }
  }

  private async reading<T>(path: string, work: (connection: BetterSqlite3.Database) => T | Promise<T>): Promise<T> {
    let connection: BetterSqlite3.Database | undefined;
    try {
      connection = openForReading(path, { ...this.options, dryRun: false });
      return await work(connection);
    } catch (error) {
      throw this.classified(error);
    } finally {
      connection?.close();
    }
  }

  private classified(error: unknown): unknown {
    return classify(error, this.label);
  }
}

/** Pages that are copied between two looks at the clock. */
const PAGES = 1000;

async function copyFile(from: string, to: string): Promise<void> {
  const source = await openSource(from);
  if ('refused' in source) throw new MigrateError('disk-failed', `${from}: ${source.message}`);
  try {
    await copySource(source, to);
  } finally {
    await source.close();
  }
}
