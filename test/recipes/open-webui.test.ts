import { describe, expect, test } from 'vitest';
import { fittingRecipes } from '../../src/inventory/fitting-recipes.ts';
import { runCli } from '../setup/cli.ts';
import { load } from '../setup/load.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { holdsForSample, sampleOf } from './recipe-suite.ts';

holdsForSample({ recipe: 'open-webui', rows: { chats: 3, messages: 4, message_files: 2 } });

describe.each(PRODUCTS)('chats of Open WebUI in %s', (product) => {
  test('have the path to the current message marked, and texts of one piece or of several', async () => {
    const url = await freshUrl(product);
    await load(sampleOf('open-webui'), url, { recipe: ['open-webui'] });
    const query = `SELECT id, depth, text, parts IS NULL AS plain FROM messages WHERE is_active ORDER BY depth`;
    const rows = await queryTarget(url, query);
    expect(rows.map(({ id, depth, text, plain }) => [id, Number(depth), text, Boolean(plain)])).toEqual([
      ['w-1', 0, 'How do I bake?', true],
      ['w-2', 1, 'With an oven.', true],
      ['w-3b', 2, 'What is this?', false],
    ]);
  });
});

test('chats of Open WebUI are known by their members, whatever the file is called', async () => {
  expect(await fittingRecipes(sampleOf('open-webui'))).toEqual(['open-webui']);
});

test('what a recipe loaded is exported without naming it, whatever application has a table of that name', async () => {
  const url = await freshUrl('SQLite');
  await load(sampleOf('open-webui'), url, { recipe: ['open-webui'] });
  const { code, stdout } = await runCli(['export', `${url.slice('sqlite:'.length)}.files`, '--from', url]);
  expect([code, stdout]).toEqual([0, expect.stringContaining('open_webui_chats')]);
});

test('times of Open WebUI in milliseconds are the same times', async () => {
  const node = { id: 'a', parentId: null, role: 'user', content: 'x', timestamp: 1700000000123 };
  const chat = { history: { currentId: 'a', messages: { a: node } } };
  const root = plant({
    'chats.json': [{ id: 'c', user_id: 'u', title: 't', created_at: 1700000000000, updated_at: 1700000001, chat }],
  });
  const url = await freshUrl('SQLite');
  expect(await load(root, url, { recipe: ['open-webui'] })).toMatchObject({ exitCode: 0, rejects: [] });
  expect(
    await queryTarget(url, 'SELECT created_at, updated_at, sent_at FROM chats JOIN messages ON chat_id = chats.id'),
  ).toEqual([
    {
      created_at: '2023-11-14 22:13:20.000000',
      updated_at: '2023-11-14 22:13:21.000000',
      sent_at: '2023-11-14 22:13:20.123000',
    },
  ]);
});
