import { describe, expect, test } from 'vitest';
import { invalidConfig } from '../../src/declarations/problem.ts';
import { readYaml } from '../../src/declarations/yaml-text.ts';
import { MigrateError } from '../../src/errors.ts';
import { registryWithFunctions } from '../../src/recipes/declare.ts';
import { plant } from '../setup/trees.ts';

/** What is told of a config: a line for each mistake. */
async function told(text: string): Promise<readonly string[]> {
  const { value, problems, placeOf } = readYaml(text, 'c.yaml');
  if (value === undefined) return linesOf(invalidConfig(problems));
  const { datasets, tables } = value as Record<string, unknown>;
  const origin = { problems, placeOf, isWhole: true };
  const folder = plant({ 'orders.js': 'export const slug = (value) => value;\n' });
  try {
    await registryWithFunctions({ datasets, tables }, folder, origin);
  } catch (error) {
    return linesOf(error);
  }
  return [];
}

function linesOf(error: unknown): readonly string[] {
  if (!(error instanceof MigrateError)) throw error;
  expect(error).toMatchObject({ code: 'invalid-config', exitCode: 2 });
  const lines = error.message.split('\n');
  if (lines.length > 1) expect(lines.shift()).toBe(`${lines.length} mistakes in the configuration`);
  return lines;
}

/** One dataset with these columns, which begin in line 6. */
function columns(...lines: readonly string[]): string {
  return ['datasets:', '  orders:', '    files: orders.json', '    key: id', '    columns:', '      id: text(36)']
    .concat(lines.map((line) => `      ${line}`))
    .join('\n');
}

/** A dataset with more of its own, which begins in line 6. */
function dataset(...lines: readonly string[]): string {
  return ['datasets:', '  orders:', '    files: orders.json', '    key: id', '    columns: { id: text, day: text }']
    .concat(lines.map((line) => `    ${line}`))
    .join('\n');
}

/** Two datasets: the second one has these lines, which begin in line 8. */
function two(...lines: readonly string[]): string {
  return ['datasets:', '  users:', '    files: users.json', '    key: id']
    .concat(['    columns: { id: text, email: { type: text, unique: true }, name: text }', '  orders:'])
    .concat(['    files: orders.json', ...lines.map((line) => `    ${line}`)])
    .join('\n');
}

const child = (...lines: readonly string[]): string => dataset('children:', ...lines.map((line) => `  ${line}`));

/** What is planted, where it is told, and what is said of it. */
type Mistake = readonly [name: string, text: string, place: string, words: string | RegExp];

const OF_TEXT: readonly Mistake[] = [
  ['a number with leading zeros', columns('code: { value: 007 }'), '7:22', 'leading zeros: quote it'],
  ['a whole number beyond 2^53', columns('code: { value: 9007199254740993 }'), '7:22', 'loses digits: quote it'],
  ['a number that would lose a zero', columns('version: { value: 1.10 }'), '7:25', 'quote it'],
  [
    'halves of a type in braces',
    columns('total: { type: decimal(12,2), required: true }'),
    '7:33',
    'quote "decimal(12,2)"',
  ],
  [
    'the same in a short form',
    'datasets: { o: { files: a.json, columns: { total: decimal(12, 2) } } }',
    '1:63',
    'quote "decimal(12,2)"',
  ],
  ['a repeated key', columns('day: text', 'day: integer'), '8:7', 'the key is there twice'],
  ['a tag', columns('code: !!str text'), '7:19', 'a tag stands before'],
  ['a merge key', columns('day: &day { type: text }', 'other: { <<: *day }'), '8:16', 'not merged'],
  ['a directive', `%YAML 1.1\n---\n${columns()}`, '1:1', 'a directive'],
  ['a second document', `${columns()}\n---\na: 1`, '7:1', 'second document'],
  ['a glob that is an alias', 'datasets:\n  o:\n    files: *.json\n    columns: {}', '3:12', 'quote the text'],
  ['a tab', 'datasets:\n\to: {}', '2:1', 'a tab indents'],
  ['an open bracket', 'datasets:\n  o: { files: [a.json\n  p: {}', '3:3', 'bracket'],
  ['a second colon', 'datasets:\n  o: files: a.json', '2:6', 'second colon'],
  ['an alias of what it is part of', columns('day: &day { type: *day }'), '7:25', 'what it is part of'],
];

const OF_FORM: readonly Mistake[] = [
  ['an unknown construct', columns('day: { tipe: date }'), '7:14', 'there is no tipe here; did you mean type?'],
  ['a construct in camel case', columns('day: { onDelete: cascade }'), '7:14', 'did you mean on_delete?'],
  ['a construct of another part', columns('day: { files: a.json }'), '7:14', 'it belongs to a dataset'],
  ['an unknown construct of a dataset', dataset('recrds: /a/*'), '6:5', 'did you mean records?'],
  [
    'columns that are not indented',
    dataset('shipped: date', 'paid: boolean', 'note: text', 'total: real'),
    '6:5',
    'there is no shipped here, nor 3 more keys below it; are they columns?',
  ],
  ['a number as a type', columns('day: { type: 5 }'), '7:14', 'a number stands here: write a text'],
  ['a text as a flag', columns('day: { required: yes }'), '7:14', 'write true or false'],
  ['an unknown word', columns('day: { type: timestamp, epoch: m }'), '7:31', 'write s, ms, us'],
  [
    'a word that is nearly right',
    columns('day: { references: orders.id, orphans: rejct, deferred: true }'),
    '7:37',
    'did you mean reject?',
  ],
  ['nothing behind a key', columns('day:'), '7:7', 'nothing stands here'],
  ['an empty list', dataset('exclude: []'), '6:5', 'this is empty'],
  ['a list of datasets', 'datasets:\n  - orders', '1:1', 'a list stands here: write a map'],
  ['no columns', 'datasets:\n  orders:\n    files: orders.json', '2:3', 'columns is missing'],
  ['a name of every object', columns('__proto__: text'), '7:7', 'choose another'],
];

const OF_NAMES: readonly Mistake[] = [
  ['an unknown column in a key', dataset().replace('key: id', 'key: [dya]'), '4:5', 'no column dya; did you mean day?'],
  ['an unknown owner', dataset('owner: user_id'), '6:5', 'no column user_id: there is id, day'],
  [
    'an unknown column that is derived from',
    columns('day: { type: text, derive: create }'),
    '7:26',
    'no column create',
  ],
  [
    'a column that is derived from itself',
    columns('day: { type: text, derive: day }'),
    '7:26',
    'not derived from itself',
  ],
  ['an unknown part of a uuid', columns('uid: { type: uuid, uuid5: [id, kee] }'), '7:26', 'no column kee'],
  [
    'an unknown column of an index',
    `${dataset()}\ntables:\n  orders: { indexes: [[day], [dya]] }`,
    '7:30',
    'did you mean day?',
  ],
  [
    'an unknown column of a unique group',
    `${dataset()}\ntables:\n  orders: { unique: [[id, dya]] }`,
    '7:22',
    'did you mean day?',
  ],
  ['an unknown primary key', `${dataset()}\ntables:\n  orders: { primary_key: [no] }`, '7:13', 'no column no'],
  ['a table that nobody feeds', `${dataset()}\ntables:\n  order: {}`, '7:3', 'did you mean orders?'],
  ['a long name', columns(`${'n'.repeat(64)}: text`), '7:7', '64 bytes'],
  ['a name of the database', columns('pg_day: text'), '7:7', 'belong to the database'],
  ['a system column', columns('ctid: text'), '7:7', 'has a column ctid already'],
  ['a name of SQLite', dataset('table: sqlite_orders'), '6:5', 'belong to the database'],
  ['a name of the bookkeeping', dataset('table: migrate_json_runs'), '6:5', 'of the bookkeeping'],
  ['names that SQLite does not tell apart', columns('Id: text'), '7:7', 'does not tell Id from id'],
  ['a rest with a name of the system', dataset('rest: ctid'), '6:5', 'has a column ctid already'],
  ['a rest that collides', dataset('rest: day'), '6:5', 'takes a member'],
  ['a kind that collides', columns('day: text', 'value: { type: literal, kind: day }'), '8:31', /.+/],
  ['a capture twice', dataset('records: /<day>/<day>'), '6:5', '<day> is captured twice'],
  ['a capture with a word of the language', dataset('records: /<position>'), '6:5', '$position is something else'],
  ['a capture that is no name', dataset('records: /<order-id>'), '6:5', '<order-id> is no name'],
];

const OF_REFERENCES: readonly Mistake[] = [
  [
    'a reference without a column',
    two('key: id', 'columns: { id: text, user_id: { type: text, references: users } }'),
    '9:49',
    'users.id',
  ],
  [
    'a table that nobody feeds',
    two('key: id', 'columns: { id: text, user_id: { type: text, references: user.id } }'),
    '9:49',
    'did you mean users?',
  ],
  [
    'a column that is not there',
    two('key: id', 'columns: { id: text, user_id: { type: text, references: users.uid } }'),
    '9:49',
    'no column uid',
  ],
  [
    'a column that is not unique',
    two('key: id', 'columns: { id: text, user_id: { type: text, references: users.name } }'),
    '9:49',
    'users.name may be there twice',
  ],
  [
    'a column of another type',
    two('key: id', 'columns: { id: text, user_id: { type: integer, references: users.id } }'),
    '9:52',
    'users.id is text, and this column integer',
  ],
  [
    'a child that names its parent by another column than its key',
    child(
      'lines:',
      '  records: /lines/*',
      '  columns:',
      '    position: { from: $position, type: integer }',
      '    of: { from: $parent.day, references: orders.id, by: day }',
    ),
    '11:11',
    'leave this column out, and write `link: { of: id }`',
  ],
  [
    'a group without its columns',
    `${dataset()}\ntables:\n  orders: { references: [{ columns: [id, day], to: orders }] }`,
    '7:48',
    'write the table and its columns',
  ],
  [
    'a group of a table that nobody feeds',
    `${dataset()}\ntables:\n  orders: { references: [{ columns: [id], to: order(id), deferred: true }] }`,
    '7:43',
    'did you mean orders?',
  ],
  [
    'a group of another size',
    `${dataset()}\ntables:\n  orders: { references: [{ columns: [id, day], to: orders(id), deferred: true }] }`,
    '7:48',
    '2 columns here, and 1 there',
  ],
  [
    'a group that is not unique',
    `${dataset()}\ntables:\n  orders: { references: [{ columns: [id, day], to: "orders(id, day)", deferred: true }] }`,
    '7:48',
    'may be alike',
  ],
  [
    'a group of an unknown column',
    `${dataset()}\ntables:\n  orders: { references: [{ columns: [id], to: orders(di), deferred: true }] }`,
    '7:43',
    'no column di',
  ],
  [
    'a group in a circle',
    `${dataset()}\ntables:\n  orders: { references: [{ columns: [id], to: orders(id) }] }`,
    '7:26',
    'deferred: true',
  ],
  [
    'a table that refers to itself',
    columns('parent: { type: text, references: orders.id }'),
    '7:29',
    'write `deferred: true` here',
  ],
  [
    'a circle',
    two('key: id', 'columns: { id: text, user_id: { type: text, references: users.id } }').replace(
      'name: text',
      'last: { type: text, references: orders.id }',
    ),
    '9:49',
    'users → orders → users is a circle',
  ],
  ['orphans without a reference', columns('day: { type: text, orphans: keep }'), '7:26', 'said of a reference'],
  [
    'a required column that becomes NULL',
    columns('up: { type: text, references: orders.id, deferred: true, required: true, on_delete: set_null }'),
    '7:80',
    'cannot become NULL',
  ],
  [
    'a child of a list without its order',
    child('items:', '  records: /items/*', '  key: sku', '  columns: { sku: text }'),
    '7:7',
    'a list has an order',
  ],
  [
    'a child without a key',
    child('items:', '  records: /items/*', '  columns: { sku: text }'),
    '7:7',
    'a child needs a key',
  ],
  [
    'a child of no list',
    child('items:', '  records: /items', '  key: sku', '  columns: { sku: text }'),
    '8:9',
    '/items/*',
  ],
  [
    'a link to what is no key',
    child(
      'items:',
      '  records: /items/<sku>',
      '  key: sku',
      '  link: { o: day }',
      '  columns: { sku: { from: $sku } }',
    ),
    '10:17',
    'which is id',
  ],
  [
    'two datasets with other keys for one table',
    two('table: users', 'columns: { id: text, email: { type: text, unique: true } }'),
    '8:5',
    'under another key',
  ],
  [
    'two datasets with other types for one table',
    two('table: users', 'key: id', 'columns: { id: text, name: integer }'),
    '10:26',
    'is text elsewhere, and integer here',
  ],
  [
    'two datasets that take the same',
    two('key: id', 'columns: { id: text }').replace('orders.json', 'users.json'),
    '7:5',
    'the dataset users takes the same records',
  ],
];

const OF_VALUES: readonly Mistake[] = [
  ['a table of a schema of a schema', dataset('table: app.billing.orders'), '6:5', 'no other point'],
  ['an unknown type', columns('day: strng'), '7:7', 'there is no type strng; did you mean'],
  ['a type of another language', columns('day: { type: varchar(20) }'), '7:14', 'did you mean text(n)?'],
  ['a list of numbers', columns('day: list(integer)'), '7:7', 'write list(text)'],
  ['a hint that nobody sees', dataset('skip: { old: { /old: true, hint: no } }'), '6:32', 'only a check has a hint'],
  ['a capture of a condition that nothing makes', dataset('when: { $dya: a }'), '6:5', 'nothing captures <dya>'],
  ['an identity with a default', columns('nr: { type: identity, default: 1 }'), '7:29', 'the database numbers'],
  [
    'a word for true and false',
    columns('b: { type: boolean, words: { true: [y], false: [y] } }'),
    '7:27',
    'for true and for false',
  ],
  [
    'a key that is a list',
    dataset().replace('day: text', 'day: list').replace('key: id', 'key: day'),
    '4:5',
    'is no key',
  ],
  ['a text without characters', columns('day: text(0)'), '7:7', 'n from 1'],
  ['a decimal with too many places', columns('day: "decimal(2,4)"'), '7:7', '"decimal(12,2)"'],
  ['a source without its sign', columns('day: { from: date }'), '7:14', '/date'],
  ['an unknown source', columns('day: { from: $postion.x }'), '7:14', 'is no source'],
  ['a capture that nothing makes', columns('day: { from: $dya }'), '7:14', 'nothing captures <dya>'],
  ['a parameter that is not there', columns('day: { from: $option.day }'), '7:14', 'no parameter is called day'],
  ['a parent of a dataset', columns('day: { from: $parent.day }'), '7:14', 'only a child has a parent'],
  [
    'an unknown column of the parent',
    child(
      'items:',
      '  records: /items/*',
      '  columns: { at: { from: $position, type: integer }, d: { from: $parent.dya } }',
    ),
    '9:65',
    'did you mean day?',
  ],
  ['files out of the root', dataset().replace('orders.json', '../orders.json'), '3:5', '.. would leave it'],
  ['absolute files', dataset().replace('orders.json', '/orders.json'), '3:5', 'relative to it'],
  ['no files', dataset().replace('    files: orders.json\n', ''), '2:3', 'which files it takes'],
  ['a condition without anything', dataset('skip: { all: {} }'), '6:13', 'holds for every record'],
  ['an unknown source of a condition', dataset('when: { type: a }'), '6:5', '/type'],
  [
    'a default by a column that is nowhere',
    columns('plan: text', 'quota: { type: integer, default: { by: plann, values: { free: 10 } } }'),
    '8:31',
    'no column plann; did you mean plan?',
  ],
  [
    'a default that its column cannot hold',
    columns('plan: text', 'quota: { type: integer, default: { by: plan, values: { free: ten } } }'),
    '8:62',
    'the column cannot hold this',
  ],
  [
    'a row found by a column that is nowhere',
    two('key: id', 'columns: { id: text, user: { references: users.id, found_by: [{ emale: /user }] } }'),
    '9:56',
    'no column emale; did you mean email?',
  ],
  [
    'a row found by an id that nobody keeps',
    two('key: id', 'columns: { id: text, user: { references: users.id, found_by: [{ $id: /user }] } }'),
    '9:56',
    'write `found_by_id: true`',
  ],
  [
    'ways to find a row of no table',
    dataset().replace('day: text', 'day: { found_by: [{ id: /day }] }'),
    '5:33',
    'write `references:`, too',
  ],
  [
    'owners in two tables',
    `${two('key: id', 'columns: { id: text }')}\ntables: { users: { owners: true }, orders: { owners: true } }`,
    '10:46',
    'another table has the owners of rows already',
  ],
  [
    'owners that two columns name',
    `${dataset().replace('key: id', 'key: [id, day]')}\ntables: { orders: { owners: true } }`,
    '6:21',
    'write `key:` with that alone',
  ],
  [
    'functions that a file does not export',
    dataset('functions: ./orders.js#orders'),
    '6:5',
    'exports no object orders',
  ],
  ['duplicates without a key', dataset('duplicates: last').replace('    key: id\n', ''), '5:5', 'write `key:`'],
  ['no pattern', columns('day: { capture: "(" }'), '7:14', 'unterminated group'],
  ['a pattern that can take for ever', columns('day: { capture: "^(a+)+$" }'), '7:14', 'for ever'],
  ['no format', columns('day: { type: timestamp, format: yyyy-MM-ddTHH:mm }'), '7:31', 'T is no part of a time'],
  ['a format without a day', columns('day: { type: date, format: HH:mm }'), '7:26', 'a year, a month and a day'],
  ['no zone', columns('day: { type: timestamp, zone: Europe/Bärlin }'), '7:31', 'no such zone'],
  ['an epoch of a text', columns('day: { type: text, epoch: ms }'), '7:26', 'said of timestamp'],
  [
    'a number of a text',
    columns('day: { type: text, number: { unit: "€" } }'),
    '7:26',
    'said of integer, decimal, real',
  ],
  ['a word that is too long', columns('day: { type: text(3), enum: [mon, tues] }'), '7:29', 'longer than the 3'],
  ['a least above the most', columns('day: { type: integer, min: 5, max: 3 }'), '7:29', 'no number would do'],
  ['a constant of another type', columns('day: { type: integer, value: web }'), '7:29', 'cannot hold this'],
  ['a default that is too long', columns('day: { type: text(3), default: "12345" }'), '7:29', 'cannot hold this'],
  [
    'a default that is none of the words',
    columns('day: { type: text, enum: [open, paid], default: payd }'),
    '7:46',
    'did you mean paid?',
  ],
  [
    'a value that becomes what the column cannot hold',
    columns('day: { type: boolean, values: { Y: true, N: perhaps } }'),
    '7:48',
    'cannot hold this',
  ],
  ['a constant that takes a member', columns('day: { value: a, from: /b }'), '7:14', 'takes no member'],
  [
    'functions above the folder',
    columns('day: { with: ../orders.js#slug }'),
    '7:14',
    'in the folder of the config file',
  ],
  ['functions that are not there', columns('day: { with: ./nobody.js#slug }'), '7:14', 'there is no file ./nobody.js'],
  ['a function that is not exported', columns('day: { with: ./orders.js#slugg }'), '7:14', 'exports no function slugg'],
  ['a list in a text', columns('day: { type: text, split: "," }'), '7:26', 'write list(text)'],
];

const REFERENCES_OF_TABLES: readonly Mistake[] = [
  [
    'a circle of several columns',
    `${dataset()}\ntables:\n  orders: { references: [{ columns: [id], to: orders(id) }] }`,
    '7:26',
    'deferred: true',
  ],
  [
    'a reference of several columns to nowhere',
    `${dataset()}\ntables:\n  orders: { references: [{ columns: [id], to: users(id) }] }`,
    '7:43',
    'no dataset feeds a table users',
  ],
  [
    'more columns on one side',
    `${dataset()}\ntables:\n  orders: { references: [{ columns: [id], to: "orders(id, id)", deferred: true }] }`,
    '7:43',
    'write as many',
  ],
  [
    'a column that is not there',
    `${dataset()}\ntables:\n  orders: { references: [{ columns: [ids], to: orders(id), deferred: true }] }`,
    '7:28',
    'has no column ids',
  ],
];

describe.each([
  ['of the text', OF_TEXT],
  ['of the form', OF_FORM],
  ['of names', OF_NAMES],
  ['of references and children', OF_REFERENCES],
  ['of references of several columns', REFERENCES_OF_TABLES],
  ['of values', OF_VALUES],
])('mistakes %s are told where they stand', (_group, mistakes) => {
  test.each(mistakes)('%s', async (_name, text, place, words) => {
    const lines = await told(text);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^c\\.yaml:${place}  `));
    if (typeof words === 'string') expect(lines[0]).toContain(words);
    else expect(lines[0]).toMatch(words);
  });
});

test('what has no mistake is read', async () => {
  expect(await told(columns('day: { type: timestamp, format: "yyyy-MM-dd\'T\'HH:mm", zone: Europe/Berlin }'))).toEqual(
    [],
  );
  expect(await told(columns('state: { values: { P: paid, PAID: paid } }'))).toEqual([]);
  expect(await told(columns('values: { values: { 007: a, P: b }, with: ./orders.js#slug }'))).toEqual([]);
});
