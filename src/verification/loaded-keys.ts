import type { Database } from '../databases/database.ts';
import type { Scratch } from '../files/scratch.ts';
import { printText } from '../hash/fingerprint.ts';
import { ledgerRuns } from '../ledger/ledger.ts';
import { claimedKeys, madeLookups, madeOwners } from '../load/batch-rows.ts';
import { entriesOf, unpackClaims } from '../load/claim-list.ts';

/** Which rows the ledger says were loaded, by the prints of their keys. Read from the ledger when somebody asks. */
export class LoadedKeys {
  private readonly database: Database;
  private readonly insert;
  private readonly select;
  private readonly insertRetried;
  private readonly selectRetried;
  private isRead = false;

  constructor(database: Database, scratch: Scratch) {
    this.database = database;
    scratch.exec(`CREATE TABLE loaded_keys (key TEXT, path TEXT, record INTEGER, PRIMARY KEY (key, path, record)) WITHOUT ROWID;
      CREATE TABLE retried_keys (key TEXT PRIMARY KEY) WITHOUT ROWID`);
    this.insert = scratch.prepare('INSERT OR IGNORE INTO loaded_keys VALUES (?, ?, ?)');
    this.select = scratch.prepare<[string, string, number]>(
      'SELECT 1 FROM loaded_keys WHERE key = ? AND path = ? AND record = ?',
    );
    this.insertRetried = scratch.prepare('INSERT OR IGNORE INTO retried_keys VALUES (?)');
    this.selectRetried = scratch.prepare<[string]>('SELECT 1 FROM retried_keys WHERE key = ?');
  }

  /** Whether the record of a file was loaded with this key: as it is claimed, with lookups in place of generated keys. */
  async has(key: string, path: string, record: number): Promise<boolean> {
    if (!this.isRead) {
      for await (const page of this.database.ledgerRows({ kind: 'batches' })) {
        for (const { claims } of page) {
          if (!(claims instanceof Uint8Array)) continue;
          for (const entry of entriesOf(unpackClaims(claims))) this.insert.run(entry.key, entry.path, entry.record);
        }
      }
      this.isRead = true;
    }
    return this.select.get(key, path, record) !== undefined;
  }

  /** Notes what corrected rejects have brought: it is in no source file. */
  async readRetried(): Promise<void> {
    const runs = await Array.fromAsync(ledgerRuns(this.database));
    for (const { runId, command } of runs) if (command === 'retry') await this.readRun(runId);
  }

  /** Whether `retry` loaded the row with this key, as it is stored. */
  wasRetried(key: string): boolean {
    return this.selectRetried.get(key) !== undefined;
  }

  private async readRun(runId: string): Promise<void> {
    for await (const page of this.database.ledgerRows({ kind: 'batches-of-run', runId })) {
      for (const batch of page) {
        for (const [, keys] of claimedKeys(batch))
          for (const { words, at } of keys) this.insertRetried.run(printText(words, at));
        // Also what was made because the records name it.
        for (const { key } of madeLookups(batch)) this.insertRetried.run(key);
        for (const key of madeOwners(batch, this.database.declared)) this.insertRetried.run(key);
      }
    }
  }
}
