import type pg from 'pg';
import { errorCode } from '../../errors.ts';
import type { ChildRows, RowGroup, RowLookup } from '../../schema/row-group.ts';
import { answerOf, isLookup, SOURCE_ID, textOfKey } from '../../schema/row-group.ts';
import { column, loadColumns, numberedColumn, type Row, soleKey, type Table } from '../../schema/table.ts';
import type { ExactCells } from '../exact-cells.ts';
import type { LedgerRow } from '../ledger-query.ts';
import { ANOTHER_OWNER, RefusedRow, SWALLOWED } from '../refused-row.ts';
import { rowsIn, type Segment } from '../row-codec.ts';
import type { Comparison, FoundRow, Merge, Transaction } from '../transaction.ts';
import { copyLines, copyTuples } from './copy.ts';
import { quote } from './ddl.ts';
import { readExactCells } from './exact-cells.ts';
import { copyHeld } from './held-rows.ts';
import { heldColumn } from './known-table.ts';
import { findRows } from './lookups.ts';
import type { Tables } from './names.ts';
import { countOwners, insertOwners, missingOwners } from './owners.ts';
import { arePresent } from './present-rows.ts';
import { StagedGroups } from './staged-groups.ts';
import { passNumbers } from './statements.ts';
import { copyField, keyOf, read } from './values.ts';

/** One transaction. Nothing outlives it, so it also works behind a transaction pooler. */
export class PostgresTransaction implements Transaction {
  private readonly client: pg.ClientBase;
  private readonly tables: Tables;
  private readonly staged: StagedGroups;

  constructor(client: pg.ClientBase, tables: Tables) {
    this.client = client;
    this.tables = tables;
    this.staged = new StagedGroups(client, tables);
  }

  async find(lookups: readonly RowLookup[]): Promise<readonly FoundRow[]> {
    const found: FoundRow[] = lookups.map(() => undefined);
    const kinds = Map.groupBy(lookups.keys(), (index) => kindOf(lookups[index]));
    for (const indexes of kinds.values()) await this.findIn(indexes, lookups, found);
    return found;
  }

  /** All lookups by the same columns of the same table. */
  private async findIn(indexes: readonly number[], lookups: readonly RowLookup[], found: FoundRow[]): Promise<void> {
    const first = lookups[indexes[0] ?? -1];
    if (first === undefined) return;
    const { table, by } = first;
    if (!this.tables.dryRun && !this.tables.exists(table.name)) return;
    const keys = by.map((key, at) => indexes.map((index) => lookupText(lookups[index] ?? first, key, at, this.tables)));
    const { rows } = await this.client.query<{ n: string; value: string | null; rows: string }>(
      findRows(first, this.tables),
      first.fold ? [...keys, ...(await this.variantsIn(keys[0] ?? []))] : keys,
    );
    for (const row of rows) {
      const index = indexes[Number(row.n) - 1];
      if (index === undefined) continue;
      if (row.rows !== '1') found[index] = 'several';
      else if (row.value !== null) found[index] = { value: read(column(table, answerOf(first)), row.value) };
    }
  }

  private async variantsIn(keys: readonly (string | null)[]): Promise<readonly string[]> {
    const texts = keys.filter((key) => key !== null);
    const { from, to } = await this.tables.caseVariants(this.client, texts);
    return [from, to];
  }

  async compare(groups: readonly RowGroup[]): Promise<readonly Comparison[]> {
    return this.staged.compare(groups);
  }

  findLoose(going: ReadonlyMap<RowGroup, readonly ChildRows[]>): Promise<ReadonlySet<RowGroup>> {
    return this.staged.findLoose(going);
  }

  exactCells(table: Table, rows: readonly Row[]): Promise<readonly ExactCells[]> {
    return readExactCells((sql, values) => this.client.query(sql, [...values]), table, rows, this.tables);
  }

  /** A dry run never commits, so that ON COMMIT DROP does nothing there. */
  async dropStaged(): Promise<void> {
    await this.staged.drop();
  }

  async createOwners(ids: readonly string[]): Promise<readonly string[]> {
    const { owners } = this.tables.declared;
    // The table of owners may not be needed, and then it is not there.
    if (ids.length === 0 || owners === undefined || !this.tables.isWritten(owners)) return [];
    return this.saved(async () => {
      const { mayChangeRows, hasRules, folds } = this.tables.known(owners);
      const missing = hasRules
        ? await this.client.query<{ id: string }>(missingOwners(owners, this.tables), [ids])
        : undefined;
      const inserted = await this.client.query<{ id: string }>(insertOwners(owners, this.tables), [ids]);
      const created = missing ?? inserted;
      // A trigger or a key that folds may have swallowed an insert.
      if (mayChangeRows || folds.has(soleKey(owners))) await this.refuseMissingOwners(owners, ids);
      return created.rows.map((row) => row.id);
    });
  }

  private async refuseMissingOwners(owners: Table, ids: readonly string[]): Promise<void> {
    const { rows } = await this.client.query<{ count: string }>(countOwners(owners, this.tables), [ids]);
    if (Number(rows[0]?.count) !== new Set(ids).size) throw new RefusedRow(ANOTHER_OWNER);
  }

  async merge(merges: readonly Merge[]): Promise<void> {
    await this.saved(async () => {
      await this.staged.merge(merges).catch((error) =>
        this.throwAsRefused(
          error,
          merges.map(({ group }) => group.root),
        ),
      );
      // A deferred constraint would speak up at the commit only, when nobody can tell whose row it was.
      await this.client.query('SET CONSTRAINTS ALL IMMEDIATE');
      // Rows of one merge may refer to each other in any order; the merge before it ended that.
    }, '; SET CONSTRAINTS ALL DEFERRED');
  }

  async append(segments: readonly Segment[], meanwhile: () => void): Promise<void> {
    const byTable = [...Map.groupBy(segments, ({ table }) => table)];
    if (byTable.length === 0) meanwhile();
    for (const [index, [name, parts]] of byTable.entries()) {
      const table = this.tables.declared.get(name);
      const onSent = index === byTable.length - 1 ? meanwhile : () => undefined;
      if (!this.tables.known(table).isAppendable) {
        await copyHeld(this.client, table, parts, { tables: this.tables, onSent });
        continue;
      }
      const columns = loadColumns(table).map(quote).join(', ');
      const sql = `COPY ${this.tables.written(table)} (${columns}) FROM STDIN (FORMAT binary)`;
      const copied = await copyTuples(this.client, sql, parts, onSent).catch((error) =>
        this.throwAsRefused(error, [table]),
      );
      if (copied !== rowsIn(parts)) throw new RefusedRow(SWALLOWED);
    }
  }

  async holds(segments: readonly Segment[]): Promise<boolean> {
    return arePresent(this.client, segments, this.tables);
  }

  /** A node of a Citus cluster refuses a row of a COPY, mostly for its key, and the coordinator knows no code for it. */
  private throwAsRefused(error: unknown, tables: readonly Table[]): never {
    const isOfNode =
      errorCode(error) === INTERNAL && tables.some((table) => this.tables.known(table).citus !== undefined);
    throw isOfNode ? new RefusedRow(`a key that is taken (SQLSTATE ${INTERNAL})`, { cause: error }) : error;
  }

  /** All or nothing: a refused row leaves the transaction as it was before. */
  private async saved<T>(work: () => Promise<T>, also = ''): Promise<T> {
    await this.client.query(`SAVEPOINT refusable${also}`);
    try {
      const result = await work();
      await this.client.query('RELEASE refusable');
      return result;
    } catch (error) {
      const classified = this.tables.classify(error);
      if (classified instanceof RefusedRow) await this.client.query('ROLLBACK TO refusable');
      throw classified;
    }
  }

  async passNumbers(tables: readonly Table[]): Promise<void> {
    for (const table of tables) {
      const declared = numberedColumn(table);
      const known = this.tables.known(table);
      if (declared === undefined || known.absent.includes(declared)) continue;
      const { name } = heldColumn(known, table, declared);
      const real = this.tables.real(table);
      await this.client.query(passNumbers(real, name), [real, name]);
    }
  }

  async insertLedger(table: Table, rows: readonly LedgerRow[]): Promise<void> {
    if (rows.length === 0) return;
    const columns = loadColumns(table);
    // Parameters of an INSERT, the bytes of a batch among them, would stand in the log of some servers.
    const sql = `COPY ${this.tables.written(table)} (${columns.map(quote).join(', ')}) FROM STDIN`;
    const storable = rows.map((row) => this.tables.ledgerText().written(table, row));
    const lines = storable.map(
      (row) => `${columns.map((name) => copyField(column(table, name), row[name])).join('\t')}\n`,
    );
    await copyLines(this.client, sql, lines);
  }
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const INTERNAL = 'XX000';

/** A batch of a dry run: what fails leaves the one transaction as it was before. */
export async function inDryRun<T>(
  client: pg.Client,
  tables: Tables,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const transaction = new PostgresTransaction(client, tables);
  await client.query('SAVEPOINT batch');
  try {
    const result = await work(transaction);
    await transaction.dropStaged();
    await client.query('RELEASE batch');
    return result;
  } catch (error) {
    // Where the connection is lost there is nothing to go back to.
    await client.query('ROLLBACK TO batch; RELEASE batch').catch(() => undefined);
    throw error;
  }
}

/** Lookups of one kind are one statement. */
function kindOf(lookup: RowLookup | undefined): string {
  return lookup === undefined ? '' : JSON.stringify([lookup.table.name, lookup.by, answerOf(lookup), lookup.fold]);
}

function lookupText(lookup: RowLookup, key: string, at: number, tables: Tables): string | null {
  const value = lookup.key[at];
  if (value === undefined || value === null || isLookup(value)) return null;
  if (lookup.fold) return textOfKey(lookup, value);
  return key === SOURCE_ID ? String(value) : keyOf(lookup.table, key, value, tables);
}
