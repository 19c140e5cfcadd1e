import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Inventory } from '../inventory.ts';
import type { Scratch } from '../scratch.ts';
import { type PackedRecords, PLACE, PLACES, WORD, WORDS } from './packed-records.ts';

/** Which record of which file holds a key. */
export interface Claim {
  readonly path: string;
  readonly record: number;
}

interface RunClaim extends Claim {
  readonly content: string;
}

/** The records that hold keys: one entry per record, those of a file together. */
export interface Claims {
  /** Each file with the number of its entries. */
  readonly paths: readonly (readonly [path: string, entries: number])[];
  /** `ENTRY` words each: the number of the record, the print of the key, the print of the content. */
  readonly entries: Int32Array;
}

const KEY_WORDS = 3;
const CONTENT_WORDS = 2;
const ENTRY = 1 + KEY_WORDS + CONTENT_WORDS;

/** Gathers the claims of a batch. */
export class ClaimList {
  private readonly paths: [string, number][] = [];
  private entries = new Int32Array(ENTRY * 256);
  private at = 0;

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
    return { paths: this.paths, entries: this.entries.slice(0, this.at) };
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

function* entriesOf({ paths, entries }: Claims): Generator<RunClaim & { readonly key: string }> {
  let at = 0;
  for (const [path, count] of paths) {
    for (const end = at + ENTRY * count; at < end; at += ENTRY) {
      const content = entries.subarray(at + 1 + KEY_WORDS, at + ENTRY).join(' ');
      yield { path, record: entries[at] ?? 0, key: entries.subarray(at + 1, at + 1 + KEY_WORDS).join(' '), content };
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
      for (const { path, record, key } of entriesOf(unpackClaims(batch.claims))) {
        if (this.inventory.heldBy(path) === batch.runId) this.insert.run(key, path, record);
      }
    }
    // Only now: reading may fail half-way, and the transaction that asked is then tried again.
    this.loaded = true;
  }
}
