import { describe, expect, test } from 'vitest';
import { KnownNames } from '../../src/inference/known-names.ts';
import { isMap } from '../../src/inference/map-or-record.ts';
import { Shape } from '../../src/inference/shape.ts';
import { readFaithfully } from '../../src/json/parse.ts';
import { records } from '../setup/proposed.ts';

function shapeOf(...values: unknown[]): Shape {
  const shape = new Shape({ places: 0, known: new KnownNames() });
  for (const value of values) shape.add(readFaithfully(JSON.stringify(value)) ?? null);
  return shape;
}

const entry = (a = 1) => ({ a, b: 'x' });

describe('an object is a map', () => {
  test.each([
    ['names that are numbers', { '17': 1, '18': 'x' }],
    ['UUIDs', { '3f2b8c1e-0000-4000-8000-000000000001': entry() }],
    ['dates', { '2024-01-01': 3, '2024-01-02': null }],
    ['mail addresses', { 'ann@example.com': entry() }],
    ['words with numbers', { user_17: entry(), user_18: { c: 1 } }],
    ['entries that repeat their name', { ann: { login: 'ann' }, bob: { login: 'bob', x: 1 } }],
    ['names that are no identifiers', { 'Honda CB 500': { a: 1 }, 'BMW (old)': { b: 1 } }],
    ['three entries alike', { red: entry(), green: entry(), blue: entry() }],
    ['three lists of records alike', { red: [entry()], green: [entry()], blue: [entry()] }],
    ['objects and lists alike', { red: entry(), green: entry(), blue: [1, 2], pink: [3, 4] }],
    ['names of things', { Monopoly: { players: 4 }, Chess: { minutes: 5 } }],
    [
      'fifty names of one kind',
      Object.fromEntries(records(50, (n) => [`w${'abcdefghij'[n % 10]}${'x'.repeat(n)}`, 1])),
    ],
    [
      'more names than places',
      Object.fromEntries(records(2500, (n) => [`n${'x'.repeat(n % 50)}y${n}`, n % 2 ? n : 'x'])),
    ],
  ])('by %s', (_why, value) => {
    expect(isMap(shapeOf(value))).toBe(true);
  });
});

describe('an object is a record', () => {
  test.each([
    ['members of several kinds', { id: 1, name: 'x', tags: [] }],
    ['headers of columns', { 'Problem Name': 'x', 'Due Date': 'y', Notes: 'z' }],
    ['two entries alike: a question', { first: entry(), second: entry() }],
    ['three lists of plain values', { roles: ['a'], levels: ['b'], areas: ['c'] }],
    ['plain members of one kind', { width: 1, height: 2, depth: 3 }],
    ['sections of settings', { Logging: { Level: 'x' }, Mail: { Host: 'y' } }],
    ['lists of which one refers to another', { red: [entry()], shops: [entry()], sales: [{ ...entry(), shopId: 1 }] }],
    ['nothing in it', {}],
  ])('with %s', (_why, value) => {
    expect(isMap(shapeOf(value))).toBe(false);
  });

  test('where many have the same few names, whatever they hold', () => {
    const address = { billing: entry(), shipping: entry(), other: entry() };
    expect(isMap(shapeOf(...records(10, () => address)))).toBe(false);
  });

  test('if it is something else now and then', () => {
    expect(isMap(shapeOf({ '17': 1, '18': 2 }, 'none'))).toBe(false);
  });
});
