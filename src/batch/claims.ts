import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { BatchRange, ClaimedBatch } from '../databases/database.ts';
import type { Scratch } from '../scratch.ts';
import { firstBatch, shardOfBatch } from '../shard.ts';
import { type PackedRecords, PLACE, PLACES, WORD, WORDS } from './packed-records.ts';
import { CONTENT_WORDS, contentText, KEY_WORDS, keyText } from './prints.ts';

/** Which record of which file holds a key. */
export interface Claim {
  readonly path: string;
  readonly record: number;
}

interface RunClaim extends Claim {
  readonly content: string;
}

/** With the prints of key and content, as texts. */
export interface KeyedClaim extends RunClaim {
  readonly key: string;
}

/** The records that hold keys: one entry per record, those of a file together. */
export interface Claims {
  /** Each file with the number of its entries. */
  readonly paths: readonly (readonly [path: string, entries: number])[];
  /** `ENTRY` words each: the number of the record, the print of the key, the print of the content. */
  readonly entries: Int32Array;
}

const ENTRY = 1 + KEY_WORDS + CONTENT_WORDS;

/** Gathers the claims of a batch. */
export class ClaimList {
  private readonly paths: [string, number][] = [];
  private entries: Int32Array;
  private at = 0;

  /** Room for this many entries. More make it grow. */
  constructor(expected = 256) {
    this.entries = new Int32Array(ENTRY * expected);
  }

  /** One record by the texts of its prints. */
  add(path: string, record: number, key: string, content: string): void {
    this.begin(path, 1);
    this.entries[this.at++] = record;
    for (const word of `${key} ${content}`.split(' ')) this.entries[this.at++] = Number(word);
  }

  addPacked(path: string, { words, places }: PackedRecords, first: number, count: number): void {
    if (count === 0) return;
    this.begin(path, count);
    for (let record = first; record < first + count; record++) {
      this.entries[this.at++] = places[PLACES * record + PLACE.number] as number;
      const from = WORDS * record + WORD.key;
      for (let word = from; word < from + KEY_WORDS + CONTENT_WORDS; word++)
        this.entries[this.at++] = words[word] as number;
    }
  }

  get claims(): Claims {
    return { paths: this.paths, entries: this.entries.subarray(0, this.at) };
  }

  private begin(path: string, count: number): void {
    const last = this.paths.at(-1);
    if (last?.[0] === path) last[1] += count;
    else this.paths.push([path, count]);
    const length = this.at + ENTRY * count;
    if (length <= this.entries.length) return;
    const grown = new Int32Array(2 * length);
    grown.set(this.entries);
    this.entries = grown;
  }
}

/** The keys of the records that this run has loaded, so that the first of two always wins. Kept in the scratch store. */
export class RunClaims {
  private readonly append;
  private readonly unread;
  private readonly insert;
  private readonly select;
  private read = 0;

  constructor(scratch: Scratch) {
    scratch.exec(`CREATE TABLE claim_lists (id INTEGER PRIMARY KEY, paths TEXT, entries BLOB);
      CREATE TABLE claims (key TEXT PRIMARY KEY, path TEXT, record INTEGER, content TEXT) WITHOUT ROWID`);
    this.append = scratch.prepare<[string, Uint8Array]>('INSERT INTO claim_lists (paths, entries) VALUES (?, ?)');
    this.unread = scratch.prepare<[number], { id: number; paths: string; entries: Buffer }>(
      'SELECT * FROM claim_lists WHERE id > ? ORDER BY id LIMIT 1',
    );
    this.insert = scratch.prepare<[string, string, number, string]>('INSERT OR IGNORE INTO claims VALUES (?, ?, ?, ?)');
    this.select = scratch.prepare<[string], RunClaim>('SELECT path, record, content FROM claims WHERE key = ?');
  }

  add({ paths, entries }: Claims): void {
    const { buffer, byteOffset, byteLength } = entries;
    if (paths.length > 0) this.append.run(JSON.stringify(paths), new Uint8Array(buffer, byteOffset, byteLength));
  }

  /** The lists are searched only when somebody asks: most runs meet no key twice. */
  find(key: string): RunClaim | undefined {
    for (let list = this.unread.get(this.read); list !== undefined; list = this.unread.get(this.read)) {
      const claims = { paths: JSON.parse(list.paths), entries: wordsOf(list.entries) };
      for (const { path, record, key, content } of entriesOf(claims)) this.insert.run(key, path, record, content);
      this.read = list.id;
    }
    return this.select.get(key);
  }
}

/** A copy, because the words of a buffer may stand at an odd place. */
function wordsOf({ buffer, byteOffset, byteLength }: Uint8Array): Int32Array {
  return new Int32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

function* entriesOf({ paths, entries }: Claims): Generator<KeyedClaim> {
  let at = 0;
  for (const [path, count] of paths) {
    for (const end = at + ENTRY * count; at < end; at += ENTRY) {
      const [key, content] = [keyText(entries, at + 1), contentText(entries, at + 1 + KEY_WORDS)];
      yield { path, record: entries[at] ?? 0, key, content };
    }
  }
}

/** Packs the claims of a batch for the ledger: zstd over the length of the paths, the paths as JSON, the entries. */
export function packClaims({ paths, entries }: Claims): Uint8Array {
  const names = Buffer.from(JSON.stringify(paths));
  const head = Buffer.alloc(4);
  head.writeUInt32LE(names.length);
  return zstdCompressSync(
    Buffer.concat([head, names, Buffer.from(entries.buffer, entries.byteOffset, entries.byteLength)]),
  );
}

function unpackClaims(packed: Uint8Array): Claims {
  const bytes = zstdDecompressSync(packed);
  const end = 4 + bytes.readUInt32LE();
  return { paths: JSON.parse(bytes.toString('utf8', 4, end)), entries: wordsOf(bytes.subarray(end)) };
}

/** The claims of a batch in the ledger, file by file. */
export function* unpackedClaims(packed: Uint8Array): Generator<readonly [path: string, claims: Iterable<KeyedClaim>]> {
  const { paths, entries } = unpackClaims(packed);
  let at = 0;
  for (const [path, count] of paths) {
    yield [path, entriesOf({ paths: [[path, count]], entries: entries.subarray(at, at + ENTRY * count) })];
    at += ENTRY * count;
  }
}

/** A claim in the ledger, with the batch that made it. */
export interface LedgerClaim extends Claim {
  readonly runId: string;
}

interface Batch {
  readonly runId: string;
  readonly batch: number;
  readonly claims: Uint8Array;
}

export interface LedgerClaimsOptions {
  /** The run whose rows a path still holds: its bytes are those that were loaded. */
  readonly heldBy: (path: string) => string | null;
  readonly batches: () => AsyncIterable<Batch>;
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
  private readonly select;
  private readonly selectLater;
  private readonly selectBatches;
  private readonly remove;
  private loaded = false;
  /** By shard, from 1 at 0: the last batch that was read. */
  private known: readonly number[] = [];

  constructor(scratch: Scratch, options: LedgerClaimsOptions) {
    this.options = options;
    scratch.exec(`CREATE TABLE ledger_claims
      (key TEXT, path TEXT, record INTEGER, run_id TEXT, batch INTEGER, PRIMARY KEY (key, path, run_id, batch)) WITHOUT ROWID`);
    this.insert = scratch.prepare<[string, string, number, string, number]>(
      'INSERT OR IGNORE INTO ledger_claims VALUES (?, ?, ?, ?, ?)',
    );
    // Plain `?` and an ORDER BY make SQLite plan the statement anew for each value, which takes longer than the look-up.
    this.select = scratch.prepare<[string, string], LedgerClaim>(
      'SELECT path, record, run_id AS runId FROM ledger_claims WHERE key = +? AND path <> ? ORDER BY path LIMIT 1',
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

  /** The claim of another file than `path`, as of the last refresh. */
  find(key: string, path: string): LedgerClaim | undefined {
    return this.select.get(key, path);
  }

  /** Every other file behind `path` that claims a key in a run: several may hold equal records. */
  laterFiles(key: string, path: string, runId: string): readonly string[] {
    return this.selectLater.all(key, path, runId);
  }

  /** The batches of a run in which a file claims a key. */
  batchesWith(key: string, path: string, runId: string): readonly number[] {
    return this.selectBatches.all(key, path, runId);
  }

  /** The file holds the key no more. */
  forget(key: string, path: string): void {
    this.remove.run(key, path);
  }

  private async load(): Promise<void> {
    const { beside, batches } = this.options;
    const known = Array.from({ length: beside?.shards ?? 0 }, (_, index) => firstBatch(index + 1));
    for await (const batch of batches()) {
      this.read(batch);
      if (batch.runId === beside?.runId) known[shardOfBatch(batch.batch) - 1] = batch.batch;
    }
    // Only now: reading may fail half-way, and the transaction that asked is then tried again.
    this.known = known;
    this.loaded = true;
  }

  private read({ runId, batch, claims }: Batch): void {
    const { heldBy, beside } = this.options;
    for (const { path, record, key } of entriesOf(unpackClaims(claims))) {
      const isHeld = heldBy(path) === runId || (runId === beside?.runId && beside.isOthers(path));
      if (isHeld) this.insert.run(key, path, record, runId, batch);
    }
  }
}

/** The packed claims of a batch without those of a file to some keys. */
export function withoutKeys(packed: Uint8Array, path: string, keys: ReadonlySet<string>): Uint8Array {
  const list = new ClaimList();
  for (const claim of entriesOf(unpackClaims(packed))) {
    if (claim.path !== path || !keys.has(claim.key)) list.add(claim.path, claim.record, claim.key, claim.content);
  }
  return packClaims(list.claims);
}
