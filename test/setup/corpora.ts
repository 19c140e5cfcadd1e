import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = process.env['MIGRATE_JSON_TEST_CORPORA'] ?? join(import.meta.dirname, '../../../shared/corpora');

/** A test corpus that nobody in this project wrote, or the reason why its tests are left out. */
export interface Corpus {
  readonly title: string;
  readonly folder: string;
  readonly isPresent: boolean;
}

export const JSON_TEST_SUITE = corpus('JSONTestSuite', 'JSONTestSuite/test_parsing');

const naughty = corpus('the big list of naughty strings', 'naughty-strings');

/** Strings that broke other programs; none where the list is absent. */
export const NAUGHTY_STRINGS = { ...naughty, strings: naughty.isPresent ? readStrings(naughty.folder) : [] };

function corpus(name: string, path: string): Corpus {
  const folder = join(FOLDER, path);
  const isPresent = existsSync(folder);
  return { title: isPresent ? name : `${name}: ${folder} is not there`, folder, isPresent };
}

function readStrings(folder: string): readonly string[] {
  const strings: string[] = JSON.parse(readFileSync(join(folder, 'blns.json'), 'utf8'));
  return strings;
}
