import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.ts';
import { load } from '../setup/load.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

// Columns of an application that hold times without a zone.

const COLUMNS = { id: 'integer', at: 'timestamp' };
const DATASETS = { u: { files: 'u.json', key: ['id'], columns: COLUMNS, rest: 'reject' } };
const TABLE = 'CREATE TABLE u (id integer PRIMARY KEY, at timestamp, name text)';

const STORED = { PostgreSQL: "to_char(at, 'YYYY-MM-DD HH24:MI:SS')", SQLite: 'substr(at, 1, 19)' };

async function world(product: (typeof PRODUCTS)[number], records: unknown, ...sql: readonly string[]) {
  const url = await freshUrl(product);
  await queryTarget(url, ...(sql.length > 0 ? sql : [TABLE]));
  const root = plant({ 'u.json': records });
  const config = join(plant(), 'migrate-json.config.json');
  writeFileSync(config, JSON.stringify({ datasets: DATASETS, databaseZone: 'Europe/Berlin' }), { mode: 0o600 });
  return {
    url,
    root,
    run: (more: object = {}) =>
      load(root, url, { datasets: DATASETS, databaseZone: 'Europe/Berlin', ...more } as never),
    cli: (...words: readonly string[]) => runCli([...words, '--config', config], { env: { DATABASE_URL: url } }),
    rows: () => queryTarget(url, `SELECT id, ${STORED[product]} AS at FROM u ORDER BY id`),
  };
}

test.each(PRODUCTS)(
  'times go into a column of %s as the clock of the application shows them, and come back',
  async (product) => {
    const records = [
      { id: 1, at: '2024-01-15T12:00:00Z' },
      { id: 2, at: '2024-07-15T12:00:00Z' },
      { id: 3, at: '2024-10-27T00:30:00Z' },
      { id: 4, at: '2024-10-27T01:30:00Z' },
      { id: 5, at: '2024-03-31T00:59:59Z' },
      { id: 6, at: '2024-03-31T01:00:00Z' },
      { id: 7, at: '1900-06-01T00:00:00Z' },
    ];
    const { run, root, cli, rows, url } = await world(product, records);
    await queryTarget(url, "INSERT INTO u (id, at) VALUES (2, '2024-07-15 14:00:00')");
    const [dry, first] = [await run({ dryRun: true }), await run()];
    for (const each of [dry, first])
      expect(each.rejects.map(({ record, code, message }) => [record, code, message])).toEqual([
        [3, 'does-not-fit', expect.stringContaining('clocks of Europe/Berlin show the time twice')],
      ]);
    expect(dry.tables).toEqual(first.tables);
    expect(await rows()).toEqual([
      { id: 1, at: '2024-01-15 13:00:00' },
      { id: 2, at: '2024-07-15 14:00:00' },
      { id: 4, at: '2024-10-27 02:30:00' },
      { id: 5, at: '2024-03-31 01:59:59' },
      { id: 6, at: '2024-03-31 03:00:00' },
      { id: 7, at: expect.stringMatching(/^1900-06-01 0[01]:/) },
    ]);
    expect((await run({ reload: true })).tables['u']).toMatchObject({ inserted: 0, updated: 0, unchanged: 6 });
    grow(root, { 'u.json': records.filter(({ id }) => id !== 3) });
    for (const words of [
      ['run', root],
      ['verify', root],
      ['verify', '--ledger'],
    ]) {
      const { code, stdout, stderr } = await cli(...words);
      expect([words.join(' '), code], stdout + stderr).toEqual([words.join(' '), 0]);
    }
    const out = join(plant(), 'out');
    const exported = await cli('export', out, '--from', url);
    expect(exported.code, exported.stdout + exported.stderr).toBe(0);
    expect((await cli('run', out, '--reload', '--json')).stdout).toMatch(/"updated": ?0/);
  },
);

test('the zone of a PostgreSQL is named where a column has none and nobody has said what its times are', async () => {
  const { run, url } = await world('PostgreSQL', [{ id: 1, at: '2024-01-15T12:00:00Z' }]);
  const [{ name } = {}] = await queryTarget(url, 'SELECT current_database() AS name');
  await queryTarget(url, `ALTER DATABASE "${String(name)}" SET TimeZone = 'Asia/Kolkata'`);
  const told = { code: 'database-zone', message: expect.stringMatching(/Asia\/Kolkata, and u\.at has none/) };
  for (const dryRun of [true, false])
    expect((await run({ databaseZone: undefined, dryRun })).warnings).toEqual([expect.objectContaining(told)]);
  expect((await run({ databaseZone: 'UTC' })).warnings).toEqual([]);
  // Another zone loads again, and moves the row.
  const moved = await run({ databaseZone: 'Asia/Kolkata' });
  expect([moved.warnings, moved.tables['u']]).toEqual([[], expect.objectContaining({ updated: 1 })]);
  expect(await queryTarget(url, "SELECT to_char(at, 'HH24:MI') AS at FROM u")).toEqual([{ at: '17:30' }]);
});

test('schema check says whose times they are; an offset counts eastwards; a zone that is none is refused', async () => {
  const { cli, run, rows } = await world('PostgreSQL', [{ id: 1, at: '2024-01-15T12:00:00Z' }]);
  expect((await cli('schema', 'check')).stdout).toContain('times are those of Europe/Berlin');
  expect((await run({ databaseZone: '+02:00' })).exitCode).toBe(0);
  expect(await rows()).toEqual([{ id: 1, at: '2024-01-15 14:00:00' }]);
  expect((await run({ databaseZone: '+02:00', reload: true })).tables['u']).toMatchObject({ unchanged: 1 });
  const { code, stderr } = await cli('run', '.', '--database-zone', 'Mars/Base');
  expect([code, stderr]).toEqual([2, expect.stringContaining('--database-zone must be UTC, an offset')]);
});
