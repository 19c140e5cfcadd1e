import type { Scratch } from '../files/scratch.ts';
import type { Shape } from '../schema/comparison/shape.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import type { RowGroup, RowLookup } from '../schema/row-group.ts';
import { cell, type Row, soleKey, type Table } from '../schema/table.ts';
import type { Database } from './database.ts';
import { rowCodec } from './open.ts';
import type { Segment } from './row-codec.ts';
import type { BegunRun } from './run-lease.ts';
import { ABSENT, type Comparison, type Finder, type FoundRow, type Merge, type Transaction } from './transaction.ts';

/** A database that holds nothing and takes everything: what `validate` checks records against. */
export class NullDatabase implements Database, Transaction {
  readonly product = 'no database';
  readonly declared: DeclaredTables;
  readonly dryRun = true;
  readonly batchesAtOnce = 1;
  readonly readsAtOnce = true;
  readonly rowFormat = 'sqlite';
  readonly sharing = undefined;
  readonly hasLedger = false;
  private readonly note;

  /** `scratch` keeps the owners: all else it forgets at once. */
  constructor(declared: DeclaredTables, scratch: Scratch) {
    this.declared = declared;
    scratch.exec('CREATE TABLE noted_owners (id TEXT PRIMARY KEY) WITHOUT ROWID');
    this.note = scratch.prepare<[string]>('INSERT OR IGNORE INTO noted_owners VALUES (?)');
  }

  canAppend(): boolean {
    return true;
  }

  holdsAll(): boolean {
    return true;
  }

  misfit(): undefined {}

  fitted(): undefined {}

  computedColumns(): ReadonlySet<string> {
    return new Set();
  }

  changesRows(): boolean {
    return false;
  }

  isUnkeyed(): boolean {
    return false;
  }

  numbersRows(): boolean {
    return false;
  }

  /** There is nothing that a key could lead to. */
  keepsKeys(): boolean {
    return true;
  }

  async holds(): Promise<boolean> {
    return false;
  }

  async append(segments: readonly Segment[], meanwhile: () => void): Promise<void> {
    for (const segment of segments) if (segment.table === this.declared.owners?.name) this.noteOwners(segment);
    meanwhile();
  }

  private noteOwners({ table: name, bytes, rows }: Segment): void {
    const table = this.declared.get(name);
    const decoder = rowCodec(this.rowFormat).decoder(table, bytes);
    for (let row = 0; row < rows; row++) this.note.run(ownerIn(table, decoder.next()));
  }

  async compare(groups: readonly RowGroup[]): Promise<readonly Comparison[]> {
    return groups.map(() => ABSENT);
  }

  async passNumbers(): Promise<void> {}

  async findLoose(): Promise<ReadonlySet<RowGroup>> {
    return new Set();
  }

  /** Whether a reference leads somewhere is known to a database only. */
  async find(lookups: readonly RowLookup[]): Promise<readonly FoundRow[]> {
    return lookups.map(() => ({ value: 0 }));
  }

  /** Those that no record and no placeholder has brought yet. */
  async createOwners(ids: readonly string[]): Promise<readonly string[]> {
    return this.declared.owners === undefined ? [] : ids.filter((id) => this.note.run(id).changes > 0);
  }

  async merge(merges: readonly Merge[]): Promise<void> {
    for (const { group } of merges)
      if (group.root === this.declared.owners) this.note.run(ownerIn(group.root, group.row));
  }

  async insertLedger(): Promise<void> {}

  async createTables(): Promise<readonly string[]> {
    return [];
  }

  async unstorable(): Promise<ReadonlySet<string>> {
    return new Set();
  }

  async examine(): Promise<Shape> {
    const nothing = { tables: new Map(), taken: new Map(), uncreatable: new Map() };
    const ledger = { ...nothing, declared: [], title: ({ name }: Table) => name };
    return { serverZone: undefined, declared: this.declared, ...nothing, ledger };
  }

  async undeclaredColumns(): Promise<readonly string[]> {
    return [];
  }

  hasTable(): boolean {
    return false;
  }

  async hasRows(): Promise<boolean> {
    return false;
  }

  async transaction<T>(_mark: unknown, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return work(this);
  }

  async undo(): Promise<never> {
    throw new TypeError('nothing was ever loaded');
  }

  async *ledgerRows(): AsyncGenerator<never> {}

  async beginRun(): Promise<BegunRun> {
    return { lastBatch: 0 };
  }

  async renewLease(): Promise<void> {}

  async noteOnce(): Promise<void> {}

  async updateRun(): Promise<void> {}

  async recordArchived(): Promise<void> {}

  async *rows(): AsyncGenerator<never> {}

  async children(): Promise<readonly never[]> {
    return [];
  }

  async exactCells(): Promise<readonly never[]> {
    return [];
  }

  async rowsByKey(): Promise<readonly never[]> {
    return [];
  }

  async *storedPairs(): AsyncGenerator<never> {}

  async snapshot<T>(work: (finder: Finder) => Promise<T>): Promise<T> {
    return work(this);
  }

  async close(): Promise<void> {}
}

function ownerIn(table: Table, row: Row): string {
  return String(cell(table, row, soleKey(table)));
}
