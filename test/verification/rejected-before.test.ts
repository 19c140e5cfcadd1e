import { describe, expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { load } from '../setup/load.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

// What only the database refuses a verification cannot see in the files: the ledger says how many records of each it was.

const datasets = {
  items: { files: '*.json', key: 'id', columns: { id: 'integer', price: 'integer' }, rest: 'reject' as const },
};

describe.each(PRODUCTS)('verify on %s', (product) => {
  const verified = async (root: string, url: string) => {
    const { exit_code, totals, records } = await verify(runSettings({ root, to: url, datasets }));
    return { exit_code, equal: totals.equal, missing: totals.missing, different: totals.different, ...records };
  };
  const target = async (): Promise<string> => {
    const url = await freshUrl(product);
    await queryTarget(url, 'CREATE TABLE items (id integer PRIMARY KEY, price integer CHECK (price < 100))');
    return url;
  };

  test('counts records that the database refused as rejected, and no others', async () => {
    const url = await target();
    const root = plant({
      'a.json': [
        { id: 1, price: 5 },
        { id: 2, price: 500 },
        { id: 3, price: 'x' },
        { id: 4, price: 7 },
      ],
      'b.json': [{ id: 5, price: 600 }],
    });
    const { exitCode, rejects } = await load(root, url, { datasets });
    expect([exitCode, rejects.map(({ code }) => code)]).toEqual([
      1,
      ['database-refused', 'wrong-type', 'database-refused'],
    ]);
    expect(await verified(root, url)).toMatchObject({ exit_code: 0, equal: 2, missing: 0, read: 5, rejected: 3 });
    await queryTarget(url, 'DELETE FROM items WHERE id = 4');
    expect(await verified(root, url)).toMatchObject({ exit_code: 5, equal: 1, missing: 1, rejected: 3 });
  });

  test('misses a record that is new in a file, though others of it were refused', async () => {
    const url = await target();
    const root = plant({
      'a.json': [
        { id: 1, price: 5 },
        { id: 2, price: 500 },
      ],
    });
    await load(root, url, { datasets });
    grow(root, {
      'a.json': [
        { id: 1, price: 5 },
        { id: 9, price: 9 },
      ],
    });
    expect(await verified(root, url)).toMatchObject({ exit_code: 5, equal: 1, missing: 1 });
  });

  test('misses a record that no run has loaded, where the ledger accounts for all that were rejected', async () => {
    const url = await target();
    const root = plant({
      'a.json': [
        { id: 1, price: 5 },
        { id: 2, price: 500 },
        { id: 3, price: 6 },
      ],
    });
    await load(root, url, { datasets });
    const batches = product === 'SQLite' ? 'migrate_json_batches' : 'migrate_json.batches';
    await queryTarget(url, 'DELETE FROM items WHERE id = 3', `DELETE FROM ${batches}`);
    expect(await verified(root, url)).toMatchObject({ exit_code: 5, missing: 1, rejected: 1 });
  });

  test('counts a later state of a record that the database refused', async () => {
    const url = await target();
    const root = plant({ 'a.json': [{ id: 1, price: 5 }] });
    await load(root, url, { datasets });
    grow(root, {
      'b.json': [
        { id: 0, price: 1 },
        { id: 2, price: 500 },
      ],
    });
    expect((await load(root, url, { datasets })).exitCode).toBe(1);
    expect(await verified(root, url)).toMatchObject({ exit_code: 0, equal: 2, rejected: 1 });
  });
});

const lockers = { files: '*.json', key: 'id', columns: { id: 'text', n: 'integer' } };

test.each(PRODUCTS)('a row whose record is rejected now is no surplus, in %s', async (product) => {
  const url = await freshUrl(product);
  const root = plant({
    'a.json': [
      { id: 'A1', n: 1 },
      { id: 'A2', n: 2 },
      { id: 'A3', n: 3 },
    ],
  });
  await load(root, url, { datasets: { lockers } });
  grow(root, {
    'a.json': [
      { id: 'A1', n: 'x' },
      { id: 'A2', n: 2 },
    ],
  });
  await load(root, url, { datasets: { lockers } });
  const { differences, records } = await verify(runSettings({ root, to: url, datasets: { lockers } }));
  expect(differences).toMatchObject([{ kind: 'extra', key: ['A3'] }]);
  expect(records.rejected).toBe(1);
});

test.each(PRODUCTS)(
  'records that contradict each other: the one that was loaded counts, the others are rejected, in %s',
  async (product) => {
    const url = await freshUrl(product);
    const root = plant({
      'a.json': [
        { id: 'A1', n: 1 },
        { id: 'A1', n: 7 },
        { id: 'A2', n: 2 },
        { id: 'A2', n: 2 },
      ],
      'b.json': [
        { id: 'A1', n: 8 },
        { id: 'A3', n: 3 },
      ],
    });
    const { rejects } = await load(root, url, { datasets: { lockers } });
    expect(rejects.map(({ code }) => code)).toEqual(['conflicting-duplicate', 'conflicting-duplicate']);
    const verified = async () => {
      const { exit_code, differences, records } = await verify(runSettings({ root, to: url, datasets: { lockers } }));
      return [exit_code, records.rejected, differences.map(({ kind, path, record }) => [kind, path, record])];
    };
    expect(await verified()).toEqual([0, 2, []]);
    await queryTarget(url, "UPDATE lockers SET n = 8 WHERE id = 'A1'");
    expect(await verified()).toEqual([5, 2, [['different', 'a.json', 1]]]);
    await queryTarget(url, "UPDATE lockers SET n = 9 WHERE id = 'A1'");
    expect(await verified()).toEqual([5, 0, [['different', 'a.json', 1]]]);
  },
);
