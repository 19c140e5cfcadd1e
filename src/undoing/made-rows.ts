import { unpackedClaims } from '../batch/claims.ts';
import { type PackedGroup, type RememberedRow, unpackMemory } from '../batch/memory.ts';
import type { LedgerRow } from '../databases/database.ts';
import { MigrateError } from '../errors.ts';
import type { Scratch } from '../scratch.ts';

/** What a run made of a row: the first thing that it did to it, and how it left it. */
export interface MadeRow {
  /** Absent where the run created the row. */
  readonly before?: PackedGroup;
  /** The print of the row as the run left it; null for the placeholder of an owner. */
  readonly content: string | null;
  readonly path: string | null;
  readonly record: number | null;
}

interface Entry {
  readonly before: string | null;
  readonly content: string | null;
  readonly path: string | null;
  readonly record: number | null;
}

/** The rows that the batches of a run created or updated, by the print of their key as it is stored. */
export class MadeRows {
  private readonly scratch: Scratch;
  private readonly insert;
  private readonly select;
  private readonly isKnown;

  constructor(scratch: Scratch) {
    this.scratch = scratch;
    scratch.exec(`CREATE TABLE made
      (key TEXT, at TEXT, batch INTEGER, before TEXT, content TEXT, path TEXT, record INTEGER)`);
    this.insert = scratch.prepare<[string, string, number, string | null, string | null, string | null, number | null]>(
      'INSERT INTO made VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.select = scratch.prepare<[string], Entry>(
      'SELECT before, content, path, record FROM made WHERE key = ? ORDER BY at, batch',
    );
    this.isKnown = scratch.prepare<[string]>('SELECT 1 FROM made WHERE key = ?');
  }

  /** `ownerPrint` gives the print of a user's key. True where the batch created placeholders of owners. */
  addBatch(row: LedgerRow, ownerPrint: (id: string) => string): boolean {
    const { claims, undo, run_id: runId } = row;
    if (!(undo instanceof Uint8Array))
      throw new MigrateError('not-remembered', `run ${String(runId)} was made with --no-undo`);
    const [at, batch] = [String(row['committed_at']), Number(row['batch'])];
    const { owners, rows } = unpackMemory(undo);
    for (const id of owners) this.insert.run(ownerPrint(id), at, batch, null, null, null, null);
    const remembered = rememberedByKey(rows);
    for (const [path, entries] of claims instanceof Uint8Array ? unpackedClaims(claims) : []) {
      for (const { key, content, record } of entries) {
        const known = remembered.get(key);
        // Each memory is of one claim. A claim without one created its row.
        if (known === undefined || (known.made === undefined && --known.met < 0))
          this.insert.run(key, at, batch, null, content, path, record);
        else if (known.made) {
          this.addRemembered(known.made, content, at, batch, path, record);
          remembered.set(key, { made: undefined, met: Number.POSITIVE_INFINITY });
        }
      }
    }
    // Claims that another file has taken over.
    for (const { made } of remembered.values()) if (made) this.addRemembered(made, '', at, batch, null, null);
    return owners.length > 0;
  }

  private addRemembered(
    { key, storedKey = key, content, before }: RememberedRow,
    claimed: string,
    at: string,
    batch: number,
    path: string | null,
    record: number | null,
  ): void {
    const packed = before === undefined ? null : JSON.stringify(before);
    this.insert.run(storedKey, at, batch, packed, content ?? claimed, path, record);
  }

  /** Once all batches are added: sorting them then is many times faster than keeping them in order. */
  sort(): void {
    this.scratch.exec('CREATE INDEX made_key ON made (key, at, batch)');
  }

  /** Whether the run made anything of the row. */
  has(key: string): boolean {
    return this.isKnown.get(key) !== undefined;
  }

  find(key: string): MadeRow | undefined {
    const entries = this.select.all(key);
    const [first, last] = [entries[0], entries.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const { content, path, record } = last;
    return { content, path, record, ...(first.before !== null && { before: JSON.parse(first.before) }) };
  }
}

/** What a batch remembers of the claims to one key. */
interface Remembered {
  /** By which it created or updated the row. */
  readonly made: RememberedRow | undefined;
  /** How many met the row as it was there already. */
  met: number;
}

/** Several records may have one row: one of them made it, or none, and the others met it. */
function rememberedByKey(rows: readonly RememberedRow[]): Map<string, Remembered> {
  const byKey = Map.groupBy(rows, ({ key }) => key);
  return new Map(
    [...byKey].map(([key, some]) => {
      const made = some.find(({ fate }) => fate !== 'present');
      return [key, { made, met: some.filter(({ fate }) => fate === 'present').length }];
    }),
  );
}
