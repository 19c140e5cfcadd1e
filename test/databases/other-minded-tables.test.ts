import { describe, expect, onTestFinished, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { createTables } from '../setup/constraints.ts';
import { conversation, measurements } from '../setup/legacy.ts';
import { type Loaded, load } from '../setup/load.ts';
import { freshTarget, PRODUCTS, type Product, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

/** A database with our tables, and what the application has changed in them. */
async function tables(product: Product, ...sql: readonly string[]): Promise<string> {
  const target = await freshTarget(product);
  onTestFinished(() => target.drop());
  await createTables(target.url);
  await queryTarget(target.url, 'SELECT 1', ...sql);
  return target.url;
}

type When = 'INSERT' | 'UPDATE' | 'DELETE';

/** What swallows rows that are written to a table, by how it is done. */
const SWALLOWS: Readonly<Record<string, (table: string, when: When) => readonly string[]>> = {
  'PostgreSQL, a trigger BEFORE': (table, when) => [
    'CREATE OR REPLACE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$',
    `CREATE TRIGGER swallow BEFORE ${when} ON ${table} FOR EACH ROW EXECUTE FUNCTION swallow()`,
  ],
  'PostgreSQL, a rule': (table, when) => [`CREATE RULE swallow AS ON ${when} TO ${table} DO INSTEAD NOTHING`],
  'SQLite, a trigger BEFORE': (table, when) => [
    `CREATE TRIGGER swallow BEFORE ${when} ON ${table} BEGIN SELECT RAISE(IGNORE); END`,
  ],
};

/** What takes a row away after it was inserted. */
const REMOVES: Readonly<Record<Product, (table: string) => readonly string[]>> = {
  PostgreSQL: (table) => [
    `CREATE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM ${table} WHERE id = NEW.id; RETURN NULL; END $$`,
    `CREATE TRIGGER take AFTER INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION take()`,
  ],
  SQLite: (table) => [`CREATE TRIGGER take AFTER INSERT ON ${table} BEGIN DELETE FROM ${table} WHERE id = NEW.id; END`],
};

/** What sets a column of a row to a value of its own. */
function sets(product: Product, table: string, column: string, value: string): readonly string[] {
  if (product === 'SQLite')
    return ['INSERT', 'UPDATE'].map(
      (when) => `CREATE TRIGGER sets_${when} AFTER ${when} ON ${table} WHEN NEW.${column} IS NOT ${value}
        BEGIN UPDATE ${table} SET ${column} = ${value} WHERE id = NEW.id; END`,
    );
  return [
    `CREATE FUNCTION sets() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.${column} := ${value}; RETURN NEW; END $$`,
    `CREATE TRIGGER sets BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION sets()`,
  ];
}

const ROOT = {
  'metrics/m.json': measurements(2, { source: 'web' }),
  'conversations/alice/c.json': conversation('c', ['one', 'two']),
  'users.json': [{ id: 'bob', email: 'b@example.org', username: 'bob' }],
};
const LATER = {
  'metrics/m.json': measurements(2, { source: 'web', memory_usage: 3 }),
  'conversations/alice/c.json': conversation('c', ['one', 'three'], { title: 'Later' }),
  'users.json': [{ id: 'bob', email: 'b@example.org', username: 'robert' }],
};
const FILE: Readonly<Record<string, string>> = {
  metrics: 'metrics/m.json',
  conversations: 'conversations/alice/c.json',
  messages: 'conversations/alice/c.json',
  users: 'users.json',
};

const rowsOf = (url: string, table: string) => queryTarget(url, `SELECT * FROM ${table} ORDER BY id`);
const productOf = (title: string): Product => (title.startsWith('SQLite') ? 'SQLite' : 'PostgreSQL');

function refused({ exitCode, files, tables: counts }: Loaded, table: string): void {
  expect(exitCode).toBe(1);
  const file = files.find(({ path }) => path === FILE[table]);
  expect([file?.status, file?.records.loaded]).toEqual(['failed', 0]);
  expect(file?.rejects.map(({ code }) => code)).toEqual(file?.rejects.map(() => 'database-refused'));
  expect(file?.rejects[0]?.message).toMatch(/swallows the row|changes the row|does not keep it|foreign key|23503/i);
  expect(counts[table]?.inserted ?? 0).toBe(0);
  expect(counts[table]?.updated ?? 0).toBe(0);
}

describe.each(Object.entries(SWALLOWS))('%s', (title, swallow) => {
  test.each(Object.keys(FILE))(
    'that swallows rows of %s: they are rejected, and the file is tried again',
    async (table) => {
      const url = await tables(productOf(title), ...swallow(table, 'INSERT'));
      const root = plant({ [FILE[table] ?? '']: ROOT[FILE[table] as keyof typeof ROOT] });
      for (const _again of [1, 2]) {
        refused(await load(root, url), table);
        expect(await rowsOf(url, table)).toEqual([]);
      }
      await queryTarget(
        url,
        title.includes('rule')
          ? `DROP RULE swallow ON ${table}`
          : `DROP TRIGGER swallow ${title.startsWith('SQLite') ? '' : `ON ${table}`}`,
      );
      expect((await load(root, url)).exitCode).toBe(0);
      expect(await rowsOf(url, table)).not.toEqual([]);
    },
  );

  test.each(['metrics', 'conversations', 'users'])(
    'that swallows changes of %s: nothing is called updated, and nothing undone',
    async (table) => {
      const url = await tables(productOf(title));
      const root = plant(ROOT);
      await load(root, url);
      await queryTarget(url, 'SELECT 1', ...swallow(table, 'UPDATE'));
      grow(root, LATER);
      const before = await rowsOf(url, table);
      refused(await load(root, url), table);
      expect(await rowsOf(url, table)).toEqual(before);
    },
  );

  test.each(['metrics', 'messages', 'users'])(
    'that swallows deletions of %s: undo does not say UNDONE',
    async (table) => {
      const url = await tables(productOf(title));
      const { run_id } = (await load(plant(ROOT), url)).head;
      await queryTarget(url, 'SELECT 1', ...swallow(table, 'DELETE'));
      const before = await Promise.all(Object.keys(FILE).map((each) => rowsOf(url, each)));
      const { code, stdout, stderr } = await runCli(['undo', run_id, '--yes', '--to', url]);
      expect([code, stderr]).toEqual([5, expect.stringMatching(/a trigger or a rule of the database keeps rows/)]);
      expect(stdout).not.toMatch(/UNDONE/);
      expect(await Promise.all(Object.keys(FILE).map((each) => rowsOf(url, each)))).toEqual(before);
      expect(await queryTarget(url, 'SELECT DISTINCT status FROM ledger.files')).toEqual([{ status: 'loaded' }]);
    },
  );

  test('that swallows what undo would set back: undo does not say UNDONE', async () => {
    const url = await tables(productOf(title));
    const root = plant(ROOT);
    await load(root, url);
    grow(root, LATER);
    const { run_id } = (await load(root, url)).head;
    await queryTarget(url, 'SELECT 1', ...swallow('metrics', 'UPDATE'));
    const before = await rowsOf(url, 'metrics');
    const { code, stdout } = await runCli(['undo', run_id, '--yes', '--to', url]);
    expect([code, stdout]).toEqual([5, expect.not.stringMatching(/UNDONE/)]);
    expect(await rowsOf(url, 'metrics')).toEqual(before);
  });
});

describe.each(Object.entries(SWALLOWS))('%s', (title, swallow) => {
  test('that swallows the placeholder of an owner: his records are rejected', async () => {
    const url = await tables(productOf(title), ...swallow('users', 'INSERT'));
    const loaded = await load(plant(ROOT), url);
    expect(loaded.exitCode).toBe(1);
    expect(loaded.files.map(({ path, status }) => [path, status])).toEqual([
      ['conversations/alice/c.json', 'failed'],
      ['metrics/m.json', 'loaded'],
      ['users.json', 'failed'],
    ]);
    expect(await rowsOf(url, 'conversations')).toEqual([]);
  });
});

describe.each(PRODUCTS)('in %s', (product) => {
  test.each(['metrics', 'conversations', 'users'])(
    'a trigger takes rows of %s away after they were inserted: they are rejected',
    async (table) => {
      const url = await tables(product, ...REMOVES[product](table));
      const root = plant({ [FILE[table] ?? '']: ROOT[FILE[table] as keyof typeof ROOT] });
      refused(await load(root, url), table);
      expect(await rowsOf(url, table)).toEqual([]);
    },
  );

  test.each([
    ['metrics', 'source', "'other'"],
    ['metrics', 'cpu_usage', '42'],
    ['conversations', 'title', "'other'"],
    ['users', 'username', "'other'"],
  ])('a trigger changes %s.%s: the record is rejected, and no other value stays', async (table, column, value) => {
    const url = await tables(product, ...sets(product, table, column, value));
    const root = plant({ [FILE[table] ?? '']: ROOT[FILE[table] as keyof typeof ROOT] });
    const loaded = await load(root, url);
    expect(loaded.exitCode).toBe(1);
    expect(loaded.rejects[0]?.message).toMatch(/changes the row/);
    expect(await rowsOf(url, table)).toEqual([]);
  });

  test('a trigger that keeps updated_at by itself is left to it', async () => {
    const at = product === 'SQLite' ? "'2031-01-01 00:00:00.000000'" : "'2031-01-01 00:00:00Z'";
    const url = await tables(product, ...sets(product, 'conversations', 'updated_at', at));
    const root = plant(ROOT);
    expect((await load(root, url)).exitCode).toBe(0);
    const again = await load(root, url, { reload: true });
    expect([again.exitCode, again.tables['conversations']?.inserted]).toEqual([0, 0]);
  });

  test('a trigger changes what undo sets back: undo does not say UNDONE', async () => {
    const url = await tables(product);
    const root = plant(ROOT);
    await load(root, url);
    grow(root, LATER);
    const { run_id } = (await load(root, url)).head;
    await queryTarget(url, 'SELECT 1', ...sets(product, 'metrics', 'memory_usage', '42'));
    const before = await rowsOf(url, 'metrics');
    const { code, stdout } = await runCli(['undo', run_id, '--yes', '--to', url]);
    expect([code, stdout]).toEqual([5, expect.not.stringMatching(/UNDONE/)]);
    expect(await rowsOf(url, 'metrics')).toEqual(before);
  });
});
