import type { LedgerRow } from '../databases/ledger-query.ts';
import { MigrateError } from '../errors.ts';
import type { Scratch } from '../files/scratch.ts';
import { batchRows, madeLookups } from '../load/batch-rows.ts';
import type { PackedGroup } from '../load/memory.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';

/** What a run made of a row: the first thing that it did to it, and how it left it. */
export interface MadeRow {
  /** By which number `before` tells what stood in the row. Null where the run created it. */
  readonly former: number | null;
  /** The print of the row as the run left it; null for the placeholder of an owner. */
  readonly content: string | null;
  readonly path: string | null;
  readonly record: number | null;
}

interface Entry extends Omit<MadeRow, 'former'> {
  readonly id: number;
  readonly isNew: number;
}

/** The rows that the batches of a run created or updated, by the print of their key as it is stored. */
export class MadeRows {
  /** Whether there are placeholders of owners among them. */
  hasOwners = false;
  /** The names of tables with rows that the run made because others name them. */
  readonly lookupTables = new Set<string>();
  private readonly scratch: Scratch;
  private readonly insert;
  private readonly select;
  private readonly selectClaim;
  private readonly selectBefore;

  constructor(scratch: Scratch) {
    this.scratch = scratch;
    scratch.exec(`CREATE TABLE made (id INTEGER PRIMARY KEY, key TEXT, claim TEXT, at TEXT,
      before TEXT, content TEXT, path TEXT, record INTEGER)`);
    this.insert = scratch.prepare(
      'INSERT INTO made (key, claim, at, before, content, path, record) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    // Plain `?` and an ORDER BY make SQLite plan the statement anew for each value, which takes longer than the look-up.
    this.select = scratch.prepare<[string], Entry>(
      'SELECT id, before IS NULL AS isNew, content, path, record FROM made WHERE key = +? ORDER BY at, id',
    );
    this.selectClaim = scratch.prepare<[string, string], 1>(
      'SELECT 1 FROM made WHERE key = +? UNION ALL SELECT 1 FROM made WHERE claim = +? LIMIT 1',
    );
    this.selectBefore = scratch.prepare<[number], string>('SELECT before FROM made WHERE id = ?').pluck();
  }

  addBatch(batch: LedgerRow, declared: DeclaredTables): void {
    const { run_id: runId, committed_at: at, undo } = batch;
    if (!(undo instanceof Uint8Array))
      throw new MigrateError('not-remembered', `run ${String(runId)} was made with --no-undo`);
    for (const { table } of madeLookups(batch)) this.lookupTables.add(table);
    for (const [path, rows] of batchRows(batch, declared)) {
      for (const { key, claim, fate, content, before, record } of rows) {
        // Of rows that a batch made, it always tells what is in them.
        if (fate === 'met' || content === undefined) continue;
        if (content === null) this.hasOwners = true;
        const packed = before === undefined ? null : JSON.stringify(before);
        this.insert.run(key, claim === key ? null : claim, String(at), packed, content, path, record);
      }
    }
  }

  /** Once all batches are added: sorting them then is many times faster than keeping them in order. */
  sort(): void {
    this.scratch.exec('CREATE INDEX made_key ON made (key, at)');
    this.scratch.exec('CREATE INDEX made_claim ON made (claim) WHERE claim IS NOT NULL');
  }

  get count(): number {
    return this.scratch.prepare<[], number>('SELECT count(*) FROM made').pluck().get() ?? 0;
  }

  find(key: string): MadeRow | undefined {
    const entries = this.select.all(key);
    const [first, last] = [entries[0], entries.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const { content, path, record } = last;
    return { former: first.isNew ? null : first.id, content, path, record };
  }

  before(former: number): PackedGroup | undefined {
    const packed = this.selectBefore.get(former);
    return packed === undefined ? undefined : JSON.parse(packed);
  }

  /** Whether the run made anything of the row with this key, as it is stored or as a batch claims it. */
  has(key: string, claim: string): boolean {
    return this.selectClaim.get(key, claim) !== undefined;
  }
}
