import type { Chunk, FileToCheck } from '../checking/chunk.ts';
import { fileToCheck, inJobs } from '../checking/jobs.ts';
import type { CheckingPool } from '../checking/pool.ts';
import type { Registry } from '../datasets/registry.ts';
import type { Scratch } from '../files/scratch.ts';
import { Inventory } from '../inventory/inventory.ts';
import { datasetsOf, type RecognisedFile, type SourceFile } from '../inventory/source.ts';
import type { SourceRoot } from '../inventory/source-root.ts';
import type { Table } from '../schema/table.ts';
import { stateFilesIn } from './pass.ts';

/** The files that are verified, numbered in the order in which they would load. */
export class VerifiedSources {
  /** What the recognised files feed. */
  readonly tables = new Set<Table>();
  private readonly root: SourceRoot;
  private readonly pool: CheckingPool;
  private readonly registry: Registry;
  private readonly pass;
  private readonly save;
  private readonly find;

  constructor(root: SourceRoot, pool: CheckingPool, scratch: Scratch, registry: Registry) {
    this.registry = registry;
    this.root = root;
    this.pool = pool;
    this.pass = { scratch, inventory: new Inventory(scratch), isOwn: () => true };
    scratch.exec('CREATE TABLE verified (number INTEGER PRIMARY KEY, path TEXT)');
    this.save = scratch.prepare<[number, string]>('INSERT OR IGNORE INTO verified VALUES (?, ?)');
    this.find = scratch.prepare<[number], string>('SELECT path FROM verified WHERE number = ?').pluck();
  }

  async examine(): Promise<void> {
    await this.root.examine(this.pass);
    const names = new Set<string>();
    for (const { verdict } of this.recognised()) for (const name of datasetsOf(verdict)) names.add(name);
    for (const name of names) for (const table of this.registry.get(name).tables) this.tables.add(table);
  }

  pathOf(number: number): string {
    return this.find.get(number) ?? '';
  }

  /** The checked records of the files, again where it is called again. */
  chunks(isWanted: (number: number) => boolean = () => true): AsyncIterable<Chunk> {
    const jobs = inJobs(this.files(isWanted));
    const { pool, root, pass, registry } = this;
    return pool.chunks(jobs, root.bytesToCheck, stateFilesIn(pass, root.path, registry));
  }

  private *files(isWanted: (number: number) => boolean): Generator<FileToCheck> {
    let number = 0;
    for (const { file, verdict } of this.recognised()) {
      this.save.run(number, file.path);
      if (isWanted(number)) yield fileToCheck(number, file, verdict);
      number++;
    }
  }

  private *recognised(): Generator<{ readonly file: SourceFile; readonly verdict: RecognisedFile }> {
    for (const phase of this.pass.inventory.phases()) {
      for (const file of this.root.filesOf(this.pass, phase)) {
        const { verdict } = file;
        if (verdict.kind === 'recognised') yield { file, verdict };
      }
    }
  }
}
