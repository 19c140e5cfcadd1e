import type BetterSqlite3 from 'better-sqlite3';
import { type HeldBy, leaseLost, type WantedLease } from '../run-lease.ts';
import type { SqliteConnections } from './connection.ts';
import { quote } from './ddl.ts';
import { IS_STALE } from './ledger.ts';

interface HolderRow {
  readonly runId: string;
  readonly holder: string;
  readonly since: string;
  readonly renewedAt: string;
  readonly stale: 0 | 1;
}

/** As a timestamp is stored. SQLite's clock is that of this machine. */
const NOW = "strftime('%Y-%m-%d %H:%M:%f000', 'now')";

function selectHolders(runs: string): string {
  return `SELECT run_id AS runId, lease_holder AS holder, started_at AS since,
    lease_renewed_at AS renewedAt, ${IS_STALE} AS stale
    FROM ${runs} WHERE status = 'running' AND lease_holder IS NOT NULL`;
}

/** Who works on the target: rows of the ledger. Whoever can read them is not in the middle of a transaction. */
export class SqliteLease {
  /** Who holds the target, or was cut off while he did, for somebody who only reads. */
  static holderIn({
    reading,
    ledger,
  }: SqliteConnections): { readonly runId: string; readonly isStale: boolean } | undefined {
    const row = reading.prepare<[], HolderRow>(`${selectHolders(quote(ledger.tables.runs.name))} ORDER BY stale`).get();
    return row && { runId: row.runId, isStale: row.stale === 1 };
  }

  private readonly connections: SqliteConnections;
  private held: { readonly runId: string; readonly holder: string } | undefined;

  constructor(connections: SqliteConnections) {
    this.connections = connections;
  }

  private get runs(): string {
    return quote(this.connections.ledger.tables.runs.name);
  }

  /** In the transaction that begins a run: who stands in its way. Those who are dead are put aside. */
  findOther(writing: BetterSqlite3.Database, { mayTakeOver }: WantedLease): HeldBy | undefined {
    const putAside = writing.prepare<[string]>(
      `UPDATE ${this.runs} SET status = 'interrupted', lease_holder = NULL WHERE run_id = ?`,
    );
    for (const { stale, ...row } of writing.prepare<[], HolderRow>(selectHolders(this.runs)).all()) {
      if (stale === 0 && !mayTakeOver(row.holder)) return { ...row, isAtWork: false };
      putAside.run(row.runId);
    }
    return undefined;
  }

  /** After that transaction: from now on every other one renews the lease. */
  hold(runId: string, holder: string): void {
    this.held = { runId, holder };
  }

  release(): void {
    this.held = undefined;
  }

  renew(writing: BetterSqlite3.Database): void {
    if (this.held === undefined) return;
    const { runId, holder } = this.held;
    const sql = `UPDATE ${this.runs} SET lease_renewed_at = ${NOW}
      WHERE run_id = ? AND lease_holder = ? AND status = 'running'`;
    if (writing.prepare<[string, string]>(sql).run(runId, holder).changes === 0) throw leaseLost(runId);
  }
}
