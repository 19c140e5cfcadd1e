import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fittingRecipes } from '../../src/inventory/fitting-recipes.ts';
import { load } from '../setup/load.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { holdsForSample, sampleOf } from './recipe-suite.ts';

holdsForSample({
  recipe: 'telegram',
  rows: {
    chats: 3,
    messages: 5,
    reactions: 1,
    accounts: 1,
    profile_pictures: 1,
    other_data: 1,
    contacts: 1,
    frequent_contacts: 1,
    sessions: 1,
    web_sessions: 1,
  },
  // Chats are in the order in which somebody wrote to them last, which says nothing.
  comparable(record) {
    const document = withoutWords(record);
    document.chats.list.sort((one: { id: number }, other: { id: number }) => one.id - other.id);
    return document;
  },
  exportable: withoutWords,
});

/** Without what is said of the parts of the export. */
function withoutWords(record: unknown) {
  const document = JSON.parse(JSON.stringify(record));
  const { contacts, frequent_contacts: frequent, sessions, web_sessions: sites, chats, left_chats: left } = document;
  for (const part of [document, contacts, frequent, sessions, sites, chats, left]) delete part.about;
  return document;
}

const options = { recipe: ['telegram'] };
const EVERYTHING = JSON.parse(readFileSync(join(sampleOf('telegram'), 'result.json'), 'utf8'));
const [CHAT] = EVERYTHING.chats.list;

describe.each(PRODUCTS)('an export of Telegram in %s', (product) => {
  test('of one chat gives the rows that it has in an export of everything', async () => {
    const [one, all] = [await freshUrl(product), await freshUrl(product)];
    const { exitCode } = await load(plant({ 'result.json': CHAT }), one, options);
    expect(exitCode).toBe(0);
    await load(sampleOf('telegram'), all, options);
    const rows = 'SELECT * FROM messages WHERE chat_id = 2001 ORDER BY id';
    expect(await queryTarget(one, rows)).toEqual(await queryTarget(all, rows));
  });

  test('has the text of a message whether it is one piece or several', async () => {
    const url = await freshUrl(product);
    await load(sampleOf('telegram'), url, options);
    const query = 'SELECT text, parts IS NULL AS plain, sent_at IS NULL AS timeless FROM messages ORDER BY chat_id, id';
    expect(
      (await queryTarget(url, query)).map((row) =>
        Object.values(row).map((each) => (typeof each === 'number' ? each === 1 : each)),
      ),
    ).toEqual([
      ['', true, false],
      ['See https://example.org and wait.', false, false],
      ['Fine', true, false],
      ['', true, false],
      ['before there was a unix time', true, true],
    ]);
  });
});

test('an export of Telegram is known by its chats', async () => {
  expect(await fittingRecipes(sampleOf('telegram'))).toEqual(['telegram']);
  expect(await fittingRecipes(plant({ 'result.json': CHAT }))).toEqual(['telegram']);
  expect(await fittingRecipes(plant({ 'result.json': { id: 1, passed: true } }))).toEqual([]);
});

test.each(PRODUCTS)(
  'what an export says of its parts stays where the person is not in it, and comes back in %s',
  async (product) => {
    const messages = [
      { id: 1, type: 'message', date: '2023-01-02T10:11:12', date_unixtime: '0', text: 'm', text_entities: [] },
    ];
    const chat = { id: 1, name: 'N', type: 'personal_chat', messages };
    const root = plant({ 'result.json': { about: 'A', chats: { about: 'of chats', list: [chat] } } });
    const url = await freshUrl(product);
    const report = await load(root, url, { recipe: ['telegram'] });
    expect([report.exitCode, report.error]).toEqual([0, undefined]);
    expect(await queryTarget(url, 'SELECT about, about_chats FROM exports')).toEqual([
      { about: 'A', about_chats: 'of chats' },
    ]);
    expect(await queryTarget(url, 'SELECT sent_at, date_unixtime FROM messages')).toEqual([
      { sent_at: null, date_unixtime: '0' },
    ]);
  },
);

test.each([['contacts'], ['sessions'], ['left_chats'], ['other_data']])(
  'an export of Telegram in which a person chose %s only is recognised and loads',
  async (part) => {
    const root = plant({ 'result.json': { about: 'Here is the data', [part]: EVERYTHING[part] } });
    expect(await fittingRecipes(root)).toEqual(['telegram']);
    expect(await load(root, await freshUrl('SQLite'), options)).toMatchObject({ exitCode: 0, rejects: [] });
  },
);
