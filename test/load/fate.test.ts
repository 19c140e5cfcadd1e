import { expect, test } from 'vitest';
import { ABSENT, type Comparison } from '../../src/databases/transaction.ts';
import { type Fate, rowCounts } from '../../src/load/fate.ts';
import type { RowGroup } from '../../src/schema/row-group.ts';
import { TABLES } from '../setup/built-in.ts';

const { conversations, messages } = TABLES;

/** A conversation with five messages. */
const GROUP: RowGroup = {
  root: conversations,
  row: ['c'],
  children: [{ table: messages, rows: [['0'], ['1'], ['2'], ['3'], ['4']] }],
  owner: null,
  namesOwner: false,
};

const COMPARED: Comparison = {
  ...ABSENT,
  root: 'differs',
  children: [{ table: 'messages', absent: 1, same: 3, differs: 1, surplus: 4, going: [['9'], ['10']] }],
};

const NOTHING = { inserted: 0, updated: 0, unchanged: 0, kept: 0, deleted: 0 };

const counted = (fate: Exclude<Fate, { kind: 'rejected' }>) => Object.fromEntries(rowCounts(GROUP, fate));

test.each([
  ['insert', 'inserted'],
  ['replace', 'inserted'],
  ['kept', 'kept'],
  ['unchanged', 'unchanged'],
] as const)('a group of fate %s counts each of its rows as %s', (kind, count) => {
  expect(counted({ kind, comparison: COMPARED })).toEqual({
    conversations: { ...NOTHING, [count]: 1 },
    messages: { ...NOTHING, [count]: 5 },
  });
});

test('a repetition counts its rows as unchanged', () => {
  expect(counted({ kind: 'repeated', of: { path: 'a.json', record: 1 } })).toEqual({
    conversations: { ...NOTHING, unchanged: 1 },
    messages: { ...NOTHING, unchanged: 5 },
  });
});

test('an update counts what became of each row; child rows that stay besides are not counted', () => {
  const messagesOf = { inserted: 1, updated: 1, unchanged: 3, kept: 0, deleted: 2 };
  expect(counted({ kind: 'update', comparison: COMPARED })).toEqual({
    conversations: { ...NOTHING, updated: 1 },
    messages: messagesOf,
  });
  expect(counted({ kind: 'update', comparison: { ...COMPARED, root: 'same' } })).toEqual({
    conversations: { ...NOTHING, unchanged: 1 },
    messages: messagesOf,
  });
});
