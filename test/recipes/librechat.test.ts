import { describe, expect, test } from 'vitest';
import { fittingRecipes } from '../../src/inventory/fitting-recipes.ts';
import { load } from '../setup/load.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';
import { holdsForSample, sampleOf } from './recipe-suite.ts';

holdsForSample({ recipe: 'librechat', rows: { conversations: 2, messages: 8, message_files: 1 } });

describe.each(PRODUCTS)('conversations of LibreChat in %s', (product) => {
  test('have the messages of a tree in order, and the text of parts', async () => {
    const url = await freshUrl(product);
    await load(sampleOf('librechat'), url, { recipe: ['librechat'] });
    const tree = `SELECT id, parent_id FROM messages WHERE conversation_id = 'lc-2' ORDER BY position`;
    expect((await queryTarget(url, tree)).map(({ id, parent_id: parent }) => [id, String(parent).slice(0, 8)])).toEqual(
      [
        ['a', '00000000'],
        ['b', 'a'],
        ['d', 'b'],
        ['c', 'a'],
      ],
    );
    expect(
      await queryTarget(url, `SELECT content_text FROM messages WHERE conversation_id = 'lc-1' AND id = 'b'`),
    ).toEqual([{ content_text: 'Hi\n\nthere' }]);
  });
});

test('conversations of LibreChat are known by their members, whatever the file is called', async () => {
  expect(await fittingRecipes(sampleOf('librechat'))).toEqual(['librechat']);
});

describe('a conversation of LibreChat', () => {
  const head = { conversationId: 'c', exportAt: '12:00', recursive: true };
  const answer = { messageId: 'b', parentMessageId: 'a', text: 'Hi', children: [] };
  const messages = [{ messageId: 'a', parentMessageId: null, text: 'Hello', children: [answer] }];

  test('may have its tree under the name of the list', async () => {
    const url = await freshUrl('SQLite');
    const { exitCode } = await load(plant({ 'c.json': { ...head, messages } }), url, { recipe: ['librechat'] });
    expect(exitCode).toBe(0);
    expect(await queryTarget(url, 'SELECT id, parent_id, extra FROM messages ORDER BY position')).toEqual([
      { id: 'a', parent_id: null, extra: null },
      { id: 'b', parent_id: 'a', extra: null },
    ]);
  });

  test('with messages twice is a reject: one of them would be lost', async () => {
    const root = plant({ 'c.json': { ...head, messages: [answer], messagesTree: messages } });
    const { rejects } = await load(root, await freshUrl('SQLite'), { recipe: ['librechat'] });
    expect(rejects).toMatchObject([{ message: expect.stringContaining('messages twice') }]);
  });
});
