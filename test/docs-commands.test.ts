import { describe, expect, test } from 'vitest';
import { blocksIn } from './setup/command-blocks.ts';
import { expectAsWritten, LACKING, SHORT_PAGES } from './setup/command-pages.ts';
import { runBlocks } from './setup/command-script.ts';

describe('the commands of the documents do what they say', () => {
  test.each(SHORT_PAGES)('%s', async (_document, blocks) => expectAsWritten(blocks));

  for (const { place, needs } of LACKING) test.skip(`${place} needs ${needs.join(', ')}`);
});

test('a statement that ends otherwise than its document says fails, and is named', async () => {
  const blocks = blocksIn('```sh\nmigrate-json scan ./data   # exit 1\n```\n', 'a.md');
  const { code, output } = await runBlocks(blocks, 'postgres://nobody');
  expect([code, output.trimEnd().split('\n').at(-1)]).toEqual([
    99,
    'a.md:1: migrate-json scan ./data   # exit 1: exit code 0, not 1',
  ]);
});
