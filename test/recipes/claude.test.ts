import { describe, expect, test } from 'vitest';
import { fittingRecipes } from '../../src/inventory/fitting-recipes.ts';
import { load } from '../setup/load.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { holdsForSample, sampleOf } from './recipe-suite.ts';

holdsForSample({
  recipe: 'claude',
  rows: {
    conversations: 3,
    messages: 3,
    message_parts: 5,
    attachments: 1,
    message_files: 2,
    projects: 1,
    project_documents: 1,
    users: 1,
    memories: 1,
  },
  // A thought is a text of another name.
  comparable: (record) => JSON.parse(JSON.stringify(record).replace('"thinking":"What', '"text":"What')),
});

describe.each(PRODUCTS)('an export of Claude in %s', (product) => {
  test('names no project for a conversation', async () => {
    const url = await freshUrl(product);
    await load(sampleOf('claude'), url, { recipe: ['claude'] });
    expect(await queryTarget(url, 'SELECT DISTINCT project_id FROM conversations')).toEqual([{ project_id: null }]);
  });
});

test('an export of Claude is known by its messages', async () => {
  expect(await fittingRecipes(sampleOf('claude'))).toEqual(['claude']);
});
