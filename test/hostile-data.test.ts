import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { REPAIRS } from '../src/datasets/repairs.ts';
import { REJECT_CODES } from '../src/reject.ts';

/** Statuses, warnings and columns that the page names beside codes and repairs. */
const OTHER_SLUGS = ['partial', 'unrecognised', 'not-archived', 'extra'];

const page = readFileSync(fileURLToPath(new URL('../docs/hostile-data.md', import.meta.url)), 'utf8');

test('docs/hostile-data.md names codes and repairs that exist', () => {
  const outcomes = [...page.matchAll(/^\|[^|]*\|(.*)\|$/gm)].map(([, outcome]) => outcome ?? '');
  const slugs = outcomes.flatMap((text) => [...text.matchAll(/`(?:--repair )?([a-z]+(?:-[a-z0-9]+)*)`/g)]);
  const known = new Set([...Object.keys(REJECT_CODES), ...Object.keys(REPAIRS), ...OTHER_SLUGS]);
  expect(slugs.map(([, slug]) => slug).filter((slug) => !known.has(slug ?? ''))).toEqual([]);
});

test('docs/hostile-data.md tells of every repair that data of any kind may need', () => {
  const ofAnyDataset = Object.keys(REPAIRS).filter(
    (name) => !/^(?:.*-from-text|plain-key-hashed|respelled)$/.test(name),
  );
  expect(ofAnyDataset.filter((name) => !page.includes(`\`${name}\``) && !page.includes(`--repair ${name}\``))).toEqual(
    [],
  );
});
