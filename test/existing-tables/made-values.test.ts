import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PRODUCTS } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { declared, world } from './world.ts';

// Values that the table makes by itself are nobody's change.

test.each(PRODUCTS)(
  'a column that %s computes, and of which records say nothing, is no difference',
  async (product) => {
    const { run, root, rows, cli, runs, change, query } = await world(
      product,
      declared({ id: 'integer', score: 'integer', doubled: 'integer' }),
      [
        { id: 1, score: 2 },
        { id: 2, score: 3, doubled: 6 },
      ],
      'CREATE TABLE u (id bigint PRIMARY KEY, score int, doubled int GENERATED ALWAYS AS (score * 2) STORED)',
      'INSERT INTO u VALUES (1, 1)',
    );
    expect((await run()).exitCode).toBe(0);
    for (const words of [[root], ['--ledger']]) expect(await cli('verify', ...words)).toMatchObject({ code: 0 });
    expect((await run({ reload: true })).tables['u']?.unchanged).toBe(2);
    change([
      { id: 1, score: 2 },
      { id: 2, score: 3 },
      { id: 3, score: 4 },
    ]);
    expect((await run()).exitCode).toBe(0);
    for (const words of [[root], ['--ledger']]) expect(await cli('verify', ...words)).toMatchObject({ code: 0 });
    await query('UPDATE u SET score = 9 WHERE id = 3');
    for (const words of [[root], ['--ledger']]) expect(await cli('verify', ...words)).toMatchObject({ code: 5 });
    await query('UPDATE u SET score = 4 WHERE id = 3');
    for (const id of await runs()) expect(await cli('undo', id, '--yes')).toMatchObject({ code: 0 });
    expect((await rows('u')).map(({ id, score }) => [Number(id), score])).toEqual([[1, 1]]);
  },
);

const TRIGGERS = {
  PostgreSQL: [
    `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := '2030-01-01'; RETURN NEW; END $$`,
    'CREATE TRIGGER touched BEFORE UPDATE ON u FOR EACH ROW EXECUTE FUNCTION touch()',
  ],
  SQLite: [
    `CREATE TRIGGER touched AFTER UPDATE OF name ON u BEGIN UPDATE u SET updated_at = '2030-01-01 00:00:00.000000' WHERE id = NEW.id; END`,
  ],
};

test.each(PRODUCTS)('the time of the last change that a trigger of %s sets is no difference', async (product) => {
  const { run, root, cli, query } = await world(
    product,
    declared({ id: 'integer', name: 'text', updated_at: 'timestamp' }),
    [{ id: 1, name: 'new', updated_at: '2024-01-01T00:00:00Z' }],
    `CREATE TABLE u (id bigint PRIMARY KEY, name text, updated_at ${product === 'SQLite' ? 'TEXT' : 'timestamptz'})`,
    "INSERT INTO u VALUES (1, 'old', '2020-01-01 00:00:00.000000')",
    ...TRIGGERS[product],
  );
  expect((await run()).tables['u']?.updated).toBe(1);
  for (const words of [[root], ['--ledger']]) expect(await cli('verify', ...words)).toMatchObject({ code: 0 });
  await query("UPDATE u SET name = 'other'");
  for (const words of [[root], ['--ledger']]) expect(await cli('verify', ...words)).toMatchObject({ code: 5 });
});

test.each(PRODUCTS)(
  'a record that was not unique, and was corrected for retry, is none for verify of %s',
  async (product) => {
    const { run, root, cli } = await world(
      product,
      declared({ id: 'integer', mail: 'text' }),
      [
        { id: 1, mail: 'a' },
        { id: 2, mail: 'a' },
      ],
      'CREATE TABLE u (id bigint PRIMARY KEY, mail text UNIQUE)',
    );
    const rejects = join(plant(), 'rejects');
    expect((await run({ rejects })).exitCode).toBe(1);
    const files = readdirSync(rejects, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('0002.json'),
    );
    const path = join(rejects, files[0] ?? '');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"a"', '"b"'));
    expect(await cli('retry', rejects)).toMatchObject({ code: 0 });
    expect(await cli('verify', root)).toMatchObject({ code: 0 });
    expect(await cli('verify', '--ledger')).toMatchObject({ code: 0 });
  },
);
