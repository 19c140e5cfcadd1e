import pg from 'pg';
import { LEDGER } from '../../schema/ledger-tables.ts';
import type { Table } from '../../schema/table.ts';
import { type HeldBy, LEASE_SECONDS, type LeaseOwner, leaseLost, type WantedLease } from '../run-lease.ts';
import { lockOfLease } from './locks.ts';

interface HolderRow {
  readonly run_id: string;
  readonly shard: string | null;
  readonly holder: string;
  readonly since: string;
  readonly renewed: string;
  readonly stale: string;
}

const { escapeLiteral } = pg;

/** Of a row with a lease: its holder gives no sign of life any more. */
export const IS_STALE = `lease_renewed_at < clock_timestamp() - interval '${LEASE_SECONDS} seconds'`;

/** Who works on the target: rows of the ledger, renewed by the clock of the server. */
export class PostgresLease {
  private readonly real: (table: Table) => string;
  private held: { readonly runId: string; readonly sql: string; readonly check: string } | undefined;

  constructor(real: (table: Table) => string) {
    this.real = real;
  }

  /** Where the ledger is is known when the database is open. */
  private get runs(): string {
    return this.real(LEDGER.runs);
  }

  private get shards(): string {
    return this.real(LEDGER.shards);
  }

  get isHeld(): boolean {
    return this.held !== undefined;
  }

  /** In the transaction that begins a run: who stands in its way. Those who are dead are put aside. */
  async findOther(client: pg.ClientBase, owner: LeaseOwner, wanted: WantedLease): Promise<HeldBy | undefined> {
    await client.query(lockOfLease(this.runs));
    const idle = new Set((await client.query<HolderRow>(this.selectIdle(this.runs, 'NULL::bigint'))).rows.map(nameOf));
    for (const row of (await client.query<HolderRow>(this.selectIdle(this.shards, 'shard'))).rows)
      idle.add(nameOf(row));
    const { rows } = await client.query<HolderRow>(
      `${this.selectHolders(this.runs, 'NULL::bigint')} UNION ALL ${this.selectHolders(this.shards, 'shard')}`,
    );
    for (const row of rows.filter((each) => !isCompany(each, owner))) {
      const isAtWork = !idle.has(nameOf(row));
      const isDead = row.stale === 't' || wanted.mayTakeOver(row.holder);
      const { run_id: runId, holder, since, renewed: renewedAt } = row;
      if (isAtWork || !isDead) return { runId, holder, since, renewedAt, isAtWork };
      const own = row.shard === null ? this.runs : `${this.shards}`;
      await client.query(
        `UPDATE ${own} SET status = 'interrupted', lease_holder = NULL WHERE run_id = $1 AND lease_holder = $2`,
        [runId, holder],
      );
    }
    return undefined;
  }

  /** After that transaction: from now on every other one renews the lease. */
  hold({ runId, shard }: LeaseOwner, holder: string): void {
    // Not by the status: the answer to the commit that ends the run may be lost, and then it is tried again. Who takes over
    // puts aside the holder as well.
    const which = `run_id = ${escapeLiteral(runId)} AND lease_holder = ${escapeLiteral(holder)}`;
    const [table, own] = shard === null ? [this.runs, which] : [this.shards, `${which} AND shard = ${shard}`];
    this.held = {
      runId,
      sql: `UPDATE ${table} SET lease_renewed_at = clock_timestamp() WHERE ${own}`,
      check: `SELECT 1 FROM ${table} WHERE ${own} FOR KEY SHARE`,
    };
  }

  release(): void {
    this.held = undefined;
  }

  /** The statement that renews it, for those who send it with others. `confirm` is told what it did. */
  get renewal(): string | undefined {
    return this.held?.sql;
  }

  /** The same for transactions beside each other: it does not wait for those that renew the lease, and who takes over waits for it. */
  get check(): string | undefined {
    return this.held?.check;
  }

  /** @throws MigrateError `lease-lost` unless the statement has found the row of the holder. */
  confirm(answer: pg.QueryResult | undefined): void {
    if (this.held && answer?.rowCount !== 1) throw leaseLost(this.held.runId);
  }

  async renew(client: pg.ClientBase): Promise<void> {
    if (this.held) this.confirm(await client.query(this.held.sql));
  }

  /** A row that cannot be locked belongs to somebody who is in the middle of a transaction. */
  private selectIdle(table: string, shard: string): string {
    return `SELECT run_id, ${shard} AS shard FROM ${table}
      WHERE status = 'running' AND lease_holder IS NOT NULL FOR UPDATE SKIP LOCKED`;
  }

  private selectHolders(table: string, shard: string): string {
    const text = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`;
    return `SELECT run_id, ${shard} AS shard, lease_holder AS holder, ${text('started_at')} AS since,
      ${text('lease_renewed_at')} AS renewed,
      ${IS_STALE} AS stale
      FROM ${table} WHERE status = 'running' AND lease_holder IS NOT NULL`;
  }
}

function nameOf({ run_id: runId, shard }: HolderRow): string {
  return `${runId} ${shard}`;
}

/** Another shard of the same run. */
function isCompany(row: HolderRow, { runId, shard }: LeaseOwner): boolean {
  return shard !== null && row.shard !== null && row.run_id === runId && Number(row.shard) !== shard;
}
