import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ConfigContents } from '../../src/inference/config-contents.ts';
import { infer } from '../../src/inference/infer.ts';
import { questionsOf } from '../../src/inference/questions.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { proposedFor, records } from '../setup/proposed.ts';
import { plant } from '../setup/trees.ts';

const profile = (name: string) => ({ name, theme: 'dark', lang: 'en' });

describe('which files hold the same', () => {
  test('those of each user are one dataset, and what varies in the path is its key', async () => {
    const { proposed } = await proposedFor({
      'users/ann/profile.json': profile('Ann'),
      'users/bob/profile.json': profile('Bob'),
    });
    expect(proposed).toMatchObject({ profile: { files: 'users/<user>/profile.json', records: '', key: 'user' } });
  });

  test('objects of few objects alike are maps where their names cross those of other files', async () => {
    const score = (xp: number) => ({ xp, level: 1 });
    const { proposed } = await proposedFor({
      'points/jan.json': { ann: score(1), bob: score(2) },
      'points/feb.json': { cyd: score(3), bob: score(4) },
      'points/mar.json': { cyd: score(5) },
      'coins.json': { ann: 3, cyd: 4 },
      'hosts/a.json': { main: { host: 'x', port: 1 }, spare: { host: 'y', port: 2 } },
      'hosts/b.json': { main: { host: 'x', port: 1 } },
    });
    expect(proposed).toMatchObject({
      points: { files: 'points/<point>.json', records: '/<key>', key: ['point', 'key'] },
      coins: { records: '/<key>' },
      a: { records: '', columns: { spare_port: { from: '/spare/port' } } },
    });
  });

  test('files in directories that are numbers are called after themselves, and what they hold keeps them apart', async () => {
    const { proposed } = await proposedFor({
      '1/users.json': { ann: { xp: 5 }, bob: { xp: 6 } },
      '1/coins.json': { ann: 5, bob: 6 },
      '2/users.json': { ann: { xp: 7 }, cyd: { xp: 8 } },
      '2/coins.json': { ann: 7, cyd: 8 },
    });
    expect(Object.entries(proposed).map(([name, { files, key }]) => [name, files, key])).toEqual([
      ['coins', '<folder>/coins.json', ['folder', 'key']],
      ['users', '<folder>/users.json', ['folder', 'key']],
    ]);
  });

  test('names of files that look like data are captured; where a member says the same they are one column', async () => {
    const { proposed } = await proposedFor(
      Object.fromEntries(records(3, (n) => [`chats/c-${n}0.json`, { id: `c-${n}0`, title: `t${n}`, open: true }])),
    );
    expect(proposed).toMatchObject({
      chats: { files: 'chats/c-<chat>.json', key: 'id', columns: { chat: { from: '$chat' }, id: 'text' } },
    });
  });

  test('a date in the name of a file varies as a whole: the files of another year are of the same dataset', async () => {
    const { proposed } = await proposedFor({
      'orders/2025-01.json': records(3, (n) => ({ id: `a${n}`, total: n })),
      'orders/2025-02.json': records(3, (n) => ({ id: `b${n}`, total: n })),
      'logs/day-2025-01-30.json': records(3, (n) => ({ line: n, word: `x${n}` })),
      'logs/day-2025-01-31.json': records(3, (n) => ({ line: n, word: `y${n}` })),
    });
    expect(Object.values(proposed).map(({ files }) => files)).toEqual(['logs/day-<log>.json', 'orders/<order>.json']);
  });

  test('names of files that are ids vary as a whole, however they begin', async () => {
    const id = (n: number) => `2b1f7c1e-1111-4a11-8a11-00000000000${n}`;
    const { proposed } = await proposedFor(
      Object.fromEntries(records(3, (n) => [`chats/${id(n)}.json`, { id: id(n), title: 'x', open: true }])),
    );
    expect(proposed).toMatchObject({ chats: { files: 'chats/<id>.json', key: 'id' } });
  });

  test('names that directories have too, and languages, are data', async () => {
    const { proposed } = await proposedFor({
      'users/ann/profile.json': profile('Ann'),
      'users/bob/profile.json': profile('Bob'),
      'usage/ann.json': { '2024-01-01': { calls: 1 } },
      'usage/bob.json': { '2024-01-01': { calls: 2 } },
      'locales/de.json': { home: { title: 'a', text: 'b' } },
      'locales/en.json': { home: { title: 'c', text: 'd' } },
    });
    expect(Object.values(proposed).map(({ files }) => files)).toEqual([
      'locales/<locale>.json',
      'usage/<name>.json',
      'users/<user>/profile.json',
    ]);
  });

  test('copies of a file have tables of their own, and are a question; the file has the name', async () => {
    const users = records(3, (n) => ({ id: n, name: `x${n}` }));
    const { proposed, datasets } = await proposedFor({
      'old/users.json': users,
      'users (1).json': users,
      'users.json': users,
      // Of another kind: no copies.
      'orders.bak.json': records(3, (n) => ({ number: n, total: n })),
      'backup/report.json': [{ made: 'x' }],
    });
    expect(Object.entries(proposed).map(([name, { files }]) => [name, files])).toEqual([
      ['report', 'backup/report.json'],
      ['users_copy', 'old/users.json'],
      ['orders_bak', 'orders.bak.json'],
      ['users_1', 'users (1).json'],
      ['users', 'users.json'],
    ]);
    const asked = questionsOf(datasets, new ConfigContents(undefined)).filter(({ text }) => text.includes('copies'));
    expect(asked.map(({ at, text }) => [at.at(-1), /`ignore: (.*?)`/.exec(text)?.[1]])).toEqual([
      ['users_copy', '[old/users.json]'],
      ['users_1', '["users (1).json"]'],
    ]);
  });

  test('versions of records in files of one pattern are told apart by a member that only they have', async () => {
    const { proposed } = await proposedFor({
      ...Object.fromEntries(records(2, (n) => [`users/${n}.json`, { id: 10 + n, name: 'x', mail: 'y' }])),
      ...Object.fromEntries(records(2, (n) => [`users/${n + 2}.json`, { id: n, first: 'x', last: 'z', email: 'y' }])),
    });
    expect(Object.values(proposed).map(({ files, when, exclude }) => [files, when, exclude])).toEqual([
      ['users/<user>.json', { has: ['/name'] }, undefined],
      ['users/<user>.json', { has: ['/first'] }, undefined],
    ]);
  });

  test('small maps of things that another file names are maps, of files in a directory together', async () => {
    const { proposed, text } = await proposedFor({
      'badges.json': { ann: ['first'], bob: [] },
      'people.json': [
        { username: 'ann', age: 3 },
        { username: 'bob', age: 4 },
        { username: 'cy', age: 5 },
      ],
      'points/january.json': { ann: 5, bob: 3 },
      'points/march.json': { ann: 1, cy: 2 },
      'window.json': { width: 3, height: 5 },
      // Of other things, and of two kinds.
      'teams.json': { red: 1, ann: 2 },
      'mixed.json': { ann: 1, bob: 'x' },
    });
    expect(proposed).toMatchObject({
      badges: { records: '/<people_username>', key: 'people_username' },
      points: { files: 'points/<point>.json', records: '/<people_username>', key: ['point', 'people_username'] },
      window: { records: '', columns: { width: 'integer' } },
      teams: { records: '', columns: { red: 'integer', ann: 'integer' } },
      mixed: { records: '', columns: { ann: 'integer', bob: 'text' } },
    });
    expect(text.match(/references: people.username/g)).toHaveLength(2);
  });

  test('an empty list is one of the lists that are called like it', async () => {
    const { proposed } = await proposedFor(
      Object.fromEntries([
        ...records(12, (n) => [`u/p${n}/visits.json`, n % 3 === 1 ? [] : [{ x: n, y: 'k' }]]),
        ...records(12, (n) => [`chats/c-${n}00.json`, n % 4 === 1 ? [] : [{ role: 'u', text: 'k' }]]),
      ]),
    );
    expect(Object.values(proposed).map(({ files, exclude }) => [files, exclude])).toEqual([
      ['chats/c-<chat>.json', undefined],
      ['u/<folder>/visits.json', undefined],
    ]);
  });

  test('files in the root that differ by a word are datasets of their own', async () => {
    const list = [{ id: 1, name: 'a' }];
    const names = ['categories', 'colours', 'genres', 'languages', 'sizes', 'tags', 'units'];
    const { proposed } = await proposedFor(Object.fromEntries(names.map((name) => [`${name}.json`, list])));
    expect(Object.keys(proposed)).toEqual(names);
  });

  test('many in a directory are one, whatever they are called', async () => {
    const words = ['ann', 'bob', 'cat', 'dan', 'eve', 'fay', 'gus', 'hal', 'ida', 'jim'];
    const { proposed } = await proposedFor(
      Object.fromEntries(words.map((word) => [`lists/${word}.json`, [{ id: 1, name: `of ${word}` }]])),
    );
    expect(proposed).toMatchObject({ lists: { files: 'lists/<list>.json', columns: { list: { from: '$list' } } } });
  });

  test('a file of another shape in the same directory is a dataset of its own, and the other excludes it', async () => {
    const { proposed } = await proposedFor({
      'users/1.json': profile('a'),
      'users/2.json': profile('b'),
      'users/3.json': profile('c'),
      'users/index.json': [{ id: 1, at: 'x' }],
    });
    expect(Object.values(proposed).map(({ files, exclude }) => [files, exclude])).toEqual([
      ['users/<user>.json', ['users/index.json']],
      ['users/index.json', undefined],
    ]);
  });

  test('signs of patterns in names of files are no patterns', async () => {
    const { proposed } = await proposedFor({ 'a*{b}<c>.json': [{ id: 1 }], 'axxx.json': [{ other: 'x' }] });
    expect(Object.values(proposed).map(({ files }) => files)).toEqual(['a??b??c>.json', 'axxx.json']);
  });

  test('compressed files, lines and other encodings are read as in a run', async () => {
    const root = plant({ 'lines.jsonl': '{"id":1}\n{"id":2}\n' });
    writeFileSync(join(root, 'packed.json.gz'), gzipSync('[{"code":"x"},{"code":"y"}]'));
    writeFileSync(join(root, 'wide.json'), Buffer.from('\ufeff[{"key":"ü"}]', 'utf16le'));
    const { text, left } = await infer(root, runSettings({ root }));
    expect(left).toEqual([]);
    expect(parse(text).datasets).toMatchObject({
      lines: { files: 'lines.jsonl', key: 'id' },
      packed: { files: 'packed.json', key: 'code' },
      wide: { files: 'wide.json' },
    });
  });

  test('what is not the application’s is no input', async () => {
    const { files } = await proposedFor({
      'a.json': [{ id: 1 }],
      'node_modules/x/package.json': { name: 'x' },
      '.git/config.json': {},
      'notes.txt': 'text',
    });
    expect(files).toBe(1);
  });

  test('damaged files are named and have no dataset of their own, whether or not others are like them', async () => {
    const { left, proposed } = await proposedFor({
      'a.json': '[{"id":1},{"id":2}',
      'b.json': 'nothing',
      'c.json': '',
      'orders/1.json': { id: 1, total: 1 },
      'orders/2.json': { id: 2, total: 1 },
      'orders/3.json': '{"id":',
      'orders/4.json': '',
      'orders/5.json': '{"other": 1, "words":',
      'lines.jsonl': '{"id":1}\n{"id":2\n{"id":3}\n',
    });
    expect(left.map(({ path, isDamaged }) => [path, isDamaged])).toEqual(
      ['a.json', 'b.json', 'c.json', 'lines.jsonl', 'orders/3.json', 'orders/4.json', 'orders/5.json'].map((path) => [
        path,
        true,
      ]),
    );
    expect(Object.keys(proposed)).toEqual(['lines', 'orders']);
    // A run names those of them that the pattern takes.
    expect(proposed['orders']).toMatchObject({ files: 'orders/<id>.json', key: 'id' });
    expect(proposed['orders']?.exclude).toBe(undefined);
  });
});

test('a document with a member twice is named, though its members can be read one by one', async () => {
  const { left } = await proposedFor({ 'settings.json': '{"a": 1, "b": 2, "a": 3}' });
  expect(left).toEqual([{ path: 'settings.json', reason: 'a record of it is duplicate-member', isDamaged: true }]);
});

describe('where the records are', () => {
  test('lists and maps of a document are datasets, and what is left of it is one row', async () => {
    const { proposed } = await proposedFor({
      'db.json': {
        version: 3,
        settings: { name: 'x', dark: true },
        users: [{ id: 1 }, { id: 2 }],
        orders: { o10: { total: 1 }, o11: { total: 2 } },
      },
    });
    expect(proposed).toMatchObject({
      users: { files: 'db.json', records: '/users/*', key: 'id' },
      orders: { records: '/orders/<key>', key: 'key' },
      db_info: { records: '', key: 'id', columns: { id: { type: 'integer', value: 1 }, version: 'integer' } },
      db_settings: { records: '/settings', columns: { name: 'text', dark: 'boolean' } },
    });
  });

  test('a list that is too large for one piece is read element by element', async () => {
    const text = 'x'.repeat(500);
    const { proposed } = await proposedFor(
      { 'db.json': { version: 1, inner: { all: records(20, (n) => ({ id: n, text })) } } },
      { maxRecordBytes: 4000 },
    );
    expect(proposed).toMatchObject({
      db: { records: '/inner/all/*', key: 'id' },
      version: { records: '/version', columns: { value: { from: '$value' } } },
    });
  });

  test('lists in a map are one dataset with the names of the map', async () => {
    const card = { front: 'a', back: 'b' };
    const { proposed } = await proposedFor({
      'cards.json': { 'Verbs, old': [card], 'Nouns (2)': [card, card], 'x y': [card] },
    });
    expect(proposed).toMatchObject({
      cards: { records: '/<key>/*', columns: { key: { from: '$key' }, front: 'text' } },
    });
  });

  test('where an entry of such a map is empty, the names are rows: nothing says them otherwise', async () => {
    const card = { front: 'a', back: 'b' };
    const { proposed } = await proposedFor({ 'cards.json': { a10: [card], a11: [], a12: [card] } });
    expect(proposed).toMatchObject({
      card_groups: { records: '/<key>', key: 'key', children: { cards: { records: '/*' } } },
    });
  });
});
