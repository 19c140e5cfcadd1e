import { readFileSync } from 'node:fs';
import { beforeEach } from 'vitest';

/** `npm test` runs the first test of each file that needs a database or the program, and one in so many of the others there. */
const ONE_IN = 4;

const NEEDS_MUCH = /setup\/(targets|places|databases|constraints|cli|running-cli|load|reports)\.ts'/;

const begun = new Set<string>();

// CI and `npm run test:all` run everything, `npm test -- FILE` the whole file.
if (process.env['MIGRATE_JSON_TEST_SAMPLE'] === '1')
  beforeEach(({ task, skip }) => {
    const { filepath } = task.file;
    const isFirst = !begun.has(filepath);
    begun.add(filepath);
    if (!isFirst && hashOf(task.fullName) % ONE_IN !== 0 && NEEDS_MUCH.test(readFileSync(filepath, 'utf8')))
      skip('not of the sample that npm test runs: npm run test:all and CI run it');
  });

/** FNV-1a: the same tests every time. http://www.isthe.com/chongo/tech/comp/fnv/ */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of Buffer.from(text)) hash = Math.imul(hash ^ char, 0x01000193);
  return (hash ^ (hash >>> 16)) >>> 0;
}
