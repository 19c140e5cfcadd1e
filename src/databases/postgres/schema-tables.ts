import type pg from 'pg';
import type { Shape } from '../../schema/comparison/shape.ts';
import type { DeclaredTables } from '../../schema/declared-tables.ts';
import type { LedgerPlace } from '../../schema/ledger-place.ts';
import { LEDGER, LEDGER_LIST } from '../../schema/ledger-tables.ts';
import type { Table } from '../../schema/table.ts';
import { placeIn, schemasOf, type TablePlace } from '../../schema/table-place.ts';
import { type ZoneClock, zoneClock } from '../../time/zone-clock.ts';
import type { OpenOptions } from '../target.ts';
import { createTables, quote, quotePlace } from './ddl.ts';
import { AS_DECLARED, type KnownTable, knownTable, plannedTable } from './known-table.ts';
import {
  createLedger,
  createSchema,
  type LedgerOptions,
  type LocatedLedger,
  locateLedger,
  takeOverLedger,
} from './ledger.ts';
import { linkTypes } from './link-types.ts';
import { lockOfLedgers, lockOfSchema } from './locks.ts';
import { isTable, keyOf, type Relation, relationsOf } from './relations.ts';
import { rowSource } from './row-source.ts';
import { Session } from './session.ts';
import { shapeOf } from './shape.ts';
import { insertVersion } from './versions.ts';
import { assertSameRules } from './zones.ts';

/** Which of the declared tables are there, what they do with rows, and where the ledger is. */
export class SchemaTables {
  private readonly options: LedgerOptions;
  private readonly declared: DeclaredTables;
  private relations: ReadonlyMap<string, Relation> = new Map();
  private known: ReadonlyMap<string, KnownTable> = new Map();
  /** Those that are not there yet. */
  private planned: ReadonlyMap<string, KnownTable> = new Map();
  private located: LocatedLedger | undefined;

  private readonly clock: ZoneClock | undefined;

  constructor(options: LedgerOptions & Pick<OpenOptions, 'declared' | 'databaseZone'>) {
    this.options = options;
    this.declared = options.declared;
    this.clock = zoneClock(options.databaseZone);
  }

  /** Before anything is read by the clock of a zone. */
  async open(client: pg.ClientBase): Promise<void> {
    if (this.clock) await assertSameRules(client, this.clock);
    await this.refresh(client);
  }

  /** Of the application's own tables. */
  readonly exists = (name: string): boolean => this.known.has(name);

  readonly of = (table: Table): KnownTable => {
    if (this.ledger.stored(table) !== undefined) return AS_DECLARED;
    return this.known.get(table.name) ?? this.planned.get(table.name) ?? AS_DECLARED;
  };

  /** Tables that an application made, and keeps no index of what tells records apart. */
  unindexedOf(tables: Iterable<Table>): ReadonlySet<Table> {
    return new Set([...tables].filter((table) => this.exists(table.name) && !this.of(table).isIndexed));
  }

  /** Those without rows, or that are not there. */
  async emptyOf(client: pg.ClientBase, tables: Iterable<Table>): Promise<ReadonlySet<Table>> {
    const empty = new Set(tables);
    for (const table of [...empty].filter(({ name }) => this.exists(name)))
      if ((await client.query(`SELECT 1 FROM ${this.real(table)} LIMIT 1`)).rows.length > 0) empty.delete(table);
    return empty;
  }

  /** Where its rows are read from, with the declared columns under their names. */
  readonly rows = (table: Table): string => {
    const rowKeys = this.isThere(LEDGER.rowKeys) ? this.real(LEDGER.rowKeys) : undefined;
    const above = table.link && this.rows(this.declared.get(table.link.table));
    return rowSource(table, { table: this.real(table), known: this.of(table), above, rowKeys, isShadow: false });
  };

  get ledger(): LedgerPlace {
    return this.locatedLedger.place;
  }

  private get locatedLedger(): LocatedLedger {
    if (this.located === undefined) throw new TypeError('the tables were not looked for');
    return this.located;
  }

  get hasLedger(): boolean {
    return this.locatedLedger.isThere;
  }

  /** Where a table is, or is to be. */
  placeOf(table: Table): TablePlace {
    const { dbSchema } = this.options;
    const stored = this.ledger.stored(table);
    if (stored === undefined) return placeIn(dbSchema, table.name);
    return { schema: this.ledger.schema ?? dbSchema, name: stored.name };
  }

  readonly real = (table: Table): string => quotePlace(this.placeOf(table));

  readonly isThere = (table: Table): boolean => {
    const relation = this.relations.get(keyOf(this.placeOf(table)));
    return relation !== undefined && isTable(relation);
  };

  /** Whether something is to be done: tables are to be created, or a ledger of an older version is to be moved. */
  isUnfinished(tables: readonly Table[]): boolean {
    return this.missing(tables).length > 0 || this.locatedLedger.moveTo !== undefined;
  }

  /** Of these tables and of the ledger. One of an older version gets no more tables until it is moved: its schema may be of others. */
  private missing(tables: readonly Table[]): readonly Table[] {
    const { place, isThere } = this.locatedLedger;
    const ofLedger = isThere && place.naming === 'former' ? [] : LEDGER_LIST;
    return [...tables, ...ofLedger].filter((table) => !this.isThere(table));
  }

  async refresh(client: pg.ClientBase): Promise<void> {
    this.located = await locateLedger(client, this.options);
    const { list } = this.declared;
    this.relations = await relationsOf(
      client,
      this.options.dbSchema,
      [...list, ...LEDGER_LIST].map((table) => this.placeOf(table)),
    );
    const known = new Map<string, KnownTable>();
    for (const table of list) {
      const relation = this.relations.get(keyOf(this.placeOf(table)));
      if (relation && isTable(relation))
        known.set(table.name, knownTable(table, relation, this.clock, known.get(table.link?.table ?? '')));
    }
    this.known = known;
    const missing = list.filter(({ name }) => !known.has(name));
    this.planned = new Map(missing.map((table) => [table.name, plannedTable(table, this.linkType, this.clock)]));
  }

  private get linkType(): ReturnType<typeof linkTypes> {
    return linkTypes(this.declared, this.relations, this.options.dbSchema);
  }

  async examine(client: pg.ClientBase): Promise<Shape> {
    const session = new Session(client, this.options.dbSchema, this.declared, this.clock);
    const shape = await shapeOf(session, this.ledger, this.relations);
    if (shape.taken.size + shape.ledger.taken.size === 0) return shape;
    // Another first run may have created the tables since they were looked for.
    await this.refresh(client);
    return shapeOf(session, this.ledger, this.relations);
  }

  /** Inside a transaction. Resolves with the names of the tables that were missing. */
  async createMissing(client: pg.ClientBase, tables: readonly Table[]): Promise<readonly string[]> {
    const { dbSchema } = this.options;
    // Two first runs at once: the second waits here and then finds the tables.
    for (const schema of schemasOf(dbSchema, tables).toSorted()) await client.query(lockOfSchema(schema));
    await client.query(lockOfLedgers());
    await this.refresh(client);
    const { place, moveTo } = this.locatedLedger;
    if (moveTo && (await takeOverLedger(client, place, moveTo, dbSchema))) await this.refresh(client);
    const missing = this.missing(tables);
    if (missing.length === 0) return [];
    const own = missing.filter((table) => tables.includes(table));
    for (const schema of schemasOf(dbSchema, own)) await createSchema(client, schema);
    const sql = createTables(own, dbSchema, this.linkType).join(';\n');
    if (sql !== '') await client.query(sql);
    const ofLedger = missing.filter((table) => !tables.includes(table));
    await createLedger(client, this.locatedLedger, ofLedger, dbSchema);
    await insertVersion(new Session(client, dbSchema, this.declared), this.ledger, null);
    return missing.map((table) => this.ledger.title(table));
  }

  /** When all tables are there. What the ledger knows of the rows of a table without a key is nothing where none is left. */
  async begin(client: pg.ClientBase): Promise<void> {
    await this.refresh(client);
    const emptied = await this.emptyOf(
      client,
      this.declared.list.filter((table) => this.of(table).isUnkeyed),
    );
    const sql = `DELETE FROM ${this.real(LEDGER.rowKeys)} WHERE table_name = ANY ($1)`;
    if (emptied.size > 0) await client.query(sql, [[...emptied].map(({ name }) => name)]);
  }

  /** Columns that no declaration knows, and that hold a value in some row, as `table.column`. */
  async undeclaredColumns(client: pg.ClientBase): Promise<readonly string[]> {
    const undeclared: string[] = [];
    for (const table of this.declared.list.filter(({ name }) => this.exists(name))) {
      const columns = await client.query<{ name: string }>(
        'SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum',
        [this.real(table)],
      );
      const { columns: stored, link } = this.of(table);
      const held = new Set([...[...stored.values()].map((each) => each.name), link?.name]);
      const isDeclared = (name: string): boolean => held.has(name) || name in table.columns;
      for (const { name } of columns.rows.filter((column) => !isDeclared(column.name))) {
        const sql = `SELECT 1 FROM ${this.real(table)} WHERE ${quote(name)} IS NOT NULL LIMIT 1`;
        if ((await client.query(sql)).rows.length > 0) undeclared.push(`${table.name}.${name}`);
      }
    }
    return undeclared;
  }
}
