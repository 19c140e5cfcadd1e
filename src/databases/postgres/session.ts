import type pg from 'pg';
import type { DeclaredTables } from '../../schema/declared-tables.ts';
import type { TablePlace } from '../../schema/table-place.ts';
import type { ZoneClock } from '../../time/zone-clock.ts';
import { quotePlace, quoteTable } from './ddl.ts';

/** One transaction. Tables are in one schema, unless their declaration names another one. */
export class Session {
  readonly schema: string;
  readonly client: pg.ClientBase;
  readonly declared: DeclaredTables;

  /** What columns without a zone show; undefined for UTC. */
  readonly clock: ZoneClock | undefined;

  constructor(client: pg.ClientBase, schema: string, declared: DeclaredTables, clock?: ZoneClock) {
    this.clock = clock;
    this.declared = declared;
    this.client = client;
    this.schema = schema;
  }

  /** Rows as PostgreSQL prints their values. */
  async rows<R extends Readonly<Record<string, string | null>>>(sql: string, ...values: unknown[]): Promise<R[]> {
    return (await this.client.query<R>(sql, values)).rows;
  }

  async run(...statements: readonly string[]): Promise<void> {
    for (const sql of statements) await this.client.query(sql);
  }

  /** The number that a statement answers. */
  async count(sql: string): Promise<number> {
    const [row] = await this.rows<{ count: string | null }>(sql);
    return Number(row?.count ?? 0);
  }

  /** A table by its declared name, or where it is: quoted. */
  name(table: string | TablePlace): string {
    return typeof table === 'string' ? quoteTable(this.schema, table) : quotePlace(table);
  }

  async isThere(table: string): Promise<boolean> {
    const [row] = await this.rows<{ there: string | null }>('SELECT to_regclass($1) AS there', this.name(table));
    return row?.there !== null;
  }
}
