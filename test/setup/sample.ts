import { readFileSync } from 'node:fs';
import { beforeEach } from 'vitest';
import { shardOf } from '../../src/system/shard.ts';

/** `npm test` runs the first test of each file that needs a database or the program, and one in so many of the others there. */
const ONE_IN = 8;

/** What such a file imports. */
const NEEDS_MUCH = /setup\/(targets|places|databases|constraints|cli|running-cli|load|reports|command-script)\.ts'/;

const begun = new Set<string>();

// CI and `npm run test:all` run everything, `npm test -- FILE` the whole file.
if (process.env['MIGRATE_JSON_TEST_SAMPLE'] === '1')
  beforeEach(({ task, skip }) => {
    const { filepath } = task.file;
    const isFirst = !begun.has(filepath);
    begun.add(filepath);
    if (!isFirst && shardOf(task.fullName, ONE_IN) !== 1 && NEEDS_MUCH.test(readFileSync(filepath, 'utf8')))
      skip('not of the sample that npm test runs: npm run test:all and CI run it');
  });
