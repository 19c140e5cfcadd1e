import { describe, expect, test } from 'vitest';
import { fittingRecipes } from '../../src/inventory/fitting-recipes.ts';
import { runCli } from '../setup/cli.ts';
import { load } from '../setup/load.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
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

test('chats of Open WebUI are known by their members, whatever the file is called', () => {
  expect(fittingRecipes(sampleOf('open-webui'))).toEqual(['open-webui']);
});

test('what a recipe loaded is exported without naming it, whatever application has a table of that name', async () => {
  const url = await freshUrl('SQLite');
  await load(sampleOf('open-webui'), url, { recipe: ['open-webui'] });
  const { code, stdout } = await runCli(['export', `${url.slice('sqlite:'.length)}.files`, '--from', url]);
  expect([code, stdout]).toEqual([0, expect.stringContaining('open_webui_chats')]);
});
