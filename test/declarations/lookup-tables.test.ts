import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { undo } from '../../src/undo/undo.ts';
import { declaredCycle } from '../setup/declared-cycle.ts';
import { forecast, load } from '../setup/load.ts';
import { databaseIn } from '../setup/odd-databases.ts';
import { startCli } from '../setup/running-cli.ts';
import { connectTo, digestOf, freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

// What `make` must bear beside a run that nothing disturbs: rejects, undo, tampering, kills, several processes.

const posts = {
  files: 'posts/*.json',
  key: 'id',
  columns: {
    id: 'integer',
    title: 'text(5)',
    slug: { unique: true },
    topic: { references: 'topics.id', by: 'name', make: true },
  },
  children: {
    post_tags: {
      records: '/tags/*',
      order: 'none',
      key: ['post_id', 'tag_id'],
      columns: { tag_id: { from: '$value', references: 'tags.id', by: 'name', make: true } },
    },
  },
};
const datasets = { posts };

const names = async (url: string): Promise<readonly unknown[]> =>
  (await queryTarget(url, 'SELECT name FROM tags')).map(({ name }) => name).toSorted();

const verified = async (root: string, url: string, ledger: boolean) => {
  const { exit_code: code, differences } = await verify({
    ...runSettings({ root, to: url, datasets }),
    ledger,
    workers: 1,
  });
  return { code, found: differences.map(({ kind, table }) => `${kind} ${table}`).toSorted() };
};

const FINE = { code: 0, found: [] };

describe.each(PRODUCTS)('rows that are made in %s', (product) => {
  test('are not made for records that are rejected, whatever the reason', async () => {
    const url = await freshUrl(product);
    const root = plant({
      'posts/a.json': [
        { id: 1, title: 'good', slug: 'one', tags: ['a', 'b'] },
        { id: 1, title: 'other', tags: ['vain'] },
        { id: 2, title: 'too long', tags: ['vain'] },
        { id: 3, title: 'twice', slug: 'one', tags: ['twice'] },
        { id: 4, tags: ['b', 'c'], topic: 'x' },
      ],
    });
    const dry = await load(root, url, { datasets, dryRun: true });
    const run = await load(root, url, { datasets });
    expect(run.rejects.map(({ record, code }) => `${record} ${code}`).toSorted()).toEqual([
      '2 conflicting-duplicate',
      '3 too-long',
      '4 not-unique',
    ]);
    expect(forecast(dry)).toEqual(forecast(run));
    expect(await names(url)).toEqual(['a', 'b', 'c']);
    expect(run.tables['tags']).toMatchObject({ inserted: 3 });
    for (const ledger of [false, true]) expect(await verified(root, url, ledger)).toEqual(FINE);
  });

  test('stay when a run is taken back whose rows others name, and go with the last', async () => {
    const url = await freshUrl(product);
    const root = plant({ 'posts/a.json': [{ id: 1, tags: ['a', 'shared'] }] });
    await load(root, url, { datasets, runId: 'one' });
    grow(root, { 'posts/b.json': [{ id: 2, tags: ['b', 'shared'] }] });
    const planned = await load(root, url, { datasets, dryRun: true });
    const second = await load(root, url, { datasets, runId: 'two' });
    expect(forecast(second)).toEqual(forecast(planned));
    expect(second.tables['tags']).toMatchObject({ inserted: 1 });
    const settings = { ...runSettings({ root, to: url, datasets }), restoreFiles: false };
    const first = await undo({ ...settings, run: 'one' });
    expect(first.kept.map(({ table, reason, by }) => [table, reason, by])).toEqual([
      ['tags', 'referenced', 'post_tags'],
    ]);
    expect(await names(url)).toEqual(['b', 'shared']);
    await undo({ ...settings, run: 'two' });
    expect(await names(url)).toEqual(['shared']);
  });

  test('are missing when they are gone, and no surplus; the rows of others are neither', async () => {
    const url = await freshUrl(product);
    const root = plant({
      'posts/a.json': [
        { id: 1, tags: ['a', 'b'] },
        { id: 2, topic: 't' },
      ],
    });
    await load(root, url, { datasets });
    await queryTarget(url, "INSERT INTO tags (name) VALUES ('of the application')");
    for (const ledger of [false, true]) expect(await verified(root, url, ledger)).toEqual(FINE);
    await queryTarget(url, 'DELETE FROM post_tags', "DELETE FROM tags WHERE name = 'a'");
    for (const ledger of [false, true])
      expect(await verified(root, url, ledger)).toEqual({ code: 5, found: ['different posts', 'missing tags'] });
    const again = await load(root, url, { datasets, reload: true });
    expect(again.tables).toMatchObject({ tags: { inserted: 1 }, post_tags: { inserted: 2 } });
    for (const ledger of [false, true]) expect(await verified(root, url, ledger)).toEqual(FINE);
    // A name is what the source knows: another one is another row.
    await queryTarget(url, "UPDATE tags SET name = 'renamed' WHERE name = 'b'");
    expect(await verified(root, url, false)).toMatchObject({ code: 5 });
  });

  test('are filled by a record that comes later, and keep their names unique', async () => {
    const url = await freshUrl(product);
    const tags = { files: 'tags.json', key: 'name', columns: { id: 'identity', name: 'text', colour: 'text' } };
    const both = { tags, ...datasets };
    const root = plant({ 'posts/a.json': [{ id: 1, tags: ['a', 'b'] }] });
    await load(root, url, { datasets: both, runId: 'one' });
    grow(root, { 'tags.json': [{ name: 'a', colour: 'red' }] });
    const second = await load(root, url, { datasets: both, onConflict: 'fail' });
    expect(second).toMatchObject({ exitCode: 0, tables: { tags: { inserted: 0, updated: 1 } } });
    const rows = await queryTarget(url, 'SELECT name, colour FROM tags ORDER BY name');
    expect(rows).toEqual([
      { name: 'a', colour: 'red' },
      { name: 'b', colour: null },
    ]);
    await expect(queryTarget(url, "INSERT INTO tags (name) VALUES ('b')")).rejects.toThrow(/unique/i);
  });

  test('are made once by a load that is killed and started again', { timeout: 120_000 }, async () => {
    const files = Object.fromEntries(
      Array.from({ length: 60 }, (_, file) => [
        `data/posts/${file}.json`,
        Array.from({ length: 20 }, (_each, at) => ({
          id: 100 * file + at,
          topic: `topic ${(file * at) % 17}`,
          tags: [`tag ${at}`, `only ${file}`, `of ${(file + at) % 40}`],
        })),
      ]),
    );
    const cwd = plant(files);
    writeFileSync(join(cwd, 'migrate-json.config.yaml'), JSON.stringify({ datasets }));
    const clean = await freshUrl(product);
    await load(join(cwd, 'data'), clean, { datasets });
    const { tables } = runSettings({ root: cwd, to: clean, datasets }).registry;
    const digest = await digestOf(clean, tables.list, tables);
    let kills = 0;
    const url = await freshUrl(product);
    const args = ['run', 'data', '--to', url, '--json', '--quiet', '--batch-bytes', '3000'];
    for (let turn = 0; turn < 4; turn++) {
      const run = startCli(args, { cwd });
      const hasBatches = async (count: number): Promise<boolean> => {
        const rows = await queryTarget(url, 'SELECT count(*) AS count FROM ledger.batches').catch(() => []);
        return Number(rows[0]?.['count'] ?? 0) >= count;
      };
      while (run.child.exitCode === null && !(await hasBatches(3 * (turn + 1)))) await sleep(5);
      run.child.kill('SIGKILL');
      if ((await run.ended).code === 137) kills++;
    }
    const last = await startCli(args, { cwd }).ended;
    expect(last, last.stderr).toMatchObject({ code: 0 });
    expect(kills).toBeGreaterThan(0);
    expect(await digestOf(url, tables.list, tables)).toBe(digest);
    for (const ledger of [false, true]) expect(await verified(join(cwd, 'data'), url, ledger)).toEqual(FINE);
    rmSync(join(cwd, 'data'), { recursive: true });
  });
});

test('shards that make the same rows at the same time come to what one process does', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, file) => [
      `posts/${file}.json`,
      Array.from({ length: 10 }, (_each, at) => ({
        id: 100 * file + at,
        topic: `t${at}`,
        tags: [`a${at}`, `b${file % 7}`, `c${file}`],
      })),
    ]),
  );
  const root = plant(files);
  const [alone, url] = [await freshUrl('SQLite'), await freshUrl('PostgreSQL')];
  const whole = await load(root, alone, { datasets });
  const shard = (number: number) => load(root, url, { datasets, runId: 'r', shard: `${number}/3`, batchBytes: 2000 });
  const runs = await Promise.all([shard(1), shard(2), shard(3)]);
  expect(runs.map(({ error, rejects }) => [error, rejects])).toEqual(runs.map(() => [undefined, []]));
  const { tables } = runSettings({ root, to: url, datasets }).registry;
  expect(await digestOf(url, tables.list, tables)).toBe(await digestOf(alone, tables.list, tables));
  const made = runs.reduce((sum, { tables: { tags } }) => sum + (tags?.inserted ?? 0), 0);
  expect(made).toBe(whole.tables['tags']?.inserted);
  for (const ledger of [false, true]) expect(await verified(root, url, ledger)).toEqual(FINE);
});

test('a row that an application inserts at the same moment is taken, not made', async () => {
  const url = await freshUrl('PostgreSQL');
  const root = plant({ 'posts/a.json': [{ id: 1, tags: ['known'] }] });
  await load(root, url, { datasets });
  const application = await connectTo(url);
  onTestFinished(() => application.end());
  await application.query('BEGIN');
  const inserted = await application.query("INSERT INTO tags (name) VALUES ('b') RETURNING id");
  grow(root, { 'posts/b.json': [{ id: 2, tags: ['a', 'b', 'c'] }] });
  const loading = load(root, url, { datasets });
  const waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
  while ((await queryTarget(url, waits)).length === 0) await sleep(20);
  await application.query('COMMIT');
  const { error, rejects, tables } = await loading;
  expect({ error, rejects, made: tables['tags']?.inserted }).toEqual({ error: undefined, rejects: [], made: 2 });
  expect(await queryTarget(url, "SELECT id FROM tags WHERE name = 'b'")).toEqual([{ id: inserted.rows[0].id }]);
  for (const ledger of [false, true]) expect(await verified(root, url, ledger)).toEqual(FINE);
});

test('the key of a record may be what it names, with links below it', async () => {
  const customers = { files: 'customers.json', key: 'id', columns: { id: 'identity', email: 'text' } };
  const orders = {
    files: 'orders.json',
    key: ['customer', 'number'],
    columns: {
      customer: { from: '/email', references: 'customers.id', by: 'email', make: true },
      number: 'integer',
      paid: 'boolean',
    },
    children: {
      order_lines: {
        records: '/lines/*',
        columns: {
          position: { from: '$position', type: 'integer' },
          item: { references: 'items.id', by: 'name', make: true },
        },
      },
    },
  };
  const digests = new Set<string>();
  for (const product of PRODUCTS) {
    const { digest } = await declaredCycle(
      { datasets: { customers: { ...customers, key: 'email' }, orders } },
      {
        'customers.json': [{ email: 'z' }, { email: 'a' }],
        'orders.json': [
          { email: 'a', number: 2, paid: true, lines: [{ item: 'x' }, { item: 'y' }] },
          { email: 'z', number: 2, lines: [{ item: 'y' }] },
          { email: 'new', number: 1, lines: [{}, { item: 'x' }] },
          { email: 'a', number: 1 },
        ],
      },
      { product },
    );
    digests.add(digest);
  }
  expect(digests.size).toBe(1);
});

test.each(['UTF8', 'LATIN1', 'EUC_JP'] as const)('case is folded in %s', async (encoding) => {
  const url = await databaseIn(encoding);
  const notes = {
    files: 'n.json',
    key: 'id',
    columns: { id: 'integer', tag: { references: 'tags.id', by: 'name', make: true, fold: 'case' } },
  };
  const root = plant({ 'n.json': ['Key', 'KEY', 'Øl', 'øL'].map((tag, id) => ({ id, tag })) });
  const run = await load(root, url, { datasets: { notes } });
  const isStorable = encoding !== 'EUC_JP' || run.rejects.length === 0;
  expect(run.error).toBeUndefined();
  const stored = (await queryTarget(url, 'SELECT name FROM tags ORDER BY id')).map(({ name }) => name);
  expect(stored).toEqual(isStorable ? ['Key', 'Øl'] : ['Key']);
});

test('what cannot be is told with its place', () => {
  const problem = (column: object, more: object = {}): (() => unknown) => {
    const table = {
      files: 't.json',
      key: 'id',
      columns: { id: 'uuid', code: { type: 'text', unique: true }, rank: { type: 'integer', required: true } },
    };
    const rows = { files: 'r.json', key: 'id', columns: { id: 'integer', to: { references: 'table.id', ...column } } };
    return () => runSettings({ root: '.', datasets: { table, rows, ...more } });
  };
  expect(problem({ by: 'code' })).not.toThrow();
  expect(problem({ by: 'nothing' })).toThrow('datasets.rows.columns.to: the table table has no column nothing');
  expect(problem({ by: 'code', type: 'uuid' })).toThrow('the value is read as table.code is declared');
  expect(problem({ by: 'rank', fold: 'case' })).toThrow('`fold: case` is for texts');
  expect(problem({ by: 'code', orphans: 'keep' })).toThrow('`orphans: keep` stores the value itself');
  expect(problem({ orphans: 'set_null', required: true })).toThrow('contradict each other');
  expect(problem({ by: 'code', make: true })).toThrow('no row of table can be made without id, rank');
  expect(problem({ make: { rank: '/rank' } })).not.toThrow();
  expect(problem({ make: { rank: 'rank' } })).toThrow('datasets.rows.columns.to.make.rank');
  // The application fills it: whether it is there is known when the database is.
  expect(problem({ references: 'elsewhere.id', by: 'code' })).not.toThrow();
  expect(problem({ references: 'rows.id' })).toThrow('write `deferred: true`');
  const free = { files: 'f.json', key: 'id', columns: { id: 'integer', to: { type: 'text', make: true } } };
  expect(problem({}, { free })).toThrow('belong to a reference');
});
