import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { infer } from '../../src/inference/infer.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { holdContract } from '../contract/contract.ts';
import { load } from '../setup/load.ts';
import type { ProposedText } from '../setup/proposed.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

// What databases of documents export has forms of its own, and no fixed tables: `init` proposes them.

const SAMPLES = join(import.meta.dirname, '../../fixtures/recipes');

async function proposalFor(sample: string): Promise<Readonly<Record<string, ProposedText>>> {
  const root = join(SAMPLES, sample);
  return parse((await infer(root, runSettings({ root }))).text).datasets;
}

/** As NeDB leaves a file behind when it compacts it: with the last states alone, which all are exported. */
function compacted(): string {
  const files = ['lists.db', 'tasks.db'].map((name) => {
    const lines = readFileSync(join(SAMPLES, 'nedb', name), 'utf8')
      .trim()
      .split('\n');
    const documents = lines.map((line) => JSON.parse(line)).filter((line) => '_id' in line);
    const last = new Map(documents.map((each) => [each._id, each]));
    const left = [...last.values()].filter((each) => !('$$deleted' in each));
    return [name, left.map((each) => `${JSON.stringify(each)}\n`).join('')] as const;
  });
  return plant(Object.fromEntries(files));
}

describe('an export, as it is proposed, comes and goes as every declaration promises', () => {
  test.each([
    ['nedb', compacted],
    ['mongoexport', () => join(SAMPLES, 'mongoexport')],
    ['firestore', () => join(SAMPLES, 'firestore')],
    ['db-json', () => join(SAMPLES, 'db-json')],
  ])('of %s', async (name, dataOf) => {
    const data = dataOf();
    await holdContract({ name, data, options: { datasets: await proposalFor(name) }, isWhole: true });
  });
});

describe('files of NeDB', () => {
  test('are known by their first line, whatever else is called .db', async () => {
    const root = plant({ 'real.db': 'SQLite format 3\u0000 and more', 'notes.db': 'no JSON', 'a.json': [{ id: 1 }] });
    const { text, left } = await infer(root, runSettings({ root }));
    expect([Object.keys(parse(text).datasets), left]).toEqual([['a'], []]);
    copyFileSync(join(SAMPLES, 'nedb/tasks.db'), join(root, 'tasks.db'));
    expect(Object.keys(parse((await infer(root, runSettings({ root }))).text).datasets)).toEqual(['a', 'tasks']);
  });

  test('that nothing declares are named, and the run is not complete', async () => {
    const { exitCode, warnings } = await load(join(SAMPLES, 'nedb'), await freshUrl('SQLite'), { allowEmpty: true });
    expect(exitCode).toBe(1);
    expect(warnings.map(({ code, path, message }) => [code, path, message.includes('NeDB')])).toEqual([
      ['not-read', 'lists.db', true],
      ['not-read', 'tasks.db', true],
    ]);
  });

  test.each(PRODUCTS)(
    'are what the last line of each document says, without the deleted ones, in %s',
    async (product) => {
      const url = await freshUrl(product);
      const datasets = await proposalFor('nedb');
      // What is deleted may be referred to.
      expect(datasets['tasks']?.columns).toMatchObject({ list_id: { references: 'lists.id', orphans: 'keep' } });
      const { exitCode, files } = await load(join(SAMPLES, 'nedb'), url, { datasets });
      expect(exitCode).toBe(0);
      expect(files.map(({ path, records }) => [path, records.read, records.loaded])).toEqual([
        ['lists.db', 1, 1],
        ['tasks.db', 3, 3],
      ]);
      expect(await queryTarget(url, `SELECT id, title FROM tasks ORDER BY id`)).toEqual([
        { id: 'a1aaaaaaaaaaaaaa', title: 'one' },
        { id: 'a3aaaaaaaaaaaaaa', title: 'three' },
        { id: 'a4aaaaaaaaaaaaaa', title: 'four' },
      ]);
    },
  );
});

test('values of Extended JSON have the types that their wrappers say, in each of its versions', async () => {
  const { users, posts, readings } = await proposalFor('mongoexport');
  const text = { number: {}, written: 'text' };
  expect(users?.columns).toMatchObject({
    id: { from: '/_id/$oid' },
    age: { from: '/age/$numberInt', type: 'integer', ...text },
    big: { from: '/big/$numberLong', type: 'integer', ...text },
    score: { from: '/score/$numberDouble', type: 'real', ...text },
    balance: { from: '/balance/$numberDecimal', type: 'decimal(15,2)', ...text },
    joined: { from: '/joined/$date/$numberLong', type: 'timestamp', epoch: 'ms', written: 'text' },
  });
  expect(posts?.columns).toMatchObject({
    user: { from: '/user/$oid', references: 'users.id' },
    at: { from: '/at/$date', type: 'timestamp' },
  });
  expect(readings?.columns).toMatchObject({ at: { from: '/at/$date', type: 'timestamp', epoch: 'ms' } });
  const url = await freshUrl('SQLite');
  await load(join(SAMPLES, 'mongoexport'), url, { datasets: await proposalFor('mongoexport') });
  expect(await queryTarget(url, `SELECT age, joined FROM users WHERE name = 'Ann'`)).toEqual([
    { age: 41, joined: '2023-11-14 22:13:20.000000' },
  ]);
  expect(readFileSync(join(SAMPLES, 'mongoexport/users.json'), 'utf8')).toContain('9007199254740993');
});

test('collections of Firestore are tables, those of a document with its key, however few documents they have', async () => {
  const { users, products } = await proposalFor('firestore');
  expect([users?.records, users?.key]).toEqual(['/__collections__/users/<key>', 'key']);
  expect([products?.records, products?.key]).toEqual(['/__collections__/products/<key>', 'key']);
  expect(Object.keys(products?.columns ?? {})).toEqual(['key', 'title']);
  expect(users?.columns).toMatchObject({ joined_value_seconds: { from: '/joined/value/_seconds' } });
  expect(users?.children?.['user_orders']).toMatchObject({ records: '/__collections__/orders/<key_2>' });
});
