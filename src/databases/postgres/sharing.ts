import type pg from 'pg';
import { MigrateError } from '../../errors.ts';
import { LEDGER } from '../../schema/ledger-tables.ts';
import type { Value } from '../../schema/table.ts';
import { counted } from '../../system/quantities.ts';
import { firstBatch, type Shard } from '../../system/shard.ts';
import type { LedgerRow } from '../ledger-query.ts';
import type { BatchRange, BegunRun, ClaimedBatch, RunSharing, ShardStart, WantedLease } from '../run-lease.ts';
import type { PostgresLease } from './lease.ts';
import { lockOfRun } from './locks.ts';
import type { Tables } from './names.ts';
import { assignments } from './statements.ts';
import { PostgresTransaction } from './transaction.ts';

interface Access {
  readonly inTransaction: <T>(work: (client: pg.Client) => Promise<T>) => Promise<T>;
  /** In the transaction that is open, or in none. */
  readonly inside: <T>(work: (client: pg.Client) => Promise<T>) => Promise<T>;
}

/** What shards tell each other. All of it is in tables and in locks of transactions: nothing needs a session. */
export class PostgresSharing implements RunSharing {
  private readonly tables: Tables;
  private readonly lease: PostgresLease;
  private readonly access: Access;

  constructor(tables: Tables, lease: PostgresLease, access: Access) {
    this.tables = tables;
    this.lease = lease;
    this.access = access;
  }

  async begin(
    run: LedgerRow & { readonly run_id: string },
    shard: Shard,
    wanted: WantedLease,
    { report, refuse }: ShardStart,
  ): Promise<BegunRun> {
    const { runs, shards, batches } = this.names;
    const { run_id: runId, status } = run;
    const owner = { runId, shard: shard.shard };
    const begun = await this.access.inTransaction<BegunRun>(async (client) => {
      const heldBy = await this.lease.findOther(client, owner, wanted);
      if (heldBy) return { heldBy };
      await client.query(lockOfRun(runId, 'alone'));
      const reopened = 'status = $2, exit_code = NULL, finished_at = NULL, report = NULL';
      const known = await client.query(`UPDATE ${runs} SET ${reopened} WHERE run_id = $1`, [runId, status]);
      const sql = `SELECT shards, report FROM ${shards} WHERE run_id = $1`;
      const found = await client.query<{ shards: string; report: string | null }>(sql, [runId]);
      if (known.rowCount !== 0) refuseOthers(runId, shard, found.rows[0]?.shards);
      for (const other of found.rows) if (other.report !== null) refuse(other.report);
      const own = [runId, shard.shard];
      await client.query(`DELETE FROM ${shards} WHERE run_id = $1 AND shard = $2`, own);
      const transaction = new PostgresTransaction(client, this.tables);
      if (known.rowCount === 0) await transaction.insertLedger(LEDGER.runs, [run]);
      const { started_at } = run;
      await transaction.insertLedger(LEDGER.shards, [
        { run_id: runId, ...shard, status: 'running', phase: 0, started_at: started_at ?? null, report },
      ]);
      await client.query(
        `UPDATE ${shards} SET lease_holder = $3, lease_renewed_at = clock_timestamp() WHERE run_id = $1 AND shard = $2`,
        [...own, wanted.holder],
      );
      const first = firstBatch(shard.shard);
      const last = await client.query<{ last: string }>(
        `SELECT coalesce(max(batch), $2) AS last FROM ${batches} WHERE run_id = $1 AND batch > $2 AND batch < $3`,
        [runId, first, firstBatch(shard.shard + 1)],
      );
      return { lastBatch: Number(last.rows[0]?.last ?? first) };
    });
    if ('lastBatch' in begun) this.lease.hold(owner, wanted.holder);
    return begun;
  }

  async update(runId: string, shard: Shard, values: Readonly<Record<string, Value>>): Promise<void> {
    await this.access.inTransaction((client) => this.write(client, runId, shard, values));
    if (values['status'] !== undefined) this.lease.release();
  }

  async finish(runId: string, shard: Shard, values: Readonly<Record<string, Value>>): Promise<boolean> {
    const sql = `SELECT count(*) AS count FROM ${this.names.shards} WHERE run_id = $1 AND loaded_at IS NOT NULL`;
    const isLast = await this.access.inTransaction(async (client) => {
      await client.query(lockOfRun(runId, 'alone'));
      await this.write(client, runId, shard, values);
      const done = await client.query<{ count: string }>(sql, [runId]);
      const areDone = Number(done.rows[0]?.count) === shard.shards;
      if (areDone) await this.write(client, runId, shard, { status: 'running', exit_code: null, finished_at: null });
      return areDone;
    });
    if (!isLast) this.lease.release();
    return isLast;
  }

  async endAll(runId: string): Promise<void> {
    const sql = `UPDATE ${this.names.shards} SET status = report->>'status', exit_code = (report->>'exit_code')::bigint,
      finished_at = loaded_at, lease_holder = NULL
      WHERE run_id = $1 AND status = $2 AND loaded_at IS NOT NULL`;
    await this.access.inTransaction((client) => client.query(sql, [runId, 'running']));
  }

  private async write(
    client: pg.ClientBase,
    runId: string,
    { shard }: Shard,
    values: Readonly<Record<string, Value>>,
  ): Promise<void> {
    const sql = `UPDATE ${this.names.shards} SET ${assignments(LEDGER.shards, values, 3)} WHERE run_id = $1 AND shard = $2`;
    const written = this.tables.ledgerText().written(LEDGER.shards, values);
    await client.query(sql, [runId, shard, ...Object.values(written)]);
  }

  async batches(runId: string, ranges: readonly BatchRange[]): Promise<readonly ClaimedBatch[]> {
    const sql = `SELECT b.batch, encode(b.claims, 'hex') AS claims FROM ${this.names.batches} b
      JOIN unnest($2::bigint[], $3::bigint[]) AS r (after, before) ON b.batch > r.after AND b.batch < r.before
      WHERE b.run_id = $1 ORDER BY b.batch`;
    const limits = [ranges.map(({ after }) => after), ranges.map(({ before }) => before)];
    const { rows } = await this.access.inside((client) =>
      client.query<{ batch: string; claims: string }>(sql, [runId, ...limits]),
    );
    return rows.map(({ batch, claims }) => ({ batch: Number(batch), claims: Buffer.from(claims, 'hex') }));
  }

  async displace(runId: string, path: string, batches: readonly ClaimedBatch[]): Promise<void> {
    const { files, batches: table } = this.names;
    await this.access.inside(async (client) => {
      for (const { batch, claims } of batches) {
        const sql = `UPDATE ${table} SET claims = $3 WHERE run_id = $1 AND batch = $2`;
        await client.query(sql, [runId, batch, Buffer.from(claims)]);
      }
      await client.query(
        `UPDATE ${files} SET status = 'displaced' WHERE id = (SELECT max(id) FROM ${files} WHERE path = $1)`,
        [this.tables.ledgerText().text({ type: 'text' }, path)],
      );
    });
  }

  private get names(): Readonly<Record<'runs' | 'shards' | 'files' | 'batches', string>> {
    const { runs, shards, files, batches } = LEDGER;
    const { real } = this.tables;
    return { runs: real(runs), shards: real(shards), files: real(files), batches: real(batches) };
  }
}

/** `shards` is how many share the run, undefined where nobody does. */
function refuseOthers(runId: string, { shards: given }: Shard, shards: string | undefined): void {
  if (shards === undefined) throw new MigrateError('not-this-run', `run ${runId} was begun without --shard`);
  if (Number(shards) !== given)
    throw new MigrateError('not-this-run', `run ${runId} has ${counted(Number(shards), 'shard')}, not ${given}`);
}
