import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/hash/key-hash.ts';
import { migrate } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { conversation } from '../setup/legacy.ts';
import { load, loaded } from '../setup/load.ts';
import { freshUrl } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { type ZippedFile, zipFile, zipOf } from '../setup/zip.ts';

// What becomes of each entry of a zip file, hostile ones too.

const GOOD = { name: 'conversations/ann/good.json', content: conversation('good', ['Hello']) };
const NAME = 'conversations/ann/x.json';
const CONTENT = conversation('x', ['Hello']);

/** Path, status and code of all entries but `GOOD`, which is loaded. */
async function fates(entries: readonly ZippedFile[], ...end: [Parameters<typeof zipOf>[1]?]): Promise<unknown> {
  return fatesOf(zipFile([GOOD, ...entries], ...end));
}

async function fatesOf(zip: string): Promise<unknown> {
  const { files, exitCode, error } = await load(zip, await freshUrl('SQLite'));
  expect(error).toBe(undefined);
  expect(files.find(({ path }) => path === GOOD.name)?.status).toBe('loaded');
  const others = files.filter(({ path }) => path !== GOOD.name);
  return [
    exitCode,
    ...others.map(({ path, status, reason, rejects }) => [
      path,
      status,
      rejects[0]?.code ?? (status === 'loaded' ? null : reason),
    ]),
  ];
}

describe('an entry is named where', () => {
  test.each<[string, ZippedFile, string, string]>([
    ['its name leads up', { name: '../x.json' }, '%2E%2E/x.json', 'unsafe-name'],
    ['its name leads up with backslashes', { name: '..\\x.json' }, '%2E%2E/x.json', 'unsafe-name'],
    ['its name is absolute', { name: '/etc/x.json' }, 'etc/x.json', 'unsafe-name'],
    ['its name has a drive', { name: 'C:\\x.json' }, 'C%3A/x.json', 'unsafe-name'],
    ['its name has NUL', { name: 'x.json\0.txt' }, 'x.json%00.txt', 'unsafe-name'],
    ['it has no name', { name: '' }, '%', 'unsafe-name'],
    ['its name is no UTF-8', { name: Buffer.from('b\xe9.json', 'latin1') }, 'b\ufffd.json', 'file-name-not-utf8'],
    ['its name is there already', { name: GOOD.name, content: CONTENT }, `${GOOD.name}#2`, 'repeated-name'],
    ['it is encrypted', { name: NAME, flags: 0x801 }, NAME, 'encrypted-entry'],
    ['its checksum is wrong', { name: NAME, crc: 7 }, NAME, 'damaged-archive'],
    ['it holds more than is said', { name: NAME, bytes: 10 }, NAME, 'damaged-archive'],
    ['it holds less than is said', { name: NAME, bytes: 1000 }, NAME, 'damaged-archive'],
    ['it is longer than the zip file', { name: NAME, packedBytes: 100_000 }, NAME, 'damaged-archive'],
    ['its header is elsewhere', { name: NAME, header: 1_000_000 }, NAME, 'damaged-archive'],
    ['what is packed is damaged', { name: NAME, packed: Buffer.alloc(50, 0xff) }, NAME, 'damaged-archive'],
    ['it is a bomb', { name: NAME, bytes: 200_000_000, packed: Buffer.alloc(1000) }, NAME, 'suspicious-size'],
    ['it is a directory with content', { name: 'conversations/' }, 'conversations%2F', 'damaged-archive'],
  ])('%s', async (_what, entry, path, code) => {
    expect(await fates([{ content: CONTENT, ...entry }])).toEqual([1, [path, 'failed', code]]);
  });

  test.each<[string, ZippedFile, string, number]>([
    ['it is a link', { name: NAME, mode: 0o120777 }, 'symlink', 1],
    ['it is a pipe', { name: NAME, mode: 0o010644 }, 'not-a-regular-file', 0],
    ['it is packed with LZMA', { name: NAME, method: 14 }, 'unknown-compression', 1],
    ['it is a zip file', { name: 'more.zip', content: zipOf({ 'a.json': [] }) }, 'zip-file', 1],
    ['it is a zip file by its bytes', { name: NAME, content: zipOf({ 'a.json': [] }) }, 'zip-file', 1],
    ['macOS keeps it', { name: '__MACOSX/conversations/ann/._x.json' }, 'tool-files', 0],
    ['macOS keeps it in a directory', { name: 'conversations/.DS_Store' }, 'tool-files', 0],
    ['it is an older version', { name: `${GOOD.name}.bak` }, 'old-version', 0],
  ])('%s', async (_what, entry, reason, exitCode) => {
    expect(await fates([{ content: CONTENT, ...entry }])).toEqual([exitCode, [entry.name, 'unrecognised', reason]]);
  });

  test('it lies over the next one', async () => {
    const header = zipOf([GOOD]).indexOf('PK\x01\x02');
    const fate = await fates(
      ['a', 'b'].map((name) => ({ name: `conversations/${name}/x.json`, content: CONTENT, header })),
    );
    expect(fate).toEqual([
      1,
      ['conversations/a/x.json', 'failed', 'damaged-archive'],
      ['conversations/b/x.json', 'loaded', null],
    ]);
  });
});

describe('a good entry is loaded, and the other one of its name is named, where that', () => {
  const BAD = conversation('bad', ['No']);
  test.each<[string, ZippedFile, string]>([
    ['is absolute', { name: `/${NAME}` }, 'unsafe-name'],
    ['is absolute with backslashes', { name: `\\${NAME.replaceAll('/', '\\')}` }, 'unsafe-name'],
    ['leads up', { name: `../../${NAME}` }, ''],
    ['has backslashes', { name: NAME.replaceAll('/', '\\') }, 'repeated-name'],
    ['begins in the current directory', { name: `./${NAME}` }, 'repeated-name'],
    ['has two slashes', { name: NAME.replace('/', '//') }, 'repeated-name'],
    ['is encrypted', { name: NAME, flags: 0x801 }, 'encrypted-entry'],
    ['is a link', { name: NAME, mode: 0o120777 }, 'symlink'],
    ['differs in case', { name: NAME.replace('x.json', 'X.json') }, ''],
  ])('%s', async (_what, other, code) => {
    const [good, bad] = [
      { name: NAME, content: CONTENT },
      { content: BAD, ...other },
    ];
    for (const entries of [
      [good, bad],
      [bad, good],
    ]) {
      const { files } = await load(zipFile([GOOD, ...entries]), await freshUrl('SQLite'));
      expect(files.find(({ path }) => path === NAME)).toMatchObject({ status: 'loaded', records: { loaded: 1 } });
      expect(files.find(({ path }) => path === NAME)?.sha256).toBe(sha256(JSON.stringify(CONTENT)));
      const named = files.find(({ path }) => path === `${NAME}#2`);
      expect(named === undefined ? '' : (named.rejects[0]?.code ?? named.reason)).toBe(code);
      expect(files).toHaveLength(3);
    }
  });
});

describe('an entry is read', () => {
  test.each<[string, ZippedFile]>([
    ['stored', { name: NAME, method: 0 }],
    ['packed with Zstandard', { name: NAME, method: 93, packed: zstdCompressSync(JSON.stringify(CONTENT)) }],
    ['gzipped by itself', { name: `${NAME}.gz`, content: gzipSync(JSON.stringify(CONTENT)) }],
    ['named from the current directory', { name: `./${NAME}` }],
    ['named as Windows does', { name: NAME.replaceAll('/', '\\') }],
    ['without a Unix mode', { name: NAME, mode: 0 }],
    ['with the sizes of zip64', { name: NAME, bytes: 0xffffffff, packedBytes: 0xffffffff, extra: zip64Sizes(CONTENT) }],
  ])('%s', async (_what, entry) => {
    const path = `${NAME}${String(entry.name).endsWith('.gz') ? '.gz' : ''}`;
    expect(await fates([{ content: CONTENT, ...entry }])).toEqual([0, [path, 'loaded', null]]);
  });

  test('of a zip64 file, one with a comment, and one after directories', async () => {
    const entries = [
      { name: 'conversations/', mode: 0o040755 },
      { name: NAME, content: CONTENT },
    ];
    expect(await fates(entries, { zip64: true })).toEqual([0, [NAME, 'loaded', null]]);
    expect(await fates(entries, { comment: Buffer.from('made by hand') })).toEqual([0, [NAME, 'loaded', null]]);
  });

  test.each<[string, ZippedFile]>([
    ['a flag', { name: 'conversations/zoë/x.json' }],
    ['its bytes, as macOS does', { name: 'conversations/zoë/x.json', flags: 0 }],
    ['code page 437', { name: Buffer.from('conversations/zo\x89/x.json', 'latin1'), flags: 0 }],
    [
      'an extra field',
      {
        name: 'conversations/zo?/x.json',
        flags: 0,
        extra: unicodePath('conversations/zo?/x.json', 'conversations/zoë/x.json'),
      },
    ],
  ])('under the name that it has by %s', async (_what, entry) => {
    expect(await fates([{ content: CONTENT, ...entry }])).toEqual([0, ['conversations/zoë/x.json', 'loaded', null]]);
  });
});

describe('a zip file that cannot be listed to its end is named as a whole', () => {
  const entries = { [GOOD.name]: GOOD.content, [NAME]: CONTENT };
  test.each<[string, Buffer]>([
    ['cut off', zipOf(entries).subarray(0, 300)],
    ['with something after its end', Buffer.concat([zipOf(entries), Buffer.from('more')])],
    ['in several parts', zipOf(entries, { disk: 2 })],
    ['that is none', Buffer.from('nothing')],
    ['that is empty', Buffer.alloc(0)],
  ])('%s', async (_what, bytes) => {
    const zip = join(plant(), 'export.zip');
    writeFileSync(zip, bytes);
    const { exitCode, files, error } = await load(zip, await freshUrl('SQLite'));
    expect([error, exitCode, files.map(({ path, rejects }) => [path, rejects[0]?.code])]).toEqual([
      undefined,
      1,
      [['/', 'damaged-archive']],
    ]);
  });

  test('where its list is damaged, after the entries that could be listed', async () => {
    const bytes = zipOf([GOOD, { name: NAME, content: CONTENT }]);
    bytes.write('XX', bytes.lastIndexOf('PK\x01\x02'));
    const zip = join(plant(), 'export.zip');
    writeFileSync(zip, bytes);
    expect(await fatesOf(zip)).toEqual([1, ['/', 'failed', 'damaged-archive']]);
  });

  test('where it says that it has fewer entries than it has', async () => {
    expect(await fates([{ name: NAME, content: CONTENT }], { count: 1 })).toEqual([
      1,
      ['/', 'failed', 'damaged-archive'],
    ]);
  });

  test('an empty one has nothing to load', async () => {
    const { exitCode, files } = await load(zipFile({}), await freshUrl('SQLite'));
    expect([exitCode, files]).toEqual([1, []]);
  });
});

test('a large entry is read in threads, and up to its damage', async () => {
  const records = JSON.stringify(
    Array.from({ length: 80_000 }, (_, id) => ({ timestamp: new Date(id * 60_000), cpu_usage: id % 100 })),
  );
  const packed = deflateRawSync(records);
  const whole = zipFile([{ name: 'metrics/m.json', content: records }]);
  expect((await load(whole, await freshUrl('SQLite'))).head.totals.records_loaded).toBe(80_000);
  const cut = zipFile([{ name: 'metrics/m.json', content: records, packed: packed.subarray(0, packed.length / 2) }]);
  const { head, rejects } = await load(cut, await freshUrl('SQLite'));
  expect(rejects.map(({ code }) => code)).toEqual(['damaged-archive']);
  expect(head.totals.records_loaded).toBeGreaterThan(20_000);
});

test('a zip file without its ending is known by its first bytes, and one in a directory is not opened', async () => {
  const root = plant();
  writeFileSync(join(root, 'download'), zipOf([GOOD]));
  expect((await load(join(root, 'download'), await freshUrl('SQLite'))).head.totals.files_loaded).toBe(1);
  writeFileSync(join(root, 'export.zip'), zipOf([GOOD]));
  const { exitCode, files } = await load(root, await freshUrl('SQLite'));
  expect([exitCode, files.map(({ reason }) => reason)]).toEqual([1, ['not-json', 'zip-file']]);
});

test('a zip file that changes after it was listed is exit code 6, whatever its entries are', async () => {
  const zip = zipFile([GOOD, { name: NAME, content: CONTENT }]);
  const url = await freshUrl('SQLite');
  const listener = ({ kind }: { readonly kind: string }): void => {
    if (kind === 'loading') appendFileSync(zip, 'x');
  };
  const { exitCode, files } = loaded(await migrate(runSettings({ root: zip, to: url }), { listener }));
  expect([exitCode, files.map(({ status, rejects }) => [status, rejects[0]?.code])]).toEqual([
    6,
    [
      ['failed', 'source-changed'],
      ['failed', 'source-changed'],
    ],
  ]);
});

/** The sizes of an entry of any size. */
function zip64Sizes(content: object): Buffer {
  const text = JSON.stringify(content);
  const extra = Buffer.alloc(20);
  extra.writeUInt16LE(1);
  extra.writeUInt16LE(16, 2);
  extra.writeBigUInt64LE(BigInt(text.length), 4);
  extra.writeBigUInt64LE(BigInt(deflateRawSync(text).length), 12);
  return extra;
}

/** https://libzip.org/specifications/extrafld.txt: version, checksum of the other name, name. */
function unicodePath(name: string, real: string): Buffer {
  const data = Buffer.concat([Buffer.alloc(5), Buffer.from(real)]);
  data.writeUInt8(1);
  data.writeUInt32LE(crc32(name), 1);
  const head = Buffer.alloc(4);
  head.writeUInt16LE(0x7075);
  head.writeUInt16LE(data.length, 2);
  return Buffer.concat([head, data]);
}
