import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { TABLES } from '../setup/built-in.ts';
import { runCli } from '../setup/cli.ts';
import { freshSqlite } from '../setup/databases.ts';
import { type Loaded, load } from '../setup/load.ts';
import { memoryDirectory } from '../setup/memory-directory.ts';
import { digestOf, queryTarget } from '../setup/targets.ts';

let root: string;
let outside: string;
let target: ReturnType<typeof freshSqlite>;

beforeEach(() => {
  outside = mkdtempSync(join(memoryDirectory(), 'migrate-json-read-'));
  root = join(outside, 'root');
  mkdirSync(root);
  target = freshSqlite();
});

afterEach(() => {
  rmSync(outside, { recursive: true, force: true });
  target.drop();
});

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

const SOURCE = 'hôte €🙂';

/** As many measurements as asked for, with characters of two to four bytes in each. */
function records(count: number): { timestamp: string; source: string; cpu_usage: number }[] {
  return Array.from({ length: count }, (_value, index) => ({
    timestamp: new Date(Date.UTC(2024, 0, 1) + index * 60_000).toISOString(),
    source: SOURCE,
    cpu_usage: index % 100,
  }));
}

const asArray = (count: number): string => JSON.stringify(records(count));
const asLines = (count: number): string =>
  records(count)
    .map((record) => `${JSON.stringify(record)}\n`)
    .join('');

const utf16 = (text: string, big = false): Buffer => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return big ? bytes.swap16() : bytes;
};

async function storedSources(): Promise<unknown[]> {
  return (await queryTarget(target.url, 'SELECT DISTINCT source FROM metrics')).map((row) => row['source']);
}

// Small files are read in one go, large ones as a stream.
describe.each([
  ['small', 3],
  ['large', 9000],
])('a %s file', (_size, count) => {
  test.each<[string, string, (text: string) => Uint8Array | string, boolean]>([
    ['a JSON array', 'dump.json', (text) => text, false],
    ['NDJSON', 'dump.ndjson', (text) => text, true],
    ['NDJSON without a line end at its end', 'dump.ndjson', (text) => text.trimEnd(), true],
    ['NDJSON with CR LF', 'dump.jsonl', (text) => text.replaceAll('\n', '\r\n'), true],
    ['gzip', 'dump.json.gz', gzipSync, false],
    ['NDJSON in gzip', 'dump.ndjson.gz', gzipSync, true],
    ['several gzip members after each other', 'dump.json.gz', (text) => twoMembers(text), false],
    ['zstd', 'dump.json.zst', zstdCompressSync, false],
    ['NDJSON in zstd', 'dump.jsonl.zst', zstdCompressSync, true],
    ['a UTF-8 byte order mark', 'dump.json', (text) => `\ufeff${text}`, false],
    ['NDJSON with a byte order mark', 'dump.ndjson', (text) => `\ufeff${text}`, true],
    ['UTF-16, little-endian, by its mark', 'dump.json', (text) => utf16(text), false],
    ['UTF-16, big-endian, by its mark', 'dump.json', (text) => utf16(text, true), false],
    ['UTF-16 in gzip', 'dump.json.gz', (text) => gzipSync(utf16(text)), false],
  ])('of %s is read', async (_what, name, encode, lines) => {
    write(`metrics/${name}`, encode(lines ? asLines(count) : asArray(count)));
    const loaded = await load(root, target.url);
    expect(loaded, JSON.stringify(loaded.rejects.slice(0, 2))).toMatchObject({ exitCode: 0, rejects: [] });
    expect(loaded.tables['metrics']).toMatchObject({ inserted: count });
    expect(await storedSources()).toEqual([SOURCE]);
  });

  test('of Windows-1252 is rejected with the byte that is not UTF-8, and read when the encoding is named', async () => {
    const text = asArray(count).replaceAll(SOURCE, 'h\u00f4te');
    const bytes = Buffer.from(text, 'latin1');
    write('metrics/dump.json', bytes);
    const refused = await load(root, target.url);
    expect(refused.exitCode).toBe(1);
    expect(refused.rejects).toHaveLength(count);
    expect(refused.rejects[0]).toMatchObject({ code: 'invalid-utf8', record: 1 });
    expect(refused.rejects[0]?.message).toContain(String(bytes.indexOf(0xf4)));
    const loaded = await load(root, target.url, { encoding: 'windows-1252' });
    expect(loaded).toMatchObject({ exitCode: 0, rejects: [] });
    expect(await storedSources()).toEqual(['hôte']);
  });

  test.each<[string, number[]]>([
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a byte beyond Unicode', [0xf5, 0x80, 0x80, 0x80]],
    ['a character that is cut off', [0xf0, 0x9f, 0x99]],
  ])('with %s in one record loses that record only', async (_what, bad) => {
    const mark = 'HERE';
    const text = JSON.stringify([...records(count), { ...records(1)[0], source: mark }]);
    const at = text.indexOf(mark);
    write(
      'metrics/dump.json',
      Buffer.concat([Buffer.from(text.slice(0, at)), Buffer.from(bad), Buffer.from(text.slice(at + mark.length))]),
    );
    const loaded = await load(root, target.url);
    expect(loaded.rejects).toMatchObject([{ code: 'invalid-utf8', record: count + 1 }]);
    expect(loaded.files).toMatchObject([
      { status: 'partial', records: { read: count + 1, loaded: count, rejected: 1 } },
    ]);
  });

  test('of gzip that is cut off loads what came before; the file is partial and tried again', async () => {
    const packed = gzipSync(asLines(Math.max(count, 50)), { level: 1 });
    write('metrics/dump.ndjson.gz', packed.subarray(0, packed.length - Math.floor(packed.length / 3)));
    const loaded = await load(root, target.url);
    expect(loaded.exitCode).toBe(1);
    const cut = loaded.rejects.find(({ code }) => code === 'damaged-compression');
    expect(cut?.hint, 'how many it held, nobody can tell').toMatch(/could be read: .* at least/);
    const [file] = loaded.files;
    expect(file?.records.read).toBe((file?.records.loaded ?? 0) + (file?.records.rejected ?? 0));
    const again = await load(root, target.url);
    expect(again.rejects).toEqual(loaded.rejects);
    expect(again.exitCode).toBe(1);
  });
});

function twoMembers(text: string): Buffer {
  const middle = Math.floor(text.length / 2);
  return Buffer.concat([gzipSync(text.slice(0, middle)), gzipSync(text.slice(middle))]);
}

describe('a file that is not what its name says', () => {
  test.each<[string, string, Uint8Array | string, string]>([
    ['UTF-16 without a mark', 'dump.json', Buffer.from('[{"timestamp":1}]', 'utf16le'), 'unsupported-encoding'],
    ['UTF-32 without a mark', 'dump.json', wide('[{"timestamp":1}]'), 'unsupported-encoding'],
    ['a block of zeros after a power failure', 'dump.json', Buffer.alloc(4096), 'invalid-json'],
    ['text that ends in zeros', 'dump.json', Buffer.concat([Buffer.from('[]'), Buffer.alloc(2)]), 'trailing-garbage'],
    ['empty', 'dump.json', '', 'empty-file'],
    ['blank', 'dump.json', ' \r\n\t', 'empty-file'],
    ['an empty file in gzip', 'dump.json.gz', gzipSync(''), 'empty-file'],
  ])('%s fails with its reason, and the others load', async (_what, name, content, code) => {
    write(`metrics/${name}`, content);
    write('metrics/good.json', asArray(2));
    const loaded = await load(root, target.url);
    expect(loaded.rejects).toMatchObject([{ path: `metrics/${name}`, code }]);
    expect(loaded.tables['metrics']).toMatchObject({ inserted: 2 });
    expect(loaded.exitCode).toBe(1);
  });
});

/** ASCII in UTF-32, big-endian. */
function wide(text: string): Buffer {
  return Buffer.from([...text].flatMap((character) => [0, 0, 0, character.charCodeAt(0)]));
}

describe('what is no regular file', () => {
  test('a pipe, a socket and symbolic links are named, not opened, and do not hold up the run', async () => {
    write('metrics/good.json', asArray(1));
    write('../secret.json', asArray(5));
    for (const name of ['one', 'two', 'three', 'four', 'five'])
      execFileSync('mkfifo', [join(root, 'metrics', `${name}.json`)]);
    symlinkSync(join(outside, 'secret.json'), join(root, 'metrics', 'link.json'));
    symlinkSync('link.json', join(root, 'metrics', 'loop.json'));
    symlinkSync('nowhere', join(root, 'metrics', 'dangling.json'));
    symlinkSync(outside, join(root, 'linked-directory'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(root, 'metrics', 'socket.json'), resolve));
    const result = await runCli(['run', root, '--to', target.url, '--json']);
    await new Promise((resolve) => server.close(resolve));
    // The links may hold data that nobody read.
    expect(result.code, result.stderr).toBe(1);
    const report: { files: { path: string; status: string; reason: string }[] } = JSON.parse(result.stdout);
    const found = Object.fromEntries(report.files.map(({ path, reason, status }) => [path, `${status}: ${reason}`]));
    const special = 'unrecognised: not-a-regular-file';
    const link = 'unrecognised: symlink';
    expect(found).toEqual({
      'metrics/good.json': expect.stringMatching(/^loaded/),
      'metrics/one.json': special,
      'metrics/two.json': special,
      'metrics/three.json': special,
      'metrics/four.json': special,
      'metrics/five.json': special,
      'metrics/socket.json': special,
      'metrics/link.json': link,
      'metrics/loop.json': link,
      'metrics/dangling.json': link,
      'linked-directory': link,
    });
  });
});

describe('names of files', () => {
  const NAMES = [
    'new\nline.json',
    '\u001b[31mred.json',
    `${'x'.repeat(250)}.json`,
    `${'ü'.repeat(125)}.json`,
    ' .json',
    '-rf.json',
    '\u2028.json',
    '"quoted\\.json',
    '%2e%2e.json',
    '*?[a].json',
    '{a,b}.json',
    '!not.json',
    'CON.json',
    '🙂.JSON',
    "'; DROP TABLE users; --.json",
  ];

  test('may hold anything; each file is loaded, archived and named as it is', async () => {
    for (const [index, name] of NAMES.entries()) {
      write(`metrics/${name}`, JSON.stringify([{ ...records(1)[0], source: `source ${index}` }]));
    }
    const archiveDir = join(outside, 'archive');
    const loaded = await load(root, target.url, { archive: true, archiveDir });
    expect(loaded, JSON.stringify(loaded.rejects)).toMatchObject({ exitCode: 0, rejects: [] });
    expect(loaded.files.map(({ path }) => path).sort()).toEqual(NAMES.map((name) => `metrics/${name}`).sort());
    for (const { path, archived_to } of loaded.files) expect(archived_to).toBe(join(archiveDir, path));
    expect(loaded.tables['metrics']).toMatchObject({ inserted: NAMES.length });
  });

  test('that are not UTF-8 are failed files, each of them, also where two look the same', async () => {
    mkdirSync(join(root, 'metrics'));
    const directory = Buffer.from(`${join(root, 'metrics')}/`);
    for (const byte of [0xe9, 0xe8]) {
      writeFileSync(Buffer.concat([directory, Buffer.from([byte]), Buffer.from('.json')]), asArray(1));
    }
    write('metrics/good.json', asArray(2));
    const loaded = await load(root, target.url);
    expect(loaded.exitCode).toBe(1);
    expect(loaded.head.totals).toMatchObject({ files: 3, files_failed: 2, files_loaded: 1 });
    expect(loaded.rejects.map(({ code }) => code)).toEqual(['file-name-not-utf8', 'file-name-not-utf8']);
  });

  test('in a directory whose name is not UTF-8 are not lost in silence', async () => {
    const directory = Buffer.concat([Buffer.from(`${root}/metr`), Buffer.from([0xff])]);
    mkdirSync(directory);
    writeFileSync(Buffer.concat([directory, Buffer.from('/dump.json')]), asArray(1));
    write('metrics/good.json', asArray(2));
    const loaded = await load(root, target.url);
    expect(loaded.exitCode).toBe(1);
    expect(loaded.head.totals.files_failed).toBe(1);
  });

  test('255 directories deep are found', async () => {
    write(`${'d/'.repeat(255)}metrics.json`, asArray(1));
    const loaded = await load(root, target.url);
    expect(loaded).toMatchObject({ exitCode: 0 });
    expect(loaded.files).toHaveLength(1);
    expect(await digestOf(target.url, [TABLES.metrics])).toMatch(/^[0-9a-f]{64}$/);
  });

  test('deeper than a path may be long are not lost in silence', async () => {
    const script = 'for i in $(seq 30); do mkdir "$1"; cd "$1"; done; echo "[]" > metrics.json';
    execFileSync('bash', ['-c', script, 'bash', 'd'.repeat(200)], { cwd: root });
    write('metrics/good.json', asArray(2));
    const loaded = await load(root, target.url);
    expect(loaded.exitCode).toBe(1);
    expect(loaded.rejects).toMatchObject([{ code: 'unreadable-file' }]);
    expect(loaded.tables['metrics']).toMatchObject({ inserted: 2 });
  });
});

describe('a file that changes while it is read', () => {
  /** Loads and does something to the file as soon as its first records are in the database. */
  async function loadWhile(change: () => void, options: Record<string, unknown> = {}): Promise<Loaded['head']> {
    let done = false;
    const settings = runSettings({ root, to: target.url, batchBytes: 50_000, ...options });
    const report = await migrate(settings, {
      listener: (event) => {
        if (done || event.kind !== 'progress' || event.bytes === 0) return;
        done = true;
        change();
      },
    });
    expect(done).toBe(true);
    return report.head;
  }

  test('ends the run with exit code 6, is not archived, and the next run loads it', async () => {
    write('metrics/dump.ndjson', asLines(9000));
    const path = join(root, 'metrics/dump.ndjson');
    const archiveDir = join(outside, 'archive');
    const more = JSON.stringify({ ...records(1)[0], source: 'late' });
    const first = await loadWhile(() => appendFileSync(path, `${more}\n`), { archive: true, archiveDir });
    expect(first.exit_code).toBe(6);
    const second = await load(root, target.url);
    expect(second.exitCode).toBe(0);
    expect(second.files).toMatchObject([{ status: 'loaded', records: { loaded: 9001 } }]);
    expect(await storedSources()).toContain('late');
  });

  test('and gets shorter ends the run with exit code 6', async () => {
    write('metrics/dump.ndjson', asLines(9000));
    const first = await loadWhile(() => writeFileSync(join(root, 'metrics/dump.ndjson'), asLines(10)));
    expect(first.exit_code).toBe(6);
    expect(await load(root, target.url)).toMatchObject({ exitCode: 0 });
  });

  test('after it was loaded but before it is archived stays where it is, and the run says so with exit code 6', async () => {
    write('metrics/a.json', asArray(3));
    write('metrics/b.ndjson', asLines(9000));
    const change = () => writeFileSync(join(root, 'metrics/a.json'), asArray(4));
    const head = await loadWhile(change, { archive: true, archiveDir: join(outside, 'archive') });
    expect(head.exit_code).toBe(6);
    const again = await load(root, target.url);
    expect(again.files).toMatchObject([{ path: 'metrics/a.json', status: 'loaded', records: { loaded: 4 } }]);
  });
});
