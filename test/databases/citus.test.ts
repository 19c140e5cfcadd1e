import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { citusStatements, citusTable } from '../../src/databases/postgres/citus.ts';
import { column, type Table } from '../../src/schema/table.ts';
import { BUILT_IN, TABLE_LIST, TABLES } from '../setup/built-in.ts';
import { runCli } from '../setup/cli.ts';
import { type FreshPostgres, freshPostgres } from '../setup/databases.ts';
import { load } from '../setup/load.ts';
import { spreadFiles } from '../setup/spread-files.ts';
import { digestOf, freshTarget, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const distributed = TABLE_LIST.filter(({ distributedBy }) => distributedBy !== undefined);

/** Citus itself comes from no npm package: functions of these names that do nothing, so that the statements run. */
const STUBS = [
  'CREATE FUNCTION create_reference_table(name regclass) RETURNS void LANGUAGE sql AS $$ $$',
  `CREATE FUNCTION create_distributed_table(name regclass, by text, colocate_with text DEFAULT 'default')
    RETURNS void LANGUAGE sql AS $$ $$`,
];

/** https://docs.citusdata.com/en/stable/develop/reference_ddl.html */
describe('the tables for Citus keep its rules', () => {
  test.each(distributed.map((table) => [table.name, table] as const))('%s', (_name, table) => {
    const by = table.distributedBy ?? '';
    const { primaryKey, naturalKey, unique = [] } = citusTable(table, BUILT_IN.tables);
    for (const key of [primaryKey, naturalKey, ...unique]) expect(key, 'each unique key has the column').toContain(by);
    expect(naturalKey, 'what the loader compares by').toEqual(table.naturalKey);
    const isNeverNull = column(table, by).notNull === true || table.primaryKey.includes(by);
    expect(isNeverNull, 'the column is never NULL').toBe(true);
  });

  test('foreign keys lead to reference tables, or from distribution column to distribution column of the same type', () => {
    const kept: string[] = [];
    for (const table of TABLE_LIST.map((table) => citusTable(table, BUILT_IN.tables))) {
      for (const name of Object.keys(table.columns)) {
        const declared = column(table, name);
        const target: Table | undefined = BUILT_IN.tables.referenced(declared);
        if (target?.distributedBy === undefined) continue;
        kept.push(`${table.name}.${name}`);
        const key = column(target, target.distributedBy);
        expect([name, declared.type, declared.max]).toEqual([table.distributedBy, key.type, key.max]);
        expect(declared.references?.onDelete, 'a distribution column is not set to NULL').toBe('cascade');
      }
    }
    expect(kept).toEqual(['messages.conversation_id']);
  });

  test('only one foreign key is left out', () => {
    const refers = (table: Table) =>
      Object.keys(table.columns)
        .filter((name) => column(table, name).references)
        .map((name) => `${table.name}.${name}`);
    const kept = new Set(TABLE_LIST.map((table) => citusTable(table, BUILT_IN.tables)).flatMap(refers));
    expect(TABLE_LIST.flatMap(refers).filter((name) => !kept.has(name))).toEqual(['model_predictions.metrics_id']);
  });

  test('every table is distributed once, behind those that it refers to', () => {
    const statements = citusStatements('public', BUILT_IN.tables, []).filter((statement) =>
      statement.startsWith('SELECT create_'),
    );
    expect(statements).toHaveLength(TABLE_LIST.length);
    expect(statements).toContain(`SELECT create_reference_table('"public"."users"')`);
    expect(statements).toContain(`SELECT create_distributed_table('"public"."metrics"', 'source')`);
    expect(statements).toContain(
      `SELECT create_distributed_table('"public"."messages"', 'conversation_id', colocate_with => '"public"."conversations"')`,
    );
    const place = (table: Table) => statements.findIndex((statement) => statement.includes(`."${table.name}"'`));
    for (const table of TABLE_LIST) {
      for (const each of Object.values(citusTable(table, BUILT_IN.tables).columns)) {
        const target = BUILT_IN.tables.referenced(each);
        if (target) expect(place(target)).toBeLessThan(place(table));
      }
    }
  });
});

describe('schema print --distribute citus', () => {
  let target: FreshPostgres;
  beforeAll(async () => {
    target = await freshPostgres();
  });
  afterAll(() => target.drop());

  test('is SQL that PostgreSQL takes, and a load into these tables gives the same rows', async () => {
    const printed = await runCli(['schema', 'print', '--database', 'postgres', '--distribute', 'citus']);
    expect(printed).toMatchObject({ code: 0, stderr: '' });
    await queryTarget(target.url, ...STUBS, printed.stdout);
    const root = plant(spreadFiles(3));
    const plain = await freshTarget('SQLite');
    await load(root, plain.url);
    expect((await load(root, target.url)).exitCode).toBe(0);
    expect(await digestOf(target.url)).toBe(await digestOf(plain.url));
    const again = await load(root, target.url, { reload: true });
    expect(Object.values(again.tables).every(({ inserted, updated }) => inserted + updated === 0)).toBe(true);
    expect(Object.keys(again.tables)).toEqual(expect.arrayContaining([TABLES.messages.name, TABLES.metrics.name]));
    await plain.drop();
  });

  test('is refused for SQLite', async () => {
    const refused = await runCli(['schema', 'print', '--database', 'sqlite', '--distribute', 'citus']);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--distribute is for PostgreSQL')]);
  });
});
