import type pg from 'pg';
import type { Shape } from '../../schema/adoption/shape.ts';
import type { DeclaredTables } from '../../schema/declared-tables.ts';
import { LEDGER, LEDGER_LIST } from '../../schema/ledger-tables.ts';
import type { Table } from '../../schema/table.ts';
import { schemaVersionRow } from '../../schema/version.ts';
import { AS_DECLARED, type KnownTable, knownTable } from './appendable.ts';
import { createTable, quote, quoteText } from './ddl.ts';
import { lockOfSchema } from './locks.ts';
import { isTable, type Relation, relationsOf } from './relations.ts';
import { Session } from './session.ts';
import { shapeOf } from './shape.ts';

/** Which of the declared tables a schema has, and what they do with rows. */
export class SchemaTables {
  private readonly dbSchema: string;
  private readonly declared: DeclaredTables;
  private readonly all: readonly Table[];
  private relations: ReadonlyMap<string, Relation> = new Map();
  private known: ReadonlyMap<string, KnownTable> = new Map();

  constructor(dbSchema: string, declared: DeclaredTables) {
    this.dbSchema = dbSchema;
    this.declared = declared;
    this.all = [...declared.list, ...LEDGER_LIST];
  }

  readonly exists = (name: string): boolean => this.known.has(name);

  readonly of = ({ name }: Table): KnownTable => this.known.get(name) ?? AS_DECLARED;

  /** Of these tables and of the ledger. */
  missing(tables: readonly Table[]): readonly Table[] {
    return [...tables, ...LEDGER_LIST].filter((table) => !this.exists(table.name));
  }

  async refresh(client: pg.ClientBase): Promise<void> {
    const names = this.all.map(({ name }) => name);
    this.relations = await relationsOf(client, this.dbSchema, names);
    const known = new Map<string, KnownTable>();
    for (const table of this.all) {
      const relation = this.relations.get(table.name);
      if (relation && isTable(relation)) known.set(table.name, knownTable(table, relation));
    }
    this.known = known;
  }

  async examine(client: pg.ClientBase): Promise<Shape> {
    const session = new Session(client, this.dbSchema, this.declared);
    const shape = await shapeOf(session, this.relations);
    if (shape.taken.size === 0) return shape;
    // Another first run may have created the tables since they were looked for.
    await this.refresh(client);
    return shapeOf(session, this.relations);
  }

  /** Inside a transaction. Resolves with the tables that were missing. */
  async createMissing(client: pg.ClientBase, tables: readonly Table[]): Promise<readonly string[]> {
    // Two first runs at once: the second waits here and then finds the tables.
    await client.query(lockOfSchema(this.dbSchema));
    await this.refresh(client);
    const created = this.missing(tables);
    if (created.length > 0) await this.create(client, created);
    return created.map((table) => table.name);
  }

  private async create(client: pg.ClientBase, tables: readonly Table[]): Promise<void> {
    const found = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [this.dbSchema]);
    if (found.rows.length === 0) await client.query(`CREATE SCHEMA ${quote(this.dbSchema)}`);
    await client.query(tables.flatMap((table) => createTable(table, this.dbSchema)).join(';\n'));
    const row = schemaVersionRow(this.declared);
    const values = [row['version'], row['description'], row['checksum']].map((value) => quoteText(String(value)));
    await client.query(
      `INSERT INTO ${quote(this.dbSchema)}.${quote(LEDGER.schemaVersion.name)} (version, description, checksum, applied_at)
       VALUES (${values.join(', ')}, now()) ON CONFLICT DO NOTHING`,
    );
  }

  /** Columns that no declaration knows, and that hold a value in some row, as `table.column`. */
  async undeclaredColumns(client: pg.ClientBase, real: (table: Table) => string): Promise<readonly string[]> {
    const undeclared: string[] = [];
    for (const table of this.declared.list.filter(({ name }) => this.exists(name))) {
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
}
