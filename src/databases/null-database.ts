import type { Shape } from '../schema/adoption/shape.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import type { RowGroup, RowLookup } from '../schema/row-group.ts';
import type { Table } from '../schema/table.ts';
import {
  ABSENT,
  type BegunRun,
  type Comparison,
  type Database,
  type Finder,
  type FoundRow,
  type Transaction,
} from './database.ts';
import type { Segment } from './row-codec.ts';

/** A database that holds nothing and takes everything: what `validate` checks records against. */
export class NullDatabase implements Database, Transaction {
  readonly product = 'no database';
  readonly declared: DeclaredTables;
  readonly dryRun = true;
  readonly rowFormat = 'sqlite';
  readonly sharing = undefined;
  readonly hasLedger = false;

  constructor(declared: DeclaredTables) {
    this.declared = declared;
  }

  canAppend(): boolean {
    return true;
  }

  /** There is nothing that a key could lead to. */
  keepsKeys(): boolean {
    return true;
  }

  async append(_segments: readonly Segment[], meanwhile: () => void): Promise<void> {
    meanwhile();
  }

  async compare(groups: readonly RowGroup[]): Promise<readonly Comparison[]> {
    return groups.map(() => ABSENT);
  }

  /** Whether a reference leads somewhere is known to a database only. */
  async find(lookups: readonly RowLookup[]): Promise<readonly FoundRow[]> {
    return lookups.map(() => ({ value: 0 }));
  }

  async createOwners(): Promise<readonly string[]> {
    return [];
  }

  async merge(): Promise<void> {}

  async insertLedger(): Promise<void> {}

  async createTables(): Promise<readonly string[]> {
    return [];
  }

  async unstorable(): Promise<ReadonlySet<string>> {
    return new Set();
  }

  async examine(): Promise<Shape> {
    const nothing = { tables: new Map(), taken: new Map() };
    const ledger = { ...nothing, declared: [], title: ({ name }: Table) => name };
    return { declared: this.declared, ...nothing, ledger };
  }

  async undeclaredColumns(): Promise<readonly string[]> {
    return [];
  }

  hasTable(): boolean {
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

  async updateRun(): Promise<void> {}

  async recordArchived(): Promise<void> {}

  async *rows(): AsyncGenerator<never> {}

  async children(): Promise<readonly never[]> {
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
