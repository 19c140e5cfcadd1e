import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fittingRecipes } from '../../src/inventory/fitting-recipes.ts';
import { load } from '../setup/load.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { holdsForSample, sampleOf } from './recipe-suite.ts';

holdsForSample({
  recipe: 'slack',
  rows: {
    users: 3,
    channels: 5,
    channel_members: 8,
    messages: 9,
    reactions: 2,
    reaction_users: 3,
    message_files: 2,
    integration_logs: 1,
  },
  // Who is in a channel has no order.
  comparable: (record) => {
    if (typeof record !== 'object' || record === null || !('members' in record)) return record;
    return { ...record, members: Array.isArray(record['members']) ? record['members'].toSorted() : null };
  },
});

const options = { recipe: ['slack'] };

function copyOf(): string {
  const root = plant();
  cpSync(sampleOf('slack'), root, { recursive: true });
  return root;
}

describe.each(PRODUCTS)('an export of Slack in %s', (product) => {
  test('finds the channel of a message by its directory', async () => {
    const url = await freshUrl(product);
    await load(sampleOf('slack'), url, options);
    expect(
      await queryTarget(
        url,
        'SELECT channel, channel_id, count(*) AS n FROM messages GROUP BY channel, channel_id ORDER BY channel_id',
      ),
    ).toEqual(
      [
        ['general', 'C1', 6],
        ['D01', 'D01', 1],
        ['private-plans', 'G1', 1],
        ['mpdm-ada--bob-1', 'G2', 1],
      ].map(([channel, id, n]) => ({ channel, channel_id: id, n: product === 'SQLite' ? n : String(n) })),
    );
  });

  test('keeps messages of a directory that no list names, and rejects what is no message', async () => {
    const url = await freshUrl(product);
    const root = copyOf();
    rmSync(join(root, 'groups.json'));
    mkdirSync(join(root, 'odd'));
    writeFileSync(join(root, 'odd/notes.json'), '[{ "ts": "1700000000.1", "text": "no day" }]');
    writeFileSync(
      join(root, 'general/2023-11-16.json'),
      '[{ "text": "no time" }, { "ts": "1700100000.000000", "text": "fine" }]',
    );
    const { exitCode, rejects, warnings } = await load(root, url, options);
    expect(exitCode).toBe(1);
    expect(rejects.map(({ path, code }) => [path, code])).toEqual([
      ['general/2023-11-16.json', 'missing-member'],
      ['odd/notes.json', 'invalid-time'],
    ]);
    expect(warnings.map(({ code }) => code)).toContain('unknown-reference');
    expect(await queryTarget(url, `SELECT channel_id, text FROM messages WHERE channel = 'private-plans'`)).toEqual([
      { channel_id: null, text: 'secret plans' },
    ]);
  });
});

test('an export of Slack is known by its lists and days', async () => {
  expect(await fittingRecipes(sampleOf('slack'))).toEqual(['slack']);
  const root = copyOf();
  rmSync(join(root, 'users.json'));
  expect(await fittingRecipes(root)).toEqual([]);
});

describe('an export of Slack is recognised by its users', () => {
  const users = JSON.parse(readFileSync(join(sampleOf('slack'), 'users.json'), 'utf8'));

  test.each([
    ['without a day of messages', ['users.json', 'channels.json']],
    ['with direct messages only', ['users.json', 'dms.json']],
    ['with nothing else', ['users.json']],
  ])('%s', async (_what, files) => {
    const root = plant();
    for (const file of files) cpSync(join(sampleOf('slack'), file), join(root, file));
    expect(await fittingRecipes(root)).toEqual(['slack']);
    expect(await load(root, await freshUrl('SQLite'), options)).toMatchObject({ exitCode: 0, rejects: [] });
  });

  test('in the directory of an unpacked archive', async () => {
    const root = plant();
    cpSync(sampleOf('slack'), join(root, 'Ada Slack export Nov 1 2023'), { recursive: true });
    expect(await fittingRecipes(root)).toEqual(['slack']);
    const { exitCode, rejects, tables } = await load(root, await freshUrl('SQLite'), options);
    expect({ exitCode, rejects }).toEqual({ exitCode: 0, rejects: [] });
    expect(tables).toMatchObject({ users: { inserted: 3 }, channels: { inserted: 5 }, messages: { inserted: 9 } });
  });

  test('and those are no accounts of an application', async () => {
    const { exitCode, tables, warnings } = await load(plant({ 'a/b/users.json': users }), await freshUrl('SQLite'));
    expect({ exitCode, tables }).toEqual({ exitCode: 1, tables: {} });
    expect(warnings).toMatchObject([{ code: 'not-read', path: 'a/b/users.json' }]);
  });
});
