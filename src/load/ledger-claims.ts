import { type PackedRecords, WORD, WORDS } from '../checking/packed-records.ts';
import type { BatchRange, ClaimedBatch } from '../databases/run-lease.ts';
import type { Scratch } from '../files/scratch.ts';
import { isCopy } from '../files/tool-files.ts';
import type { KnownRun } from '../ledger/ledger.ts';
import type { RowGroup } from '../schema/row-group.ts';
import { firstBatch, shardOfBatch } from '../system/shard.ts';
import { type Claim, entriesOf, isFormer, keyPlacesByFile, unpackClaims } from './claim-list.ts';
import { formerKey } from './former-key.ts';
import { KeyHolders } from './key-holders.ts';

/** A claim in the ledger, with the run that made it. */
export interface LedgerClaim extends Claim {
  readonly runId: string;
  /** The print of the record's content. Null where an older version made it, whose prints are others. */
  readonly content: string | null;
}

/** What a person has decided by `retry`: the claim of the file in which the corrected record was found. */
interface DecidedClaim extends LedgerClaim {
  readonly turn: number;
}

interface Batch {
  readonly runId: string;
  readonly batch: number;
  readonly claims: Uint8Array;
}

/** Records of a file whose keys are looked for. */
interface ClaimingPart {
  readonly tally: { readonly file: { readonly path: string } };
  readonly packed: Pick<PackedRecords, 'words'>;
  readonly first: number;
  readonly count: number;
}

/** The files that hold keys, by number; no holders where nobody can tell. */
interface Holders {
  readonly holders?: KeyHolders;
  readonly numbers: ReadonlyMap<string, number>;
}

interface Run {
  readonly turn: number;
  readonly isRetry: boolean;
}

export interface LedgerClaimsOptions {
  /** The run that asks. */
  readonly runId: string;
  /** The run whose rows a path still holds: its bytes are those that were loaded. */
  readonly heldBy: (path: string) => string | null;
  /** The same without what the run that asks has done itself. */
  readonly heldBefore: (path: string) => string | null;
  readonly batches: () => AsyncIterable<Batch>;
  /** All runs, the newest first. */
  readonly runs: () => AsyncIterable<KnownRun>;
  /** Whether a path is that of a file under the root. */
  readonly isThere: (path: string) => boolean;
  /** Where a run is shared: what its other processes have loaded meanwhile. */
  readonly beside?: Beside;
}

/** The other processes of a shared run. */
export interface Beside {
  readonly runId: string;
  readonly shards: number;
  /** Of another process, which may have loaded the file since this one has looked at it. */
  readonly isOthers: (path: string) => boolean;
  readonly batches: (ranges: readonly BatchRange[]) => Promise<readonly ClaimedBatch[]>;
}

/**
 * The keys that earlier runs loaded from files that are still there with the same bytes. Read from the ledger only when
 * a record meets a row that exists already, which is when it matters who put it there.
 */
export class LedgerClaims {
  private readonly options: LedgerClaimsOptions;
  private readonly insert;
  private readonly insertDecided;
  private readonly select;
  private readonly selectDecided;
  private readonly selectLater;
  private readonly selectBatches;
  private readonly remove;
  private loaded = false;
  private holders: Holders | undefined;
  /** By run: its turn, from 1, and whether it was a retry. */
  private runs: ReadonlyMap<string, Run> = new Map();
  private hasFormer = false;
  /** By shard, from 1 at 0: the last batch that was read. */
  private known: readonly number[] = [];

  constructor(scratch: Scratch, options: LedgerClaimsOptions) {
    this.options = options;
    scratch.exec(`CREATE TABLE ledger_claims
      (key TEXT, path TEXT, record INTEGER, content TEXT, run_id TEXT, batch INTEGER, is_copy INTEGER,
       PRIMARY KEY (key, path, run_id, batch)) WITHOUT ROWID;
      CREATE TABLE decided_claims (key TEXT PRIMARY KEY, path TEXT, record INTEGER, content TEXT, run_id TEXT, turn INTEGER) WITHOUT ROWID`);
    this.insert = scratch.prepare<[string, string, number, string | null, string, number, number]>(
      'INSERT OR IGNORE INTO ledger_claims VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.insertDecided = scratch.prepare<[string, string, number, string, string, number]>(
      `INSERT INTO decided_claims VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE
        SET path = excluded.path, record = excluded.record, content = excluded.content, run_id = excluded.run_id, turn = excluded.turn
        WHERE turn < excluded.turn`,
    );
    this.selectDecided = scratch.prepare<[string], DecidedClaim>(
      'SELECT path, record, content, run_id AS runId, turn FROM decided_claims WHERE key = ?',
    );
    // Plain `?` and an ORDER BY make SQLite plan the statement anew for each value, which takes longer than the look-up.
    this.select = scratch.prepare<[string, string, string], LedgerClaim>(
      `SELECT path, record, content, run_id AS runId FROM ledger_claims WHERE key = +? AND path <> ?
        ORDER BY is_copy, run_id = +?, path LIMIT 1`,
    );
    this.selectLater = scratch
      .prepare<[string, string, string], string>(
        'SELECT DISTINCT path FROM ledger_claims WHERE key = ? AND path > ? AND run_id = ? ORDER BY path',
      )
      .pluck();
    this.selectBatches = scratch
      .prepare<[string, string, string], number>(
        'SELECT batch FROM ledger_claims WHERE key = ? AND path = ? AND run_id = ?',
      )
      .pluck();
    this.remove = scratch.prepare<[string, string]>('DELETE FROM ledger_claims WHERE key = ? AND path = ?');
  }

  /** Takes note of what was committed since the last time: a row that is there may be of another process. */
  async refresh(): Promise<void> {
    const { beside } = this.options;
    if (!this.loaded) await this.load();
    if (beside === undefined) return;
    const known = [...this.known];
    const ranges = known.map((after, index) => ({ after, before: firstBatch(index + 2) }));
    for (const { batch, claims } of await beside.batches(ranges)) {
      this.read({ runId: beside.runId, batch, claims });
      known[shardOfBatch(batch) - 1] = batch;
    }
    this.known = known;
  }

  /**
   * The claim of another file than `path`, as of the last refresh: rather of a live file than of a copy, and of one that an
   * earlier run has loaded.
   */
  find(key: string, path: string, group: RowGroup): LedgerClaim | undefined {
    const { runId } = this.options;
    const claim = this.select.get(key, path, runId);
    return claim === undefined && this.hasFormer ? this.select.get(formerKey(group), path, runId) : claim;
  }

  /**
   * The record that a retry has loaded for a key, by the file that it was rejected of: as long as that is there as it was, or has
   * loaded the key itself since.
   */
  decided(key: string): LedgerClaim | undefined {
    const decided = this.selectDecided.get(key);
    const heldBy = decided && this.options.heldBy(decided.path);
    if (!decided || heldBy === undefined || heldBy === null) return undefined;
    const isBefore = (this.runs.get(heldBy)?.turn ?? Number.POSITIVE_INFINITY) < decided.turn;
    return isBefore || this.batchesWith(key, decided.path, heldBy).length > 0 ? decided : undefined;
  }

  /** Every other file behind `path` that claims a key in a run: several may hold equal records. */
  laterFiles(key: string, path: string, runId: string): readonly string[] {
    return this.selectLater.all(key, path, runId);
  }

  /** The batches of a run in which a file claims a key. */
  batchesWith(key: string, path: string, runId: string): readonly number[] {
    return this.selectBatches.all(key, path, runId);
  }

  /** Whether the files of these records were loaded by earlier runs, with the bytes that they have. */
  areHeld(parts: readonly ClaimingPart[]): boolean {
    return parts.every(({ tally, count }) => count === 0 || this.options.heldBy(tally.file.path) !== null);
  }

  /**
   * Whether no other file claims a key of these records, as of the beginning of the run. False also where that cannot be told:
   * an older version made claims, a retry has decided, or there are too many.
   */
  async areAlone(parts: readonly ClaimingPart[]): Promise<boolean> {
    this.holders ??= await this.findHolders();
    const { holders, numbers } = this.holders;
    if (holders === undefined) return false;
    return parts.every(({ tally, packed: { words }, first, count }) => {
      const holder = numbers.get(tally.file.path);
      for (let at = WORDS * first + WORD.key; at < WORDS * (first + count); at += WORDS)
        if (!holders.isFree(words[at] as number, words[at + 1] as number, holder)) return false;
      return true;
    });
  }

  private async findHolders(): Promise<Holders> {
    const runs = await this.readRuns();
    const holders = new KeyHolders();
    const numbers = new Map<string, number>();
    for await (const { runId, claims } of this.options.batches()) {
      const list = unpackClaims(claims);
      if (isFormer(list) || runs.get(runId)?.isRetry) return { numbers };
      for (const [path, places] of keyPlacesByFile(list)) {
        if (!this.isHeld(path, runId)) continue;
        const number = numbers.get(path) ?? numbers.size;
        numbers.set(path, number);
        for (const { words, at } of places) holders.add(words[at] as number, words[at + 1] as number, number);
      }
    }
    return { holders, numbers };
  }

  private async readRuns(): Promise<ReadonlyMap<string, Run>> {
    const runs = await Array.fromAsync(this.options.runs());
    return new Map(
      runs.map(({ runId, command }, index) => [runId, { turn: runs.length - index, isRetry: command === 'retry' }]),
    );
  }

  /** The rows of the path are those that the run loaded. */
  private isHeld(path: string, runId: string): boolean {
    const { heldBy, heldBefore, beside } = this.options;
    return heldBy(path) === runId || heldBefore(path) === runId || (runId === beside?.runId && beside.isOthers(path));
  }

  /** Whether another process of the run has loaded a record with the key, which is not known to have been there before. */
  async isClaimedBeside(key: string): Promise<boolean> {
    if (this.options.beside === undefined) return false;
    await this.refresh();
    return this.selectLater.get(key, '', this.options.runId) !== undefined;
  }

  /** The file holds the key no more. */
  forget(key: string, path: string): void {
    this.remove.run(key, path);
  }

  private async load(): Promise<void> {
    const { beside, batches } = this.options;
    const known = Array.from({ length: beside?.shards ?? 0 }, (_, index) => firstBatch(index + 1));
    this.runs = await this.readRuns();
    for await (const batch of batches()) {
      this.read(batch);
      if (batch.runId === beside?.runId) known[shardOfBatch(batch.batch) - 1] = batch.batch;
    }
    // Only now: reading may fail half-way, and the transaction that asked is then tried again.
    this.known = known;
    this.loaded = true;
  }

  private read({ runId, batch, claims }: Batch): void {
    const list = unpackClaims(claims);
    const hasContent = !isFormer(list);
    this.hasFormer ||= !hasContent;
    const { isRetry, turn } = this.runs.get(runId) ?? {};
    for (const { path, record, key, content } of entriesOf(list)) {
      const isHeld = this.isHeld(path, runId);
      if (isHeld) this.insert.run(key, path, record, hasContent ? content : null, runId, batch, isCopy(path) ? 1 : 0);
      const origin = isRetry && hasContent && !isHeld ? this.originOf(path) : undefined;
      if (origin !== undefined) this.insertDecided.run(key, origin, record, content, runId, turn ?? 0);
    }
  }

  /** The file under the root below whose path in the directory of rejects a record lies. */
  private originOf(path: string): string | undefined {
    const end = path.lastIndexOf('/');
    if (end === -1) return undefined;
    const above = path.slice(0, end);
    return this.options.isThere(above) ? above : this.originOf(above);
  }
}
