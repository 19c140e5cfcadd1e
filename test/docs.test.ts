import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { blocksIn, blocksOf, documents } from './setup/command-blocks.ts';
import { runBlocks } from './setup/command-script.ts';
import { freshPostgres } from './setup/databases.ts';

const PAGES = documents().map((document) => ({ document, blocks: blocksOf(document) }));
const BLOCKS = PAGES.flatMap(({ blocks }) => blocks);
const LACKING = BLOCKS.filter(({ needs }) => !needs.every(isInstalled));

const PAGES_TO_RUN = PAGES.map(({ document, blocks }) => ({
  document,
  blocks: blocks.filter((block) => block.notRun === undefined && !LACKING.includes(block)),
})).filter(({ blocks }) => blocks.length > 0);

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => existsSync(join(directory, program)));
}

describe('the commands of the documents do what they say', () => {
  test.each(PAGES_TO_RUN)('$document', async ({ blocks }) => {
    const { url, drop } = await freshPostgres();
    onTestFinished(drop);
    const { code, output } = await runBlocks(blocks, url);
    expect(code, output.slice(-2_000)).toBe(0);
  });

  for (const { place, needs } of LACKING) test.skip(`${place} needs ${needs.join(', ')}`);
});

test('what no test can run says why', () => {
  const notRun = BLOCKS.filter((block) => block.notRun !== undefined);
  expect(notRun.map(({ place, notRun: why }) => `${place.replace(/:\d+$/, '')}: ${why}`)).toMatchInlineSnapshot(`
    [
      "README.md: it installs and builds the repository; .ci/run does",
      "README.md: they are the tests",
      "docs/reports.md: needs a pull request",
      "docs/scale.md: needs a cluster",
    ]
  `);
});

const fence = '```';

test('a block is split into statements, with the exit code that a comment names', () => {
  const page = `<!-- not run: no cluster -->\n\n${fence}sh\na \\\n  b  # exit 3\nwhile c; do\n  d\ndone\n${fence}\n`;
  expect(blocksIn(page, 'a.md')).toEqual([
    {
      place: 'a.md:3',
      needs: [],
      notRun: 'no cluster',
      statements: [
        { text: 'a \\\n  b  # exit 3', exit: 3 },
        { text: 'while c; do\n  d\ndone', exit: 0 },
      ],
    },
  ]);
});

test('steps of workflows are statements; other YAML is none', () => {
  const page = `<!-- exits: 0 1 -->\n${fence}yaml\njob:\n  script: [a, b]\n${fence}\n\n${fence}yaml\nto: app.db\n${fence}\n`;
  expect(blocksIn(page, 'a.md')).toEqual([
    {
      place: 'a.md:2',
      needs: [],
      statements: [
        { text: 'a', exit: 0 },
        { text: 'b', exit: 1 },
      ],
    },
  ]);
});

test('a statement that ends otherwise than its document says fails, and is named', async () => {
  const blocks = blocksIn(`${fence}sh\nmigrate-json scan ./data   # exit 1\n${fence}\n`, 'a.md');
  const { code, output } = await runBlocks(blocks, 'postgres://nobody');
  expect([code, output.trimEnd().split('\n').at(-1)]).toEqual([
    99,
    'a.md:1: migrate-json scan ./data   # exit 1: exit code 0, not 1',
  ]);
});
