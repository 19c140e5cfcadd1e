import type { Scratch } from '../files/scratch.ts';
import { type Claim, type Claims, claimsIn, entriesOf } from './claim-list.ts';

interface RunClaim extends Claim {
  readonly content: string;
}

/** The keys of the records that this run has loaded, so that the first of two always wins. Kept in the scratch store. */
export class RunClaims {
  private readonly appendList;
  private readonly nextList;
  private readonly insertClaim;
  private readonly selectClaim;
  /** The last list whose claims can be found by their keys. */
  private indexedTo = 0;

  constructor(scratch: Scratch) {
    scratch.exec(`CREATE TABLE claim_lists (id INTEGER PRIMARY KEY, paths TEXT, entries BLOB);
      CREATE TABLE claims (key TEXT PRIMARY KEY, path TEXT, record INTEGER, content TEXT) WITHOUT ROWID`);
    this.appendList = scratch.prepare<[string, Uint8Array]>('INSERT INTO claim_lists (paths, entries) VALUES (?, ?)');
    this.nextList = scratch.prepare<[number], { id: number; paths: string; entries: Buffer }>(
      'SELECT * FROM claim_lists WHERE id > ? ORDER BY id LIMIT 1',
    );
    this.insertClaim = scratch.prepare<[string, string, number, string]>(
      'INSERT OR IGNORE INTO claims VALUES (?, ?, ?, ?)',
    );
    this.selectClaim = scratch.prepare<[string], RunClaim>('SELECT path, record, content FROM claims WHERE key = ?');
  }

  add({ paths, entries }: Claims): void {
    const { buffer, byteOffset, byteLength } = entries;
    if (paths.length > 0) this.appendList.run(JSON.stringify(paths), new Uint8Array(buffer, byteOffset, byteLength));
  }

  /** The lists are searched only when somebody asks: most runs meet no key twice. */
  find(key: string): RunClaim | undefined {
    this.indexNewLists();
    return this.selectClaim.get(key);
  }

  private indexNewLists(): void {
    for (let list = this.nextList.get(this.indexedTo); list !== undefined; list = this.nextList.get(this.indexedTo)) {
      const claims = claimsIn(JSON.parse(list.paths), list.entries);
      for (const { path, record, key, content } of entriesOf(claims)) this.insertClaim.run(key, path, record, content);
      this.indexedTo = list.id;
    }
  }
}
