import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FAILPOINTS } from '../setup/killed-loads.ts';
import { startCli } from '../setup/running-cli.ts';
import { PRODUCTS } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';
import { type Declaration, world } from './world.ts';

// Tables of an application in which nothing tells rows apart.

const DECLARATION = {
  datasets: {
    log: {
      files: '*.json',
      key: 'none',
      columns: { at: 'timestamp', level: 'text', cost: 'decimal(6,2)', more: 'json' },
      rest: 'reject',
    },
  },
} as Declaration;

const RECORDS = [
  { at: '2024-01-01T00:00:00Z', level: 'a', cost: '1.5', more: { x: [1] } },
  { at: '2024-01-02T00:00:00Z', level: 'b', cost: '2' },
  { at: '2024-01-02T00:00:00Z', level: 'b', cost: '2' },
];

const log = async (product: (typeof PRODUCTS)[number], declaration = DECLARATION, records: unknown = RECORDS) => {
  const [time, json] = product === 'SQLite' ? ['TEXT', 'JSON'] : ['timestamptz', 'json'];
  const made = await world(
    product,
    declaration,
    records,
    `CREATE TABLE log (at ${time}, level varchar(10) NOT NULL DEFAULT 'info', cost numeric(6,2), more ${json}, seen int DEFAULT 0)`,
    "INSERT INTO log (level) VALUES ('own')",
  );
  const levels = async (): Promise<readonly unknown[]> =>
    (await made.query('SELECT level FROM log ORDER BY level')).map(({ level }) => level);
  return { ...made, levels };
};

test.each(PRODUCTS)('a file is loaded once into a table of %s without a key, and taken back', async (product) => {
  const { run, root, cli, levels, runs, change } = await log(product);
  const dry = await run({ dryRun: true });
  const first = await run();
  expect([first.exitCode, first.rejects, first.tables, first.warnings.map(({ code }) => code)]).toEqual([
    0,
    [],
    dry.tables,
    ['no-key'],
  ]);
  expect(first.tables['log']).toMatchObject({ inserted: 3, updated: 0 });
  expect(await levels()).toEqual(['a', 'b', 'b', 'own']);
  for (const words of [[root], ['--ledger']]) expect(await cli('verify', ...words)).toMatchObject({ code: 0 });

  for (const more of [{}, { reload: true }, { rehash: true }]) {
    const again = await run(more);
    expect([again.exitCode, again.files.map(({ status }) => status)]).toEqual([0, ['unchanged']]);
  }
  change([...RECORDS, { level: 'new' }]);
  for (const more of [{ dryRun: true }, {}, {}, { reload: true }]) {
    const changed = await run(more);
    expect([changed.exitCode, changed.rejects.map(({ code }) => code)]).toEqual([1, ['loaded-before']]);
  }
  change(RECORDS);
  expect((await run()).exitCode).toBe(0);
  grow(root, { 'more.json': [{ level: 'new' }, { level: 'b', at: '2024-01-02T00:00:00Z', cost: 2 }] });
  expect((await run()).exitCode).toBe(0);
  expect(await levels()).toEqual(['a', 'b', 'b', 'b', 'new', 'own']);
  for (const words of [[root], ['--ledger']]) expect(await cli('verify', ...words)).toMatchObject({ code: 0 });

  const all = await runs();
  expect(await cli('undo', String(all.at(-1)), '--yes')).toMatchObject({ code: 0 });
  expect(await levels()).toEqual(['b', 'new', 'own']);
  expect((await run()).tables['log']).toMatchObject({ inserted: 3 });
  expect(await levels()).toEqual(['a', 'b', 'b', 'b', 'new', 'own']);
});

test.each(PRODUCTS)('a file of which %s has a part goes on where it stopped', async (product) => {
  const { run, change, levels, query } = await log(product, DECLARATION, [...RECORDS, { level: 'much too long' }]);
  const dry = await run({ dryRun: true });
  const first = await run();
  expect([first.exitCode, first.tables, first.rejects.map(({ code, record }) => [code, record])]).toEqual([
    1,
    dry.tables,
    [['does-not-fit', 4]],
  ]);
  await query("UPDATE log SET level = 'c' WHERE level = 'a'");
  for (const more of [{ dryRun: true }, {}]) {
    const again = await run(more);
    expect(again.rejects).toEqual(first.rejects);
    expect(again.tables['log']).toMatchObject({ inserted: 0, unchanged: 3 });
  }
  change([...RECORDS, { level: 'short' }]);
  expect((await run()).rejects.map(({ code }) => code)).toEqual(['loaded-before']);
  expect((await run({ exclude: ['u.json'] })).exitCode).toBe(1);
  expect((await run()).rejects.map(({ code }) => code)).toEqual(['loaded-before']);
  expect(await levels()).toEqual(['b', 'b', 'c', 'own']);
});

test.each(PRODUCTS)('a corrected record is loaded by retry into a table of %s without a key', async (product) => {
  const { run, cli, levels } = await log(product, DECLARATION, [...RECORDS, { level: 'much too long' }]);
  const rejects = join(plant(), 'rejects');
  expect((await run({ rejects })).exitCode).toBe(1);
  const path = readdirSync(rejects, { recursive: true, encoding: 'utf8' }).find((each) => each.endsWith('4.json'));
  grow(rejects, { [String(path)]: { level: 'short' } });
  for (const loaded of [1, 0]) {
    const { code, stdout } = await cli('retry', rejects, '--json');
    expect([code, JSON.parse(stdout).tables.log.inserted]).toEqual([0, loaded]);
  }
  expect(await levels()).toEqual(['a', 'b', 'b', 'own', 'short']);
});

test.each(PRODUCTS)('a table of %s without a key that was emptied is loaded again', async (product) => {
  const { run, levels, query } = await log(product);
  expect((await run()).exitCode).toBe(0);
  await query('DELETE FROM log');
  const dry = await run({ dryRun: true });
  expect(dry.tables['log']).toMatchObject({ inserted: 3 });
  expect((await run({ batchBytes: 65_536 })).tables).toEqual(dry.tables);
  expect(await levels()).toEqual(['a', 'b', 'b']);
  expect((await run()).tables['log']).toMatchObject({ inserted: 0, unchanged: 3 });
});

test.each(PRODUCTS)('what the application does with rows of %s is seen by verify and undo', async (product) => {
  const { run, root, cli, levels, query, runs } = await log(product);
  expect((await run()).exitCode).toBe(0);
  await query("INSERT INTO log (level) VALUES ('b')", "UPDATE log SET level = 'z' WHERE level = 'a'");
  if (product === 'SQLite') await query("DELETE FROM log WHERE level = 'own'", 'VACUUM');
  for (const words of [[root], ['--ledger']]) expect(await cli('verify', ...words)).toMatchObject({ code: 5 });
  expect((await run()).tables['log']).toMatchObject({ inserted: 0 });
  await query("UPDATE log SET seen = 1 WHERE cost = 2 AND level = 'b'");
  const [one] = (await runs()).slice(-1);
  expect((await cli('undo', String(one), '--yes')).code).toBe(1);
  expect((await levels()).filter((level) => level !== 'own')).toEqual(['b', 'b', 'b', 'z']);
});

test.each(PRODUCTS)('a load into %s that is killed goes on without doubling a row', async (product) => {
  const many = Array.from({ length: 20_000 }, (_, at) => ({ level: `l${at % 7}`, cost: at % 100 }));
  const { url, root, config, levels } = await log(product, DECLARATION, many);
  // After the commit of some batch of several.
  const env = {
    FAILPOINT_UNDER: '/nowhere',
    FAILPOINT_AT: product === 'SQLite' ? '13' : '16',
    FAILPOINT_WITH: 'SIGKILL',
  };
  const words = ['run', root, '--to', url, '--config', config, '--batch-bytes', '65536', '--quiet'];
  expect((await startCli(words, { cwd: plant(), env, node: ['--import', FAILPOINTS] }).ended).code).toBe(137);
  const stopped = (await levels()).length;
  expect([stopped > 1, stopped <= many.length]).toEqual([true, true]);
  expect((await startCli(words, { cwd: plant() }).ended).code).toBe(0);
  expect((await levels()).join()).toBe([...many.map(({ level }) => level), 'own'].sort().join());
});

test.each(PRODUCTS)('an export from a table of %s without a key loads as the same rows elsewhere', async (product) => {
  const { run, url, config, levels, query } = await log(product);
  expect((await run()).exitCode).toBe(0);
  await query('UPDATE log SET seen = NULL');
  const out = join(plant(), 'out');
  const exported = () => startCli(['export', out, '--from', url, '--config', config], { cwd: plant() }).ended;
  expect(await exported()).toMatchObject({ code: 0, stderr: expect.stringContaining('would be there twice') });
  await query("DELETE FROM log WHERE level = 'own'");
  rmSync(out, { recursive: true });
  expect(await exported()).toMatchObject({ code: 0 });
  const other = await log(product);
  await other.query('DELETE FROM log');
  const words = ['run', out, '--to', other.url, '--config', config];
  expect(await startCli(words, { cwd: plant() }).ended).toMatchObject({ code: 0 });
  expect(await other.levels()).toEqual(await levels());
});

test.each(PRODUCTS)('a table of %s without a key needs a declaration that says so', async (product) => {
  const { key: _key, ...keyed } = (DECLARATION.datasets as Record<string, Record<string, unknown>>)['log'] ?? {};
  const { run, cli, query } = await log(product, { datasets: { log: keyed } } as Declaration);
  const refused = await run();
  expect([refused.exitCode, refused.error]).toEqual([5, expect.stringContaining('key: none')]);
  await query('CREATE UNIQUE INDEX one ON log (at, level)');
  expect((await run()).error).toContain('write key: [at, level]');
  expect((await cli('schema', 'check')).stdout).toContain('key: [at, level]');
});

test.each(PRODUCTS)(
  'undo of many rows without a key goes through the table of %s a few times, not once a row',
  async (product) => {
    const records = Array.from({ length: 5000 }, (_, n) => ({ at: '2024-01-01T00:00:00Z', level: `l${n % 700}` }));
    const { run, cli, runs, levels } = await log(product, DECLARATION, records);
    expect((await run()).tables['log']).toMatchObject({ inserted: 5000 });
    expect(await cli('undo', (await runs())[0] ?? '', '--yes')).toMatchObject({ code: 0 });
    expect(await levels()).toEqual(['own']);
  },
);
