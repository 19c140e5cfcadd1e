import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { explain } from '../../src/run/scan.ts';
import { runCli } from '../setup/cli.ts';
import { conversation } from '../setup/legacy.ts';
import { plant } from '../setup/trees.ts';

// Why a file was taken for what: `scan --explain`.

const columns = { id: 'integer' };
const datasets = {
  orders: { files: 'orders/<year>.json', exclude: 'orders/*-draft.json', records: '/orders/*', key: 'id', columns },
  lines: { files: '**/*.jsonl', records: '/all/*', key: 'id', columns },
  images: { when: { '/type': 'image', any: ['/url', '/path'] }, key: 'id', columns },
  notes: { when: { has: '/text' }, key: 'id', columns },
};

async function reasons(root: string, file: string, given: object = { datasets }) {
  const { dataset, status, datasets: all } = await explain(runSettings({ root, ...given }), file);
  return {
    dataset,
    status,
    all: Object.fromEntries(all.map(({ dataset: name, takes, reason }) => [name, [takes, reason]])),
  };
}

test('of declared datasets the first part that does not fit is told, or how the records lie', async () => {
  const root = plant({
    'orders/2024.json': { orders: [{ id: 1 }] },
    'orders/2025.json': { items: [{ id: 1 }] },
    'orders/1-draft.json': { orders: [{ id: 1 }] },
    'log.jsonl': '{"id":1}\n',
    'any.json': [{ id: 1, type: 'image', url: 'a' }],
    'other.json': [{ id: 1, type: 'image' }],
    'node_modules/x.json': [{ id: 1, text: 'a' }],
  });
  const files = 'files: the path does not fit';
  expect(await reasons(root, 'orders/2024.json')).toEqual({
    dataset: 'orders',
    status: 'recognised',
    all: {
      orders: [true, 'files: the path fits orders/<year>.json; records: something is at /orders/*'],
      lines: [false, `${files} **/*.jsonl`],
      images: [false, 'when: in the beginning of the file no record has /type'],
      notes: [false, 'when: in the beginning of the file no record has /text'],
    },
  });
  expect((await reasons(root, 'orders/2025.json')).all['orders']).toEqual([
    true,
    'files: the path fits orders/<year>.json; records: nothing is at /orders/* in the beginning of the file',
  ]);
  expect((await reasons(root, 'orders/1-draft.json')).all['orders']).toEqual([
    false,
    'exclude: the path fits orders/*-draft.json',
  ]);
  expect((await reasons(root, 'log.jsonl')).all['lines']).toEqual([
    false,
    'files: the path fits **/*.jsonl; records: /all/* leads into a document, and here each line is a record',
  ]);
  expect(await reasons(root, join(root, 'any.json'))).toMatchObject({
    dataset: 'images',
    all: {
      orders: [false, `${files} orders/<year>.json`],
      images: [true, 'when: records in the beginning of the file may fit'],
      notes: [false, 'when: in the beginning of the file no record has /text'],
    },
  });
  expect(await reasons(root, 'other.json')).toMatchObject({
    dataset: null,
    all: { images: [false, 'when: in the beginning of the file no record has /url or /path'] },
  });
  expect(await reasons(root, 'node_modules/x.json')).toMatchObject({
    status: 'unrecognised',
    all: {
      notes: [false, 'when: records in the beginning of the file may fit; but the file is no input (tool-files)'],
    },
  });
  await expect(reasons(root, 'none.json')).rejects.toThrow('none.json is not a file below');
  await expect(reasons(root, '../other.json')).rejects.toThrow('is not a file below');
});

test('of the datasets that the program knows, what path and content say', async () => {
  const root = plant({
    'conversations/ann/a.json': conversation('a', ['x']),
    'metrics.json': [{ timestamp: '2025-01-01T00:00:00Z', cpu_usage: 1 }],
    'package.json': { name: 'x' },
  });
  symlinkSync('metrics.json', join(root, 'link.json'));
  expect(await reasons(root, 'conversations/ann/a.json', {})).toMatchObject({
    dataset: 'conversations',
    all: {
      conversations: [true, 'the path is one of its paths, and the content fits: one record'],
      metrics: [false, 'the path says nothing of it, and the content lacks its members'],
    },
  });
  expect((await reasons(root, 'package.json', {})).all['users']?.[0]).toBe(false);
  expect(await reasons(root, 'link.json', {})).toMatchObject({ status: 'unrecognised', dataset: null });
});

test('scan --explain tells it as a table and as JSON', async () => {
  const root = plant({ 'metrics.json': [{ timestamp: '2025-01-01T00:00:00Z', cpu_usage: 1 }], 'x.json': { a: 1 } });
  const text = await runCli(['scan', root, '--explain', 'metrics.json']);
  expect(text.code).toBe(0);
  expect(text.stdout).toMatch(/^metrics\.json\n +metrics, by /);
  expect(text.stdout).toMatch(/^metrics +yes +the path .* fits: a list of records$/m);
  const json = await runCli(['scan', root, '--explain', 'x.json', '--json']);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({
    path: 'x.json',
    status: 'unrecognised',
    reason: 'unknown-shape',
    datasets: expect.arrayContaining([{ dataset: 'metrics', takes: false, reason: expect.any(String) }]),
  });
  expect((await runCli(['scan', root, '--explain', 'none.json'])).code).toBe(2);
});
