import { storedKeyPrint } from '../checking/prints.ts';
import type { Scratch } from '../files/scratch.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import { keyNamed } from '../schema/row-names.ts';

/** The keys of records that are rejected: a row with such a key is no surplus, for the sources have something to say of it. */
export class RejectedKeys {
  private readonly declared: DeclaredTables;
  private readonly insert;
  private readonly select;

  constructor(declared: DeclaredTables, scratch: Scratch) {
    this.declared = declared;
    scratch.exec('CREATE TABLE rejected_keys (key TEXT PRIMARY KEY) WITHOUT ROWID');
    this.insert = scratch.prepare<[string]>('INSERT OR IGNORE INTO rejected_keys VALUES (?)');
    this.select = scratch.prepare<[string]>('SELECT 1 FROM rejected_keys WHERE key = ?');
  }

  /** `names` are those of the row that the record would have. */
  note(names: readonly string[]): void {
    for (const name of names) {
      const named = keyNamed(name, this.declared);
      if (named) this.insert.run(storedKeyPrint(named.table, (column) => named.key.get(column) ?? null).text);
    }
  }

  /** Whether a record with this key, as it is stored, is rejected. */
  has(key: string): boolean {
    return this.select.get(key) !== undefined;
  }
}
