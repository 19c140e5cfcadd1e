import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Inventory } from '../inventory.ts';
import type { Scratch } from '../scratch.ts';

/** Which record of which file holds a key. */
export interface Claim {
  readonly path: string;
  readonly record: number;
}

interface RunClaim extends Claim {
  readonly content: string;
}

/** The keys of the records that this run has loaded, so that the first of two always wins. Kept in the scratch store. */
export class RunClaims {
  private readonly insert;
  private readonly select;

  constructor(scratch: Scratch) {
    scratch.exec('CREATE TABLE claims (key TEXT PRIMARY KEY, path TEXT, record INTEGER, content TEXT) WITHOUT ROWID');
    this.insert = scratch.prepare<[string, string, number, string]>('INSERT OR IGNORE INTO claims VALUES (?, ?, ?, ?)');
    this.select = scratch.prepare<[string], RunClaim>('SELECT path, record, content FROM claims WHERE key = ?');
  }

  find(key: string): RunClaim | undefined {
    return this.select.get(key);
  }

  add(key: string, claim: RunClaim): void {
    this.insert.run(key, claim.path, claim.record, claim.content);
  }
}

/** The claims of one committed batch: by path, pairs of record number and key. */
type BatchClaims = Record<string, [number, string][]>;

/** Packs the claims of a batch for the ledger: zstd over JSON. */
export function packClaims(claims: BatchClaims): Uint8Array {
  return zstdCompressSync(JSON.stringify(claims));
}

/**
 * The keys that earlier runs loaded from files that are still there with the same bytes. Read from the ledger only when
 * a record meets a row that exists already, which is when it matters who put it there.
 */
export class LedgerClaims {
  private readonly inventory: Inventory;
  private readonly batches: () => AsyncIterable<{ readonly runId: string; readonly claims: Uint8Array }>;
  private readonly insert;
  private readonly select;
  private loaded = false;

  constructor(
    scratch: Scratch,
    inventory: Inventory,
    batches: () => AsyncIterable<{ readonly runId: string; readonly claims: Uint8Array }>,
  ) {
    this.inventory = inventory;
    this.batches = batches;
    scratch.exec(
      'CREATE TABLE ledger_claims (key TEXT, path TEXT, record INTEGER, PRIMARY KEY (key, path)) WITHOUT ROWID',
    );
    this.insert = scratch.prepare<[string, string, number]>('INSERT OR IGNORE INTO ledger_claims VALUES (?, ?, ?)');
    this.select = scratch.prepare<[string, string], Claim>(
      'SELECT path, record FROM ledger_claims WHERE key = ? AND path <> ? ORDER BY path LIMIT 1',
    );
  }

  /** The claim of another file than `path`. */
  async find(key: string, path: string): Promise<Claim | undefined> {
    if (!this.loaded) await this.load();
    return this.select.get(key, path);
  }

  private async load(): Promise<void> {
    for await (const batch of this.batches()) {
      const claims: BatchClaims = JSON.parse(zstdDecompressSync(batch.claims).toString());
      this.addBatch(batch.runId, claims);
    }
    // Only now: reading may fail half-way, and the transaction that asked is then tried again.
    this.loaded = true;
  }

  private addBatch(runId: string, claims: BatchClaims): void {
    for (const [path, keys] of Object.entries(claims)) {
      if (this.inventory.heldBy(path) !== runId) continue;
      for (const [record, key] of keys) this.insert.run(key, path, record);
    }
  }
}
