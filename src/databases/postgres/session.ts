import type pg from 'pg';
import type { DeclaredTables } from '../../schema/declared-tables.ts';
import { quote } from './ddl.ts';

/** One transaction in one schema. */
export class Session {
  readonly schema: string;
  readonly client: pg.ClientBase;
  readonly declared: DeclaredTables;

  constructor(client: pg.ClientBase, schema: string, declared: DeclaredTables) {
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

  /** Whether a statement succeeds. If not, the transaction goes on as if it had not been tried. */
  async succeeds(sql: string): Promise<boolean> {
    await this.run('SAVEPOINT probe');
    try {
      await this.run(sql, 'RELEASE probe');
      return true;
    } catch (error) {
      // Without the connection this fails as well, and tells why.
      await this.run('ROLLBACK TO probe; RELEASE probe');
      if (isOfData(error)) return false;
      throw error;
    }
  }

  /** A table of this schema, quoted. */
  name(table: string): string {
    return `${quote(this.schema)}.${quote(table)}`;
  }
}

/** Class 22: https://www.postgresql.org/docs/current/errcodes-appendix.html */
function isOfData(error: unknown): boolean {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' && code.startsWith('22');
}
