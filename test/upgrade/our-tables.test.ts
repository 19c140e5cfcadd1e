import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { declared, world } from '../existing-tables/world.ts';
import { runCli } from '../setup/cli.ts';
import { APPLICATIONS, ownTables, rowsOf, schemaOf } from '../setup/own-tables.ts';
import { PRODUCTS, type Product } from '../setup/targets.ts';

const KEPT = { rest: { to: 'extra' } };

/** A table that a run has made, and one row of it. */
async function ours(product: Product, columns: object, more: object = KEPT) {
  const made = await world(product, declared(columns, more), [{ id: 1, name: 'a', colour: 'red' }], 'SELECT 1');
  expect(await made.cli('run', made.root)).toMatchObject({ code: 0 });
  return {
    ...made,
    declare: (later: object) =>
      writeFileSync(made.config, JSON.stringify(declared({ ...columns, ...later }, more)), { mode: 0o600 }),
    upgrade: async (...words: string[]) => {
      const { code, stdout, stderr } = await made.cli('schema', 'upgrade', '--no-snapshot', '--json', ...words);
      return { code, stderr, result: stdout === '' ? undefined : JSON.parse(stdout) };
    },
  };
}

const BASE = { id: 'integer', name: 'text' };

describe.each(PRODUCTS)('%s', (product) => {
  test('a column that is declared later is added in place, as often as one is, and the next run fills it', async () => {
    const { root, cli, declare, upgrade, rows } = await ours(product, BASE);
    declare({ colour: 'text' });
    expect(await cli('run', root)).toMatchObject({ code: 5, stderr: expect.stringMatching(/u\.colour is missing/) });
    expect((await cli('schema', 'check')).stdout).toMatch(/u\.colour +is missing +schema upgrade/);
    expect(await upgrade()).toMatchObject({
      code: 0,
      result: { changes: [{ table: 'u', what: 'adds colour' }], copies: [] },
    });
    declare({
      colour: 'text',
      size: { type: 'integer', default: 7, insert_default: 7, required: true },
      seen: { type: 'timestamp', insert_default: 'now' },
    });
    expect(await upgrade()).toMatchObject({ code: 0, result: { changes: [{ table: 'u', what: 'adds size, seen' }] } });
    expect(await rows('u')).toMatchObject([{ name: 'a', colour: null, seen: null }]);
    expect((await cli('schema', 'check')).code).toBe(0);
    expect((await cli('run', root)).code).toBe(0);
    const [row] = await rows('u');
    expect([row?.['colour'], Number(row?.['size']), row?.['seen']]).toEqual(['red', 7, null]);
    expect(await upgrade()).toMatchObject({ code: 0, result: { changes: [] } });
  });

  test('a column that must have a value, and gets none, stands in the way', async () => {
    const { declare, upgrade } = await ours(product, BASE);
    declare({ size: { type: 'integer', required: true } });
    const { code, result } = await upgrade();
    expect([code, result.changes, result.obstacles]).toEqual([
      5,
      [],
      [expect.objectContaining({ code: 'cannot-be-filled', column: 'size' })],
    ]);
  });

  test('what is not required any more may be NULL, after a question', async () => {
    const { declare, upgrade, query } = await ours(product, { ...BASE, colour: { type: 'text', required: true } });
    declare({ colour: 'text' });
    const asked = await upgrade();
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringMatching(/u \(allows NULL in colour\)/)]);
    expect(await upgrade('--yes')).toMatchObject({ code: 0, result: { copies: [] } });
    await query("INSERT INTO u (id, name) VALUES (2, 'b')");
  });

  test('nothing tells whose table it is where nothing is kept: a column is added after a question', async () => {
    const { declare, upgrade, cli } = await ours(product, { ...BASE, colour: 'text' }, { rest: 'reject' });
    declare({ colour: 'text', size: 'integer' });
    expect((await cli('schema', 'check')).stdout).toMatch(
      /u\.size .*a value for it are rejected +write `column:` .* schema upgrade adds it/,
    );
    expect((await upgrade()).code).toBe(2);
    expect(await upgrade('--yes')).toMatchObject({ code: 0, result: { changes: [{ what: 'adds size' }] } });
  });

  test.each(APPLICATIONS)('the tables of %s stay as they are', async (application) => {
    const url = await ownTables(application, product);
    const names = { council: ['conversations', 'messages'], security: ['users', 'events', 'predictions'] };
    const tables = names[application as keyof typeof names] ?? [];
    const [schema, rows] = [await schemaOf(url), await rowsOf(url, tables)];
    const { code, stdout } = await runCli(['schema', 'upgrade', '--no-snapshot', '--json', '--to', url]);
    expect([code, JSON.parse(stdout).changes]).toEqual([0, []]);
    expect(await rowsOf(url, tables)).toEqual(rows);
    expect(await left(schema, url)).toEqual(schema);
  });
});

/** The part of the schema that was there before. */
async function left(before: unknown, url: string): Promise<unknown> {
  const after = await schemaOf(url);
  const known = (list: unknown): ReadonlySet<string> =>
    new Set((list as readonly object[]).map((each) => JSON.stringify(each)));
  const kept = (one: unknown, other: unknown): unknown[] =>
    (other as readonly object[]).filter((each) => known(one).has(JSON.stringify(each)));
  if (Array.isArray(before)) return kept(before, after);
  return Object.fromEntries(
    Object.entries(before as object).map(([name, list]) => [name, kept(list, Reflect.get(after as object, name))]),
  );
}
