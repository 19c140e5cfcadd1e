import type pg from 'pg';
import type { ChildRows, RowGroup } from '../../schema/row-group.ts';
import type { Table } from '../../schema/table.ts';
import { ROW, tuple } from '../links.ts';
import { RefusedRow, SWALLOWED } from '../refused-row.ts';
import { type RowReference, refersTo } from '../row-undo.ts';
import { quote, temporaryName } from './ddl.ts';
import { differs, GROUP, isRow, list, sameKey, type Tables } from './names.ts';
import { PART } from './row-source.ts';
import { lockRows } from './statements.ts';

function goingName(table: Table): string {
  return temporaryName('going', table);
}

/** Child rows that go, copied into temporary tables under the number of their group. */
export class GoingRows {
  private readonly client: pg.ClientBase;
  private readonly tables: Tables;
  /** In order of reference. */
  private going: readonly Table[] = [];

  constructor(client: pg.ClientBase, tables: Tables) {
    this.client = client;
    this.tables = tables;
  }

  /** `stage` makes the temporary table of these rows. */
  async begin(
    groups: ReadonlyMap<RowGroup, readonly ChildRows[]>,
    stage: (name: string, table: Table) => Promise<void>,
  ): Promise<void> {
    await this.drop();
    const names = new Set([...groups.values()].flatMap((children) => children.map(({ table }) => table)));
    this.going = this.tables.declared.list.filter((table) => names.has(table));
    for (const table of this.going) await stage(goingName(table), table);
  }

  async drop(): Promise<void> {
    for (const table of this.going) await this.client.query(`DROP TABLE ${goingName(table)}`);
    this.going = [];
  }

  /** The temporary table with the rows of a table that go. */
  of(table: Table): string | undefined {
    return this.going.includes(table) ? goingName(table) : undefined;
  }

  /** The numbers of the groups of which a row is not any more what was given, or is referred to by a row that stays. */
  async fixed(): Promise<ReadonlySet<number>> {
    const references = await this.tables.references(this.client);
    const fixed = new Set<number>();
    const add = async (sql: string): Promise<void> => {
      const { rows } = await this.client.query<{ n: string }>(sql);
      for (const { n } of rows) fixed.add(Number(n));
    };
    // Who is about to refer to a row waits from here on, or is waited for and seen.
    if (!this.tables.dryRun) for (const table of this.going) await this.client.query(this.lock(table));
    for (const table of this.going) {
      await add(this.selectChanged(table));
      for (const reference of references) if (reference.to === table) await add(this.selectNeeded(reference));
    }
    return fixed;
  }

  /** Those that refer to others go first. */
  async remove(numbers: readonly number[]): Promise<void> {
    for (const table of this.going.toReversed()) {
      const { rows } = await this.client.query<{ count: string }>(
        `SELECT count(*) AS count FROM ${goingName(table)} WHERE ${GROUP} = ANY ($1)`,
        [numbers],
      );
      const { rowCount } = await this.client.query(this.delete(table), [numbers]);
      if (rowCount !== Number(rows[0]?.count)) throw new RefusedRow(SWALLOWED);
    }
  }

  private same(table: Table, t = 't', s = 's'): string {
    return sameKey(table, this.tables, t, s);
  }

  private lock(table: Table): string {
    const given = `${goingName(table)} s`;
    const isGoing = this.tables.known(table).isAsDeclared
      ? `EXISTS (SELECT 1 FROM ${given} WHERE ${this.same(table)})`
      : `(t.tableoid, t.ctid) IN (SELECT x.${PART}, x.${ROW} FROM ${this.tables.rows(table)} x JOIN ${given} ON ${this.same(table, 'x')})`;
    return lockRows(table, isGoing, this.tables);
  }

  /** Those of the groups $1. */
  private delete(table: Table): string {
    const gone = `FROM ${goingName(table)} s WHERE s.${GROUP} = ANY ($1)`;
    const { known, real, rows } = this.tables;
    if (known(table).isAsDeclared)
      return `DELETE FROM ${real(table)} WHERE ${tuple(table.naturalKey, quote)} IN (SELECT ${list(table.naturalKey)} ${gone})`;
    return `DELETE FROM ${real(table)} w USING ${rows(table)} t, (SELECT * ${gone}) s WHERE ${this.same(table)} AND ${isRow('w')}`;
  }

  // Citus joins staged rows with distributed ones, and asks no question of them for each row.

  private selectChanged(table: Table): string {
    const [key = ''] = table.naturalKey;
    return `SELECT DISTINCT s.${GROUP} AS n FROM ${goingName(table)} s
      LEFT JOIN ${this.tables.rows(table)} t ON ${this.same(table)} AND NOT ${differs(table, this.tables)} WHERE t.${quote(key)} IS NULL`;
  }

  private selectNeeded(reference: RowReference): string {
    const { to, from, table } = reference;
    const also = table && this.of(table);
    const stays = also && table ? ` LEFT JOIN ${also} g ON ${this.same(table, 'x', 'g')} WHERE g.${GROUP} IS NULL` : '';
    return `SELECT DISTINCT s.${GROUP} AS n FROM ${goingName(to)} s JOIN ${this.tables.rows(to)} t ON ${this.same(to)}
      JOIN ${from} x ON ${refersTo(reference, quote)}${stays}`;
  }
}
