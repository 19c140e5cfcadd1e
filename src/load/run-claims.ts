import type { Scratch } from '../files/scratch.ts';
import { type Claim, type Claims, claimsIn, entriesOf } from './claim-list.ts';

interface RunClaim extends Claim {
  readonly content: string;
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
      const claims = claimsIn(JSON.parse(list.paths), list.entries);
      for (const { path, record, key, content } of entriesOf(claims)) this.insert.run(key, path, record, content);
      this.read = list.id;
    }
    return this.select.get(key);
  }
}
