import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type PackedRecords, PLACE, PLACES, WORD, WORDS } from '../checking/packed-records.ts';
import { PRINT_LENGTH } from '../hash/fingerprint.ts';

/** Which record of which file holds a key. */
export interface Claim {
  readonly path: string;
  readonly record: number;
}

/** With the prints of key and content, as texts. */
export interface KeyedClaim extends Claim {
  readonly key: string;
  readonly content: string;
}

/** How many words the prints of key and content have. */
interface Format {
  readonly key: number;
  readonly content: number;
}

const PRESENT: Format = { key: PRINT_LENGTH, content: PRINT_LENGTH };

/** In the ledgers of older versions: see former-key.ts. */
const FORMER: Format = { key: 3, content: 2 };

/** The records that hold keys: one entry per record, those of a file together. */
export interface Claims {
  /** Each file with the number of its entries. */
  readonly paths: readonly (readonly [path: string, entries: number])[];
  /** The number of the record, the print of the key, the print of the content. */
  readonly entries: Int32Array;
  readonly format: Format;
}

/** Gathers the claims of a batch. */
export class ClaimList {
  private readonly paths: [string, number][] = [];
  private entries: Int32Array;
  private at = 0;
  private readonly format: Format;

  /** Room for this many entries. More make it grow. */
  constructor(expected = 256, format = PRESENT) {
    this.entries = new Int32Array(wordsOfEntry(format) * expected);
    this.format = format;
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
      for (let word = from; word < from + 2 * PRINT_LENGTH; word++) this.entries[this.at++] = words[word] as number;
    }
  }

  get claims(): Claims {
    return { paths: this.paths, entries: this.entries.subarray(0, this.at), format: this.format };
  }

  private begin(path: string, count: number): void {
    const last = this.paths.at(-1);
    if (last?.[0] === path) last[1] += count;
    else this.paths.push([path, count]);
    const length = this.at + wordsOfEntry(this.format) * count;
    if (length <= this.entries.length) return;
    const grown = new Int32Array(2 * length);
    grown.set(this.entries);
    this.entries = grown;
  }
}

function wordsOfEntry({ key, content }: Format): number {
  return 1 + key + content;
}

/** A copy, because the words of a buffer may stand at an odd place. */
function wordsOf({ buffer, byteOffset, byteLength }: Uint8Array): Int32Array {
  return new Int32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** The claims of a list whose words stand in these bytes. */
export function claimsIn(paths: Claims['paths'], words: Uint8Array): Claims {
  return { paths, entries: wordsOf(words), format: PRESENT };
}

export function* entriesOf({ paths, entries, format }: Claims): Generator<KeyedClaim> {
  const length = wordsOfEntry(format);
  let at = 0;
  for (const [path, count] of paths) {
    for (const end = at + length * count; at < end; at += length) {
      const content = at + 1 + format.key;
      yield {
        path,
        record: entries[at] ?? 0,
        key: entries.subarray(at + 1, content).join(' '),
        content: entries.subarray(content, at + length).join(' '),
      };
    }
  }
}

/** Set in the length of the paths where the prints are of the present format. */
const IS_PRESENT = 0x80000000;

/** Packs the claims of a batch for the ledger: zstd over the length of the paths, the paths as JSON, the entries. */
export function packClaims({ paths, entries, format }: Claims): Uint8Array {
  const names = Buffer.from(JSON.stringify(paths));
  const head = Buffer.alloc(4);
  head.writeUInt32LE(format === PRESENT ? names.length + IS_PRESENT : names.length);
  return zstdCompressSync(
    Buffer.concat([head, names, Buffer.from(entries.buffer, entries.byteOffset, entries.byteLength)]),
  );
}

export function unpackClaims(packed: Uint8Array): Claims {
  const bytes = zstdDecompressSync(packed);
  const head = bytes.readUInt32LE();
  const format = head < IS_PRESENT ? FORMER : PRESENT;
  const end = 4 + (head % IS_PRESENT);
  return { paths: JSON.parse(bytes.toString('utf8', 4, end)), entries: wordsOf(bytes.subarray(end)), format };
}

/** Whether an older version made them, whose prints of rows do not show every change. */
export function isFormer({ format }: Claims): boolean {
  return format === FORMER;
}

/** The claims of a batch, file by file. */
export function* claimsByFile(claims: Claims): Generator<readonly [path: string, claims: Iterable<KeyedClaim>]> {
  const { paths, entries, format } = claims;
  let at = 0;
  for (const [path, count] of paths) {
    const end = at + wordsOfEntry(format) * count;
    yield [path, entriesOf({ paths: [[path, count]], entries: entries.subarray(at, end), format })];
    at = end;
  }
}

/** Where the entries of each file stand among the words of all: a record's number, and the prints of its key and content. */
export function* entryPlaces({
  paths,
  format,
}: Claims): Generator<readonly [path: string, from: number, to: number, length: number]> {
  const length = wordsOfEntry(format);
  let from = 0;
  for (const [path, count] of paths) {
    yield [path, from, from + length * count, length];
    from += length * count;
  }
}

/** The key of a record's row, or of the row that leads to it. */
export interface KeyPlace {
  readonly record: number;
  /** The words of its print begin at `at`, and the words of the content behind them. */
  readonly words: Int32Array;
  readonly at: number;
}

/** Where the print of each key stands, file by file. */
export function* keyPlacesByFile({
  paths,
  entries,
  format,
}: Claims): Generator<readonly [path: string, keys: readonly KeyPlace[]]> {
  const length = wordsOfEntry(format);
  let at = 0;
  for (const [path, count] of paths) {
    const first = at;
    const places = Array.from({ length: count }, (_, index) => {
      const entry = first + length * index;
      return { record: entries[entry] as number, words: entries, at: entry + 1 };
    });
    yield [path, places];
    at += length * count;
  }
}

/** The packed claims of a batch without those of a file to some keys. */
export function withoutKeys(packed: Uint8Array, path: string, keys: ReadonlySet<string>): Uint8Array {
  const claims = unpackClaims(packed);
  const list = new ClaimList(undefined, claims.format);
  for (const claim of entriesOf(claims)) {
    if (claim.path !== path || !keys.has(claim.key)) list.add(claim.path, claim.record, claim.key, claim.content);
  }
  return packClaims(list.claims);
}
