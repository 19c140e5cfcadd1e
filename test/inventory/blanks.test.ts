import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { load } from '../setup/load.ts';
import { freshUrl } from '../setup/targets.ts';
import { grow, plant } from '../setup/trees.ts';

// Blanks before a document say nothing of it.

const RECORDS = [
  { timestamp: '2025-01-01T00:00:00Z', source: 'a', cpu_usage: 1 },
  { timestamp: '2025-01-01T00:01:00Z', source: 'a', cpu_usage: 2 },
];
const LIST = JSON.stringify(RECORDS);
const LINES = RECORDS.map((record) => JSON.stringify(record)).join('\n');
const BLANKS = ' \t\r\n'.repeat(20_000);

async function fateOf(name: string, content: string | Buffer): Promise<unknown> {
  const root = plant();
  grow(root, { [name]: '' });
  writeFileSync(join(root, name), content);
  const { exitCode, files } = await load(root, await freshUrl('SQLite'));
  return [
    exitCode,
    files.map(({ status, records, reason }) => [status, status === 'loaded' ? records.loaded : reason]),
  ];
}

describe('records are found behind', () => {
  test.each<[string, string, string | Buffer]>([
    ['blanks', 'metrics/a.json', BLANKS + LIST],
    ['blanks, a few of which are in the first look', 'metrics/a.json', ' '.repeat(65_500) + LIST],
    ['a byte order mark and blanks', 'metrics/a.json', `\ufeff${BLANKS}${LIST}`],
    ['blank lines', 'metrics/a.ndjson', '\n'.repeat(100_000) + LINES],
    ['a byte order mark and blank lines', 'metrics/a.jsonl', `\ufeff${'\r\n'.repeat(100_000)}${LINES}`],
    ['blank lines, where the ending says no lines', 'metrics/a.json', '\n'.repeat(100_000) + LINES],
    ['a megabyte of blanks', 'metrics/a.json', ' '.repeat(2_000_000) + LIST],
    ['blanks in gzip', 'metrics/a.json.gz', gzipSync(BLANKS + LIST)],
    ['blanks in zstd', 'metrics/a.json.zst', zstdCompressSync(' '.repeat(3_000_000) + LIST)],
    ['blanks, by their looks', 'whatever.json', BLANKS + LIST],
  ])('%s', async (_what, name, content) => {
    expect(await fateOf(name, content)).toEqual([0, [['loaded', 2]]]);
  });
});

test('so many blanks that nobody looks behind them are named as JSON that was not read', async () => {
  expect(await fateOf('metrics/a.json', ' '.repeat(17_000_000) + LIST)).toEqual([
    1,
    [['unrecognised', 'unknown-shape']],
  ]);
});

test('nothing but blanks is an empty file', async () => {
  expect(await fateOf('metrics/a.json', BLANKS)).toEqual([1, [['failed', 'path alone: the content is damaged']]]);
});
