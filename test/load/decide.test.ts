import { expect, test } from 'vitest';
import { ABSENT, type ChildComparison, type Comparison } from '../../src/databases/transaction.ts';
import { type ConflictMode, decide } from '../../src/load/decide.ts';
import { CONFLICT_MODES } from '../../src/settings/options.ts';

// What docs/rules.md says of a row that is there already, without a database.

const CHILDREN: ChildComparison = { table: 'messages', absent: 0, same: 2, differs: 0, surplus: 0 };
const SAME: Comparison = { ...ABSENT, root: 'same', children: [CHILDREN] };
const DIFFERS: Comparison = { ...SAME, root: 'differs' };

/** Every way in which a group that is there is not as it is given. */
const OTHER: readonly (readonly [name: string, Comparison])[] = [
  ['the row itself', DIFFERS],
  ['a child row', { ...SAME, children: [{ ...CHILDREN, same: 1, differs: 1 }] }],
  ['a child row that is not there', { ...SAME, children: [{ ...CHILDREN, absent: 1 }] }],
  ['a child row that goes', { ...SAME, children: [{ ...CHILDREN, surplus: 1, going: [['gone']] }] }],
  ['a row of the second child table', { ...SAME, children: [CHILDREN, { ...CHILDREN, table: 'tags', differs: 1 }] }],
];

const kinds = (comparison: Comparison, taken = false): readonly string[] =>
  CONFLICT_MODES.map((mode) => wordOf(comparison, mode, taken));

function wordOf(comparison: Comparison, mode: ConflictMode, taken = false): string {
  const decision = decide(comparison, mode, taken ? 'by another' : undefined);
  return decision.kind === 'reject' ? decision.code : decision.kind;
}

const inEveryMode = (word: string): readonly string[] => CONFLICT_MODES.map(() => word);

test('what is not there is inserted, what is there as it is given is unchanged, in every mode', () => {
  expect(kinds(ABSENT)).toEqual(inEveryMode('insert'));
  expect(kinds(SAME)).toEqual(inEveryMode('unchanged'));
  expect(kinds({ ...SAME, storedIsNewer: true })).toEqual(inEveryMode('unchanged'));
  // Child rows that no record has are told, and change nothing.
  expect(kinds({ ...SAME, children: [{ ...CHILDREN, surplus: 3 }] })).toEqual(inEveryMode('unchanged'));
});

test.each(OTHER)('where %s differs the mode decides about the whole group', (_name, comparison) => {
  expect(CONFLICT_MODES).toEqual(['update', 'overwrite', 'keep', 'fail']);
  expect(kinds(comparison)).toEqual(['update', 'update', 'kept', 'row-differs']);
});

test.each(OTHER)('where %s differs and the stored row is newer, only update keeps it, and says why', (_name, other) => {
  const comparison = { ...other, storedIsNewer: true };
  expect(kinds(comparison)).toEqual(['kept', 'update', 'kept', 'row-differs']);
  expect(decide(comparison, 'update', undefined)).toEqual({ kind: 'kept', changedSince: true });
  expect(decide(comparison, 'keep', undefined)).toEqual({ kind: 'kept', changedSince: false });
});

test('no mode changes an owner, also not where all else is the same', () => {
  for (const comparison of [SAME, ...OTHER.map(([, each]) => each), { ...DIFFERS, isPlaceholder: true }])
    expect(kinds({ ...comparison, ownerDiffers: true })).toEqual(inEveryMode('owner-differs'));
});

test('a placeholder is filled in every mode, however new it is', () => {
  expect(kinds({ ...DIFFERS, isPlaceholder: true })).toEqual(inEveryMode('update'));
  expect(kinds({ ...DIFFERS, isPlaceholder: true, storedIsNewer: true })).toEqual(inEveryMode('update'));
});

test('a number alone makes no two things one, unless they say the same', () => {
  expect(kinds(DIFFERS, true)).toEqual(inEveryMode('number-taken'));
  expect(kinds(SAME, true)).toEqual(inEveryMode('unchanged'));
  expect(kinds(ABSENT, true)).toEqual(inEveryMode('insert'));
});
