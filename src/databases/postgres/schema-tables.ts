import type pg from 'pg';
import { LEDGER, LEDGER_LIST } from '../../schema/ledger-tables.ts';
import type { Table } from '../../schema/table.ts';
import { TABLE_LIST } from '../../schema/tables.ts';
import { schemaVersionRow } from '../../schema/version.ts';
import { type KnownTables, knownTables } from './appendable.ts';
import { createTable, quote, quoteText } from './ddl.ts';
import { lockOfSchema } from './locks.ts';

const DECLARED: readonly Table[] = [...TABLE_LIST, ...LEDGER_LIST];

/** Which of the declared tables a schema has, and which of them are as they were declared. */
export class SchemaTables {
  private readonly dbSchema: string;
  private existing = new Set<string>();
  private known: KnownTables = { encodable: new Set(), appendable: new Set() };

  constructor(dbSchema: string) {
    this.dbSchema = dbSchema;
  }

  readonly exists = (name: string): boolean => this.existing.has(name);

  isAppendable({ name }: Table): boolean {
    return this.known.appendable.has(name);
  }

  isEncodable({ name }: Table): boolean {
    return this.known.encodable.has(name);
  }

  missing(): readonly Table[] {
    return DECLARED.filter((table) => !this.existing.has(table.name));
  }

  async refresh(client: pg.ClientBase): Promise<void> {
    const found = await client.query<{ tablename: string }>('SELECT tablename FROM pg_tables WHERE schemaname = $1', [
      this.dbSchema,
    ]);
    this.existing = new Set(found.rows.map((row) => row.tablename));
    this.known = await knownTables(client, this.dbSchema);
  }

  /** Inside a transaction. Resolves with the tables that were missing. */
  async createMissing(client: pg.ClientBase): Promise<readonly string[]> {
    // Two first runs at once: the second waits here and then finds the tables.
    await client.query(lockOfSchema(this.dbSchema));
    await this.refresh(client);
    const created = this.missing();
    if (created.length > 0) await this.create(client, created);
    return created.map((table) => table.name);
  }

  private async create(client: pg.ClientBase, tables: readonly Table[]): Promise<void> {
    const found = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [this.dbSchema]);
    if (found.rows.length === 0) await client.query(`CREATE SCHEMA ${quote(this.dbSchema)}`);
    await client.query(tables.flatMap((table) => createTable(table, this.dbSchema)).join(';\n'));
    const row = schemaVersionRow();
    const values = [row['version'], row['description'], row['checksum']].map((value) => quoteText(String(value)));
    await client.query(
      `INSERT INTO ${quote(this.dbSchema)}.${quote(LEDGER.schemaVersion.name)} (version, description, checksum, applied_at)
       VALUES (${values.join(', ')}, now()) ON CONFLICT DO NOTHING`,
    );
  }

  /** Columns that no declaration knows, and that hold a value in some row, as `table.column`. */
  async undeclaredColumns(client: pg.ClientBase, real: (table: Table) => string): Promise<readonly string[]> {
    const undeclared: string[] = [];
    for (const table of TABLE_LIST.filter(({ name }) => this.existing.has(name))) {
      const columns = await client.query<{ name: string }>(
        'SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum',
        [real(table)],
      );
      for (const { name } of columns.rows.filter((column) => !(column.name in table.columns))) {
        const sql = `SELECT 1 FROM ${real(table)} WHERE ${quote(name)} IS NOT NULL LIMIT 1`;
        if ((await client.query(sql)).rows.length > 0) undeclared.push(`${table.name}.${name}`);
      }
    }
    return undeclared;
  }

  /** Declared columns that an existing table lacks, as `table.column`. */
  async missingColumns(client: pg.ClientBase): Promise<readonly string[]> {
    const found = await client.query<{ place: string }>(
      "SELECT table_name || '.' || column_name AS place FROM information_schema.columns WHERE table_schema = $1",
      [this.dbSchema],
    );
    const real = new Set(found.rows.map((row) => row.place));
    return DECLARED.filter((table) => this.existing.has(table.name))
      .flatMap((table) => Object.keys(table.columns).map((name) => `${table.name}.${name}`))
      .filter((place) => !real.has(place));
  }
}
