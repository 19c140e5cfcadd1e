import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { load } from '../setup/load.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { holdsForSample, sampleOf } from './recipe-suite.ts';

holdsForSample({
  recipe: 'chatgpt',
  rows: { conversations: 5, messages: 10, attachments: 2, users: 1, message_feedback: 1, shared_conversations: 1 },
  comparable: (record) => {
    const text = JSON.stringify(record)
      // Two names of one member, and two spellings of another.
      .replace('"id":"c-2"', '"conversation_id":"c-2"')
      .replace('mimeType', 'mime_type');
    return JSON.parse(text);
  },
});

const options = { recipe: ['chatgpt'] };

const FORMER = readFileSync(join(sampleOf('chatgpt'), 'conversations-000.json'), 'utf8');

/** A month later: another title, and a message more in one conversation. */
const GROWN = FORMER.replace('Trees and branches', 'Trees')
  .replace('1700000360.5', '1700000999.5')
  .replace('"current_node": "n-4b"', '"current_node": "n-5"')
  .replace('"mapping": {', '"mapping": { "n-5": { "id": "n-5", "message": null, "parent": "n-4b", "children": [] },');

test.each(PRODUCTS)(
  'files beside the export, which nothing reads, are named and keep nothing back in %s',
  async (product) => {
    const root = plant({
      'conversations.json': FORMER,
      'conversations (1).json': FORMER,
      'chat.html': '<html>',
      'images/a.png': 'x',
      'README.txt': 'x',
    });
    const url = await freshUrl(product);
    const report = await load(root, url, options);
    expect([report.exitCode, report.error]).toEqual([1, undefined]);
    const [row] = await queryTarget(url, 'SELECT count(*) AS n FROM conversations');
    expect(Number(row?.['n'])).toBeGreaterThan(0);
  },
);

test('a member with a name that the recipe uses itself is told, not taken for it', async () => {
  const node = { id: 'm', message: null, parent: null, children: [], $is_active: 'MINE', $depth: 77 };
  const root = plant({
    'conversations.json': [{ conversation_id: 'c', title: 't', mapping: { m: node }, current_node: 'm' }],
  });
  const report = await load(root, await freshUrl('SQLite'), options);
  const rejects = report.files.flatMap(({ rejects: each }) => each);
  expect([report.exitCode, rejects]).toEqual([1, [expect.objectContaining({ code: 'check-failed' })]]);
});

describe.each(PRODUCTS)('an export of ChatGPT in %s', (product) => {
  test('marks the path to the current node, and counts the steps from the root', async () => {
    const url = await freshUrl(product);
    await load(sampleOf('chatgpt'), url, options);
    const rows = await queryTarget(
      url,
      `SELECT id, parent_id, depth FROM messages WHERE conversation_id = 'c-1' AND is_active ORDER BY depth`,
    );
    expect(rows.map(({ id, parent_id: parent, depth }) => [id, parent, Number(depth)])).toEqual([
      ['root', null, 0],
      ['n-1', 'root', 1],
      ['n-2', 'n-1', 2],
      ['n-3b', 'n-2', 3],
      ['n-4b', 'n-3b', 4],
    ]);
    const circle = await queryTarget(url, `SELECT id, depth FROM messages WHERE conversation_id = 'c-2' ORDER BY id`);
    expect(circle.map(({ id, depth }) => [id, depth === null ? null : Number(depth)])).toEqual([
      ['x', null],
      ['y', null],
      ['z', 0],
    ]);
  });

  test('keeps times to the microsecond', async () => {
    const url = await freshUrl(product);
    const text = readFileSync(join(sampleOf('chatgpt'), 'conversations-000.json'), 'utf8');
    await load(plant({ 'conversations.json': text.replace('1700000010.000001', '1700000010.0000012') }), url, options);
    const time =
      product === 'PostgreSQL' ? `to_char(created_at AT TIME ZONE 'UTC', 'HH24:MI:SS.US')` : 'substr(created_at, 12)';
    expect(
      await queryTarget(url, `SELECT ${time} AS time FROM messages WHERE id IN ('n-2', 'n-3a') ORDER BY id`),
    ).toEqual([{ time: '22:13:21.654321' }, { time: '22:13:30.000001' }]);
  });

  test('is accounted for without the names of its nodes, of which there may be any number', async () => {
    const url = await freshUrl(product);
    const { files } = await load(sampleOf('chatgpt'), url, options);
    const [{ unmapped }] = files.filter(({ path }) => path === 'conversations-000.json') as [(typeof files)[0]];
    expect(unmapped['/mapping/*/children']).toBe(9);
    expect(unmapped['/mapping/*/message/metadata/attachments/*/fileTokenSize']).toBe(1);
    expect(Object.keys(unmapped).filter((pointer) => /n-\d|root/.test(pointer))).toEqual([]);
  });

  test('that grew is loaded as exactly what is new', async () => {
    const url = await freshUrl(product);
    await load(sampleOf('chatgpt'), url, options);
    const { tables, exitCode } = await load(plant({ 'conversations.json': GROWN }), url, options);
    expect(exitCode).toBe(0);
    expect(tables['conversations']).toMatchObject({ inserted: 0, updated: 1, unchanged: 1 });
    expect(tables['messages']).toMatchObject({ inserted: 1, updated: 0, unchanged: 9 });
  });

  const title = (url: string) => queryTarget(url, `SELECT title FROM conversations WHERE id = 'c-1'`);

  const expectVerified = async (root: string, url: string): Promise<void> => {
    for (const ledger of [false, true])
      expect((await verify(runSettings({ root, to: url, ...options, ledger, workers: 1 }))).exit_code).toBe(0);
  };

  test.each([
    ['later', 'a', 'b'],
    ['earlier', 'b', 'a'],
  ])('that lies beside its former state counts, also where its path is %s', async (_when, former, grown) => {
    const url = await freshUrl(product);
    const root = plant({ [`${former}/conversations.json`]: FORMER, [`${grown}/conversations.json`]: GROWN });
    const dry = await load(root, url, { ...options, dryRun: true });
    const { exitCode, tables, files } = await load(root, url, options);
    expect(dry.tables).toEqual(tables);
    expect([exitCode, tables['conversations'], tables['messages']]).toMatchObject([
      0,
      { inserted: 2 },
      { inserted: 10 },
    ]);
    const [old] = files.filter(({ path }) => path.startsWith(former));
    expect(old?.dropped).toMatchObject({ superseded: grown === 'b' ? 2 : 1 });
    expect(await title(url)).toEqual([{ title: 'Trees' }]);
    await expectVerified(root, url);
    const again = await load(root, url, { ...options, reload: true });
    expect([again.exitCode, again.tables['conversations'], again.tables['messages']]).toMatchObject([
      0,
      { inserted: 0, updated: 0 },
      { inserted: 0, updated: 0 },
    ]);
  });

  test.each([
    ['after', { 'a/conversations.json': FORMER }, { 'b/conversations.json': GROWN }],
    ['before', { 'b/conversations.json': GROWN }, { 'a/conversations.json': FORMER }],
  ])('that comes into the root %s its former state counts', async (_when, first, second) => {
    const url = await freshUrl(product);
    const root = plant(first);
    expect((await load(root, url, options)).exitCode).toBe(0);
    cpSync(plant(second), root, { recursive: true });
    const { exitCode, tables } = await load(root, url, options);
    expect([exitCode, tables['conversations']?.inserted]).toEqual([0, 0]);
    expect(await title(url)).toEqual([{ title: 'Trees' }]);
    await expectVerified(root, url);
  });
});
