import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { undo } from '../../src/undo/undo.ts';
import { type DeclaredLoad, loadDeclared } from '../setup/declared.ts';
import { forecast, load } from '../setup/load.ts';
import { PRODUCTS, type Product } from '../setup/targets.ts';
import { grow } from '../setup/trees.ts';

// `$file.mtime` fills a NULL when a row is inserted, and is never compared.

const datasets = {
  notes: {
    files: '*.json',
    records: '',
    key: 'id',
    columns: {
      id: 'integer',
      title: 'text',
      created_at: { from: ['/created', '$file.mtime'], type: 'timestamp', required: true },
      seen_at: { type: 'timestamp', derive: 'created_at' },
    },
    children: {
      lines: {
        records: '/lines/*',
        columns: {
          position: { from: '$position', type: 'integer' },
          text: { from: '$value' },
          at: { type: 'timestamp', derive: '$parent.created_at', plus: '$position' },
        },
      },
    },
  },
};

const NOTES = {
  'a.json': { id: 1, title: 'a', lines: ['x', 'y'] },
  'b.json': { id: 2, created: '2020-01-01T00:00:00Z', lines: ['z'] },
};

function touch(root: string, name: string, seconds: number): void {
  utimesSync(join(root, name), seconds, seconds);
}

/** The first run sees files that are older. */
async function loadNotes(product: Product): Promise<DeclaredLoad> {
  const begun = await loadDeclared({ datasets }, {}, product);
  grow(begun.root, NOTES);
  touch(begun.root, 'a.json', 1_700_000_000.25);
  touch(begun.root, 'b.json', 1_700_000_001);
  const trial = await load(begun.root, begun.url, { datasets, dryRun: true });
  const loaded = await load(begun.root, begun.url, { datasets });
  expect(forecast(trial)).toEqual(forecast(loaded));
  return { ...begun, ...loaded };
}

const ROWS = [
  [
    '1 2023-11-14 22:13:20.250000 2023-11-14 22:13:20.250000',
    '2 2020-01-01 00:00:00.000000 2020-01-01 00:00:00.000000',
  ],
  ['0 2023-11-14 22:13:20.250000', '1 2023-11-14 22:13:20.250001', '0 2020-01-01 00:00:00.000000'],
];

async function rowsOf({ query }: DeclaredLoad, product: Product): Promise<readonly unknown[]> {
  const text = (name: string) =>
    product === 'SQLite' ? name : `to_char(${name} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS ${name}`;
  const rows = [
    await query(`SELECT id, ${text('created_at')}, ${text('seen_at')} FROM notes ORDER BY id`),
    await query(`SELECT position, ${text('at')} FROM lines ORDER BY note_id, position`),
  ];
  return rows.map((some) => some.map((row) => Object.values(row).map(String).join(' ')));
}

async function isVerified({ root, url }: DeclaredLoad): Promise<readonly number[]> {
  const codes: number[] = [];
  for (const ledger of [false, true])
    codes.push((await verify(runSettings({ root, to: url, ledger, workers: 1, datasets }))).exit_code);
  return codes;
}

test.each(PRODUCTS)('a time that no record says is that of its file, in %s', async (product) => {
  const loaded = await loadNotes(product);
  expect(loaded.exitCode).toBe(0);
  expect(loaded.warnings).toEqual([
    {
      code: 'file-time',
      path: 'a.json',
      message: 'record 1: nothing but the time of the file says created_at, seen_at, at',
    },
  ]);
  expect(await rowsOf(loaded, product)).toEqual(ROWS);
  expect(await isVerified(loaded)).toEqual([0, 0]);
});

test.each(PRODUCTS)('another time of the file changes nothing, a time of the record does, in %s', async (product) => {
  const loaded = await loadNotes(product);
  const { root, url } = loaded;
  touch(root, 'a.json', 1_600_000_000);
  const again = await load(root, url, { datasets, reload: true });
  expect(again.tables).toMatchObject({ notes: { unchanged: 2 }, lines: { unchanged: 3 } });
  grow(root, { 'a.json': { ...NOTES['a.json'], title: 'new' } });
  expect((await load(root, url, { datasets })).tables).toMatchObject({
    notes: { updated: 1 },
    lines: { unchanged: 3 },
  });
  expect(await rowsOf(loaded, product)).toEqual(ROWS);
  expect(await isVerified(loaded)).toEqual([0, 0]);
  grow(root, { 'a.json': { ...NOTES['a.json'], created: '2020-01-01T00:00:00Z', lines: [] } });
  expect((await load(root, url, { datasets })).tables).toMatchObject({ notes: { updated: 1 } });
  expect((await rowsOf(loaded, product))[0]).toEqual([
    '1 2020-01-01 00:00:00.000000 2020-01-01 00:00:00.000000',
    ROWS[0]?.[1],
  ]);
});

test.each(PRODUCTS)('a copy of a file is the same record, and undo takes rows back, in %s', async (product) => {
  const loaded = await loadNotes(product);
  const { root, url } = loaded;
  grow(root, { 'c.json': NOTES['a.json'] });
  const copy = await load(root, url, { datasets });
  expect(copy.exitCode).toBe(0);
  expect(copy.rejects).toEqual([]);
  expect(copy.warnings.map(({ code }) => code)).toEqual(['duplicate-record', 'file-time']);
  const settings = { ...runSettings({ root, to: url, datasets }), run: loaded.head.run_id, restoreFiles: false };
  expect(await undo(settings as never)).toMatchObject({ exit_code: 0, totals: { kept: 0 } });
  expect(await rowsOf(loaded, product)).toEqual([[], []]);
});

const columns =
  (created_at: object, more: object = {}) =>
  () =>
    runSettings({
      root: '.',
      datasets: { notes: { files: 'a.json', key: 'id', columns: { id: 'integer', created_at }, ...more } },
    });

test.each<[string, () => unknown, string]>([
  ['of another type', columns({ from: '$file.mtime', type: 'date' }), 'the time of a file is a timestamp'],
  ['before others', columns({ from: ['$file.mtime', '/at'], type: 'timestamp' }), 'write $file.mtime last'],
  [
    'in a key',
    columns({ from: '$file.mtime', type: 'timestamp' }, { key: ['id', 'created_at'] }),
    'no row can be known',
  ],
  ['in a condition', columns({ type: 'timestamp' }, { when: { has: '$file.mtime' } }), 'no condition can ask for it'],
])('the time of a file is refused %s', (_title, read, words) => {
  expect(read).toThrow(words);
});

test.each(PRODUCTS)(
  'a condition may ask for the document around the records, and of lines for the line, in %s',
  async (product) => {
    const declaration = {
      datasets: {
        new: {
          files: 'x.json*',
          records: ['/items/*', ''],
          when: { '$document/version': 2 },
          key: 'id',
          columns: { id: 'integer' },
        },
        old: {
          files: 'x.json*',
          records: ['/items/*', ''],
          when: { '$document/version': 1 },
          skip: { gone: { '$document/gone': true } },
          key: 'id',
          columns: { id: 'integer', version: { from: '$document/version', type: 'integer' } },
        },
      },
    };
    const document = await loadDeclared(declaration, { 'x.json': { version: 1, items: [{ id: 1 }] } }, product);
    expect(document.exitCode).toBe(0);
    expect(await document.query('SELECT id FROM old')).toHaveLength(1);
    const lines = [
      { id: 1, version: 1 },
      { id: 2, version: 2 },
      { id: 3, version: 1, gone: true },
    ];
    const ofLines = await loadDeclared(
      declaration,
      { 'x.jsonl': lines.map((line) => JSON.stringify(line)).join('\n') },
      product,
    );
    expect(ofLines.rejects).toEqual([]);
    expect(await ofLines.query('SELECT id FROM new')).toHaveLength(1);
    expect((await ofLines.query('SELECT id, version FROM old')).map((row) => Object.values(row).map(Number))).toEqual([
      [1, 1],
    ]);
  },
);
