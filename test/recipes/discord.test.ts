import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fittingRecipes } from '../../src/inventory/fitting-recipes.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { undo } from '../../src/undo/undo.ts';
import { load } from '../setup/load.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { holdsForSample, sampleOf } from './recipe-suite.ts';

holdsForSample({
  recipe: 'discord',
  rows: { exports: 3, messages: 3, attachments: 1, reactions: 1, reaction_users: 1 },
  isOneWay: true,
});

const options = { recipe: ['discord'] };

describe.each(PRODUCTS)('files of DiscordChatExporter in %s', (product) => {
  test('in parts are one channel, and a thread names its channel', async () => {
    const url = await freshUrl(product);
    const { head } = await load(sampleOf('discord'), url, options);
    expect(await queryTarget(url, 'SELECT id, channel_id, author, reply_to_id FROM messages ORDER BY id')).toEqual([
      { id: '301', channel_id: '201', author: 'ada', reply_to_id: null },
      { id: '302', channel_id: '201', author: 'bob', reply_to_id: '301' },
      { id: '303', channel_id: '301', author: 'helper', reply_to_id: null },
    ]);
    expect(await queryTarget(url, `SELECT category_id, category FROM exports WHERE channel_id = '301'`)).toEqual([
      { category_id: '201', category: 'general' },
    ]);
    expect(await undo({ ...runSettings({ root: '.', to: url, ...options }), run: head.run_id })).toMatchObject({
      exit_code: 0,
      totals: { kept: 0 },
    });
    expect(await queryTarget(url, 'SELECT id FROM messages')).toEqual([]);
  });

  test('beside JSON of others leave that alone, by name', async () => {
    const url = await freshUrl(product);
    const part = readFileSync(join(sampleOf('discord'), 'Club - Talk - general [201] [part 1].json'), 'utf8');
    const { exitCode, files } = await load(plant({ 'a.json': part, 'notes.json': { a: 1 } }), url, options);
    expect(exitCode).toBe(1);
    expect(files.map(({ path, status }) => [path, status])).toEqual([
      ['a.json', 'loaded'],
      ['notes.json', 'unrecognised'],
    ]);
  });
});

test('files of DiscordChatExporter are known by their members, whatever they are called', async () => {
  expect(await fittingRecipes(sampleOf('discord'))).toEqual(['discord']);
});

test('what DiscordChatExporter says newly of a server or channel is kept, and beside them it is named', async () => {
  const part = JSON.parse(readFileSync(join(sampleOf('discord'), 'Club - Talk - general [201] [part 1].json'), 'utf8'));
  const guild = { ...part.guild, owner: { id: '7' }, boosts: 3 };
  const url = await freshUrl('SQLite');
  const { exitCode } = await load(plant({ 'a.json': { ...part, guild } }), url, options);
  expect(exitCode).toBe(0);
  const [row] = await queryTarget(url, 'SELECT guild_details FROM exports');
  expect(JSON.parse(String(row?.['guild_details']))).toEqual(guild);
  const { rejects } = await load(plant({ 'b.json': { ...part, poll: { a: 1 } } }), await freshUrl('SQLite'), options);
  expect(rejects).toMatchObject([{ code: 'second-collection', message: expect.stringContaining('"/poll"') }]);
});
