import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { load } from '../setup/load.ts';
import { freshUrl } from '../setup/targets.ts';
import { grow, plant, type Tree } from '../setup/trees.ts';
import { zipFile } from '../setup/zip.ts';

// What is said of a file for its beginning or its name holds for all of it, or the file is named as not read.

const time = { created_at: '2024-01-01T00:00:00' };
const entry = (id: string) => ({ id, title: 't', ...time, message_count: 3 });
const conversation = { id: 'c', title: 't', ...time, messages: [{ role: 'user', content: 'x' }] };
const entries = (count: number) => Array.from({ length: count }, (_, index) => entry(`i${index}`));
const rows = [{ timestamp: '2024-01-01T00:01:00', source: 's', cpu_usage: 1 }];
const long = 'x'.repeat(66_000);

const HIDING: Tree = {
  'conversations/u/index.json': [entry('a'), conversation],
  'conversations/v/index.json': { x: entry('a'), y: conversation },
  'conversations/w/index.json': rows,
  'conversations/u/all.json': [...entries(1000), conversation],
  'chats.json': { conversations: [...entries(1000), conversation] },
  'conversations/u/meta.json': { counter: 4, conversations: [conversation] },
  'conversations/meta.json': { last_id: 4, c: conversation },
  'metrics_metadata.json': { rows: 4, columns: ['a'], pad: long, readings: rows },
  'metrics/x_metadata.json': { rows: 4, columns: ['a'], conversations: [conversation] },
  'totals.json': { total_requests: 5, successful_requests: 4, pad: long, requests: rows },
  'metrics/a.json': `[]${' '.repeat(66_000)}${JSON.stringify(rows)}`,
};

const EXPLAINED: Tree = {
  'conversations/u/index.json': entries(1000),
  'conversations/v/index.json': { conversations: [entry('a')], updated_at: time.created_at },
  'conversations/u/meta.json': { counter: 4 },
  'metrics_metadata.json': { rows: 4, columns: ['a'], dtypes: { a: 'float' }, pad: long },
  'totals.json': { total_requests: 5, successful_requests: 4, by_model: { a: { requests: 1 } }, top: [{ count: 1 }] },
  'metrics/a.json': `[]${' '.repeat(66_000)}`,
};

async function unread(files: Tree): Promise<readonly string[]> {
  const { files: found } = await load(plant(files), await freshUrl('SQLite'), { allowEmpty: true });
  return found
    .filter(({ reason, status }) => status === 'failed' || reason === 'unknown-shape')
    .map(({ path }) => path);
}

describe('a file that is explained by its beginning', () => {
  test.each(Object.keys(HIDING))('is not, where records stand behind it: %s', async (path) => {
    const { exitCode, files } = await load(
      plant({ [path]: HIDING[path], 'metrics/ok.json': rows }),
      await freshUrl('SQLite'),
    );
    const found = files.find((file) => file.path === path);
    // Read, or named.
    expect([exitCode === 1, found?.status === 'loaded'], found?.reason ?? '').toContain(true);
  });

  test('is, where nothing does', async () => {
    expect(await unread(EXPLAINED)).toEqual([]);
  });
});

/** The last bytes of these formats are a checksum. */
function damaged(packed: Buffer, from = 8): Buffer {
  const copy = Buffer.from(packed);
  copy[copy.length - from] = (copy[copy.length - from] ?? 0) ^ 1;
  return copy;
}

describe('a file that is explained by its content', () => {
  const PATHS = ['conversations/u/index.json', 'conversations/u/meta.json', 'metrics_metadata.json', 'totals.json'];
  const PACKERS: readonly [string, string, (text: string) => Buffer][] = [
    ['gzip', 'gz', (text) => damaged(gzipSync(text))],
    ['gzip of several members', 'gz', (text) => damaged(Buffer.concat([gzipSync(text), gzipSync(' ')]))],
    ['gzip that says another length', 'gz', (text) => damaged(gzipSync(text), 1)],
    ['zstd', 'zst', (text) => damaged(zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }), 1)],
  ];

  test.each(PACKERS)('is damaged where the checksum is wrong, of %s', async (_what, ending, pack) => {
    const root = plant({ 'metrics/ok.json': rows });
    for (const path of PATHS) {
      grow(root, { [path]: '' });
      writeFileSync(join(root, `${path}.${ending}`), pack(JSON.stringify(EXPLAINED[path])));
    }
    const { exitCode, files } = await load(root, await freshUrl('SQLite'), { exclude: PATHS });
    const packed = files.filter(({ path }) => path.endsWith(`.${ending}`));
    expect([exitCode, packed.map(({ status, rejects }) => [status, rejects[0]?.code])]).toEqual([
      1,
      PATHS.map(() => ['failed', 'damaged-compression']),
    ]);
  });

  test('is damaged where the checksum of its entry in a zip file is wrong', async () => {
    const entries = PATHS.map((name) => ({ name, content: EXPLAINED[name], crc: 7 }));
    const { exitCode, files } = await load(
      zipFile([...entries, { name: 'metrics/ok.json', content: rows }]),
      await freshUrl('SQLite'),
    );
    expect([exitCode, files.map(({ path, status, rejects }) => [path, rejects[0]?.code ?? status])]).toEqual([
      1,
      [...PATHS.map((path) => [path, 'damaged-archive']), ['metrics/ok.json', 'loaded']].toSorted(),
    ]);
  });

  test('is explained where zeros fill it up, as tapes do', async () => {
    const root = plant();
    for (const [name, packed] of [
      ['meta.json.gz', gzipSync('{"counter":4}')],
      ['index.json.zst', zstdCompressSync('[]')],
    ] as const) {
      grow(root, { [`conversations/u/${name}`]: '' });
      writeFileSync(join(root, 'conversations/u', name), Buffer.concat([packed, Buffer.alloc(512)]));
    }
    const { exitCode, files } = await load(root, await freshUrl('SQLite'), { allowEmpty: true });
    expect([exitCode, files.map(({ status }) => status)]).toEqual([0, ['unrecognised', 'unrecognised']]);
  });
});
