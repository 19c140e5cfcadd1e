import { LEDGER } from '../../schema/ledger-tables.ts';
import type { Table, Value } from '../../schema/table.ts';
import type { LedgerRow } from '../ledger-query.ts';
import { type BegunRun, leaseLost, type WantedLease } from '../run-lease.ts';
import { quote } from './ddl.ts';
import type { PostgresLease } from './lease.ts';
import type { Tables } from './names.ts';
import { assignments, recordArchived } from './statements.ts';
import { PostgresTransaction } from './transaction.ts';
import type { PostgresWork } from './work.ts';

/** What the ledger tells of runs as a whole: how they began and ended, and where their files are now. */
export class PostgresRuns {
  private readonly tables: Tables;
  private readonly lease: PostgresLease;
  private readonly work: PostgresWork;

  constructor(tables: Tables, lease: PostgresLease, work: PostgresWork) {
    this.tables = tables;
    this.lease = lease;
    this.work = work;
  }

  async begin(run: LedgerRow & { readonly run_id: string }, wanted: WantedLease): Promise<BegunRun> {
    const [runs, batches] = [this.tables.real(LEDGER.runs), this.tables.real(LEDGER.batches)];
    const owner = { runId: run.run_id, shard: null };
    const begun = await this.work.inTransaction<BegunRun>(async (client) => {
      const heldBy = await this.lease.findOther(client, owner, wanted);
      if (heldBy) return { heldBy };
      const reopened = `status = $2, lease_holder = $3, lease_renewed_at = clock_timestamp()`;
      const values = [run.run_id, run['status'], wanted.holder];
      const known = await client.query(`UPDATE ${runs} SET ${reopened} WHERE run_id = $1`, values);
      if (known.rowCount === 0) {
        await new PostgresTransaction(client, this.tables).insertLedger(LEDGER.runs, [run]);
        await client.query(`UPDATE ${runs} SET ${reopened} WHERE run_id = $1`, values);
      }
      const sql = `SELECT coalesce(max(batch), 0) AS last FROM ${batches} WHERE run_id = $1`;
      const { rows } = await client.query<{ last: string }>(sql, [run.run_id]);
      return { lastBatch: Number(rows[0]?.last ?? 0) };
    });
    if ('lastBatch' in begun) this.lease.hold(owner, wanted.holder);
    return begun;
  }

  async noteOnce(table: Table, row: LedgerRow): Promise<void> {
    if (!this.tables.isThere(table)) return;
    const written = Object.entries(this.tables.ledgerText().written(table, row));
    const columns = written.map(([name]) => quote(name)).join(', ');
    const places = written.map((_, index) => `$${index + 1}`).join(', ');
    const sql = `INSERT INTO ${this.tables.real(table)} (${columns}) VALUES (${places}) ON CONFLICT DO NOTHING`;
    await this.work.inTransaction((client) =>
      client.query(
        sql,
        written.map(([, value]) => value),
      ),
    );
  }

  async recordArchived(files: readonly { readonly path: string; readonly archivedTo: string }[]): Promise<void> {
    const written = (text: string): string => this.tables.ledgerText().text({ type: 'text' }, text);
    const parameters = [files.map(({ path }) => written(path)), files.map(({ archivedTo }) => written(archivedTo))];
    await this.work.inTransaction((client) => client.query(recordArchived(this.tables.real(LEDGER.files)), parameters));
  }

  async update(runId: string, values: Readonly<Record<string, Value>>): Promise<void> {
    const sql = `UPDATE ${this.tables.real(LEDGER.runs)} SET ${assignments(LEDGER.runs, values, 2)} WHERE run_id = $1`;
    const written = this.tables.ledgerText().written(LEDGER.runs, values);
    const { rowCount } = await this.work.inTransaction((client) =>
      client.query(sql, [runId, ...Object.values(written)]),
    );
    if (rowCount === 0) throw leaseLost(runId);
    if (values['status'] !== undefined) this.lease.release();
  }
}
