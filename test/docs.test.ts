import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { blocksIn, documents, languagesOf } from './setup/command-blocks.ts';
import { BLOCKS } from './setup/command-pages.ts';

test('no command hides in a block of another language', () => {
  const hidden = documents().filter((document) =>
    languagesOf(document).some((language) => ['', 'bash', 'shell', 'console'].includes(language)),
  );
  expect(hidden).toEqual([]);
  const blocks = documents().flatMap(languagesOf);
  expect(BLOCKS.filter(({ isShell }) => isShell)).toHaveLength(blocks.filter((language) => language === 'sh').length);
});

test('what no test can run says why', () => {
  const notRun = BLOCKS.filter((block) => block.notRun !== undefined);
  expect(notRun.map(({ document, notRun: why }) => `${document}: ${why}`)).toMatchInlineSnapshot(`
    [
      "README.md: it installs and builds the repository; .ci/run does",
      "README.md: they are the tests",
      "docs/api.md: it needs the registry; scripts/check-package.js installs the packed package",
      "docs/guide-production.md: needs a superuser",
      "docs/guide-production.md: needs pg_dump in the version of the server",
      "docs/install.md: it needs the registry; scripts/check-package.js installs the packed package",
      "docs/install.md: it takes a minute, and tries the executable itself",
      "docs/install.md: it needs a container engine; npm run test:container takes the steps of the file",
      "docs/install.md: it needs the registry; scripts/check-package.js installs the packed package",
      "docs/quick-start.md: the copy is there already",
      "docs/reports.md: needs a pull request",
      "docs/scale.md: needs a cluster",
    ]
  `);
});

const fence = '```';

test('a block is split into statements, with the exit codes of comments and what they print', () => {
  const page = `<!-- not run: no cluster -->\n\n${fence}sh\na \\\n  b  # exit 3\nwhile c; do\n  d\ndone\n${fence}\n\n${fence}text\n  EQUAL\n${fence}\n`;
  expect(blocksIn(page, 'a.md')).toEqual([
    {
      place: 'a.md:3',
      isShell: true,
      shows: ['EQUAL'],
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
      isShell: false,
      shows: [],
      needs: [],
      statements: [
        { text: 'a', exit: 0 },
        { text: 'b', exit: 1 },
      ],
    },
  ]);
});

test('test/setup/README.md names every file there, and no other', () => {
  const setup = new URL('setup/', import.meta.url);
  const named = readFileSync(new URL('README.md', setup), 'utf8').matchAll(/`([\w.-]+\.(?:ts|js))`/g);
  const files = readdirSync(setup).filter((name) => /(?<!\.test)\.(ts|js)$/.test(name));
  expect([...new Set([...named].map(([, name]) => name))].sort()).toEqual(files.sort());
});
