import { describe, expect, test } from 'vitest';
import {
  anyText,
  compileColumnReader,
  identifier,
  identifierUpTo,
  type MakeReader,
  versionNumber,
} from '../../src/datasets/column-reader.ts';
import type { MappingContext } from '../../src/datasets/dataset.ts';
import { Refused, Repaired } from '../../src/datasets/read-value.ts';
import { readFaithfully } from '../../src/json/parse.ts';
import { ExactNumber } from '../../src/json/value.ts';
import type { Column } from '../../src/schema/table.ts';
import { compileTimeReader } from '../../src/time/time.ts';

/** A zone in which one hour of the year comes twice and one is skipped. */
const context: MappingContext = {
  naiveTime: 'Europe/Berlin',
  source: undefined,
  repair: [],
  hashSecrets: false,
  keepPlainKeys: false,
  readTime: compileTimeReader('Europe/Berlin'),
};

/** What a column stores, with the repairs and what `extra` keeps; else the code and the words. */
function outcome(make: MakeReader, declared: Column, text: string, given = context): unknown {
  const read = make(declared, given)(readFaithfully(text) ?? null);
  if (read instanceof Refused) return `${read.code}: ${read.say('m')}`;
  if (!(read instanceof Repaired)) return read;
  const source = read.source instanceof ExactNumber ? read.source.text : read.source;
  return { value: read.value, repairs: [...read.repairs].join(' '), ...(source !== undefined && { source }) };
}

const integer: Column = { type: 'integer', min: 0, most: 10 };
const share: Column = { type: 'real', min: 0, most: 1 };
const level: Column = { type: 'text', oneOf: ['low', 'high'] };
const code: Column = { type: 'text', max: 5 };
const time: Column = { type: 'timestamp' };

const asNull = (source: string) => ({ value: null, repairs: 'empty-as-null', source });
const fromText = (value: unknown, source: string, repairs = 'number-from-text') => ({ value, repairs, source });

const CASES: readonly (readonly [string, MakeReader, Column, Readonly<Record<string, unknown>>])[] = [
  [
    'a text',
    compileColumnReader,
    code,
    {
      '""': '',
      '"abcde"': 'abcde',
      '"🙂🙂🙂🙂🙂"': '🙂🙂🙂🙂🙂',
      '"abcdef"': 'too-long: m must be text of at most 5 characters',
      '12': 'wrong-type: m must be text of at most 5 characters, not a number',
      '[]': 'wrong-type: m must be text of at most 5 characters, not a list',
      '12345678901234567890': 'wrong-type: m must be text of at most 5 characters, not a number',
      NaN: 'non-finite-number: m is NaN, which is no number',
    },
  ],
  [
    'one of some words',
    compileColumnReader,
    level,
    {
      '"low"': 'low',
      '"LOW"': 'not-one-of: m must be one of low, high',
      '" "': asNull(' '),
      '1': 'not-one-of: m must be one of low, high',
    },
  ],
  [
    'a whole number',
    compileColumnReader,
    integer,
    {
      '7': 7,
      '7.0': 7,
      '-0': 0,
      '"7"': fromText(7, '7'),
      '" 1e1 "': fromText(10, ' 1e1 '),
      '""': asNull(''),
      '"7.5"': 'wrong-type: m must be a whole number from 0 to 10, not text',
      '"11"': 'out-of-range: m must be a whole number from 0 to 10',
      '11': 'out-of-range: m must be a whole number from 0 to 10',
      '1.5': 'wrong-type: m must be a whole number from 0 to 10, not a number',
      '9007199254740992.5': 'wrong-type: m must be a whole number from 0 to 10',
      '9223372036854775808': 'number-out-of-range: m is larger than the column can hold',
      '1e400': 'number-out-of-range: m is larger than the column can hold',
      true: 'wrong-type: m must be a whole number from 0 to 10, not true or false',
    },
  ],
  [
    'a whole number of 64 bits',
    compileColumnReader,
    { type: 'integer' },
    {
      '9223372036854775807': 9223372036854775807n,
      '-9223372036854775808': -9223372036854775808n,
      '"9223372036854775807"': fromText(9223372036854775807n, '9223372036854775807'),
      '9007199254740993': 9007199254740993n,
    },
  ],
  [
    'a number',
    compileColumnReader,
    share,
    {
      '0.5': 0.5,
      '1': 1,
      '"0.5"': fromText(0.5, '0.5'),
      '"0000-00-00"': asNull('0000-00-00'),
      '1.5': 'out-of-range: m must be a number from 0 to 1',
      '"1.5"': 'out-of-range: m must be a number from 0 to 1',
      '0.12345678901234567890': {
        value: 0.12345678901234568,
        repairs: 'real-rounded',
        source: '0.12345678901234567890',
      },
      '1.00000000000000000001': 'out-of-range: m must be a number from 0 to 1',
      '"1.00000000000000000001"': 'out-of-range: m must be a number from 0 to 1',
      '1e400': 'number-out-of-range: m is larger than the column can hold',
      '"x"': 'wrong-type: m must be a number from 0 to 1, not text',
      Infinity: 'non-finite-number: m is Infinity, which is no number',
    },
  ],
  [
    'true or false',
    compileColumnReader,
    { type: 'boolean' },
    {
      true: true,
      '0': false,
      '1': true,
      '"True"': fromText(true, 'True', 'boolean-from-text'),
      '"0"': fromText(false, '0', 'boolean-from-text'),
      '""': asNull(''),
      '2': 'not-one-of: m must be true or false',
      '"yes"': 'not-one-of: m must be true or false',
    },
  ],
  [
    'a time',
    compileColumnReader,
    time,
    {
      '"2025-01-31T12:00:00Z"': '2025-01-31 12:00:00.000000',
      '"2025-10-26T02:30:00"': { value: '2025-10-26 00:30:00.000000', repairs: 'ambiguous-local-time' },
      '"2025-10-26T02:30:00.123456789"': {
        value: '2025-10-26 00:30:00.123456',
        repairs: 'time-truncated ambiguous-local-time',
        source: '2025-10-26T02:30:00.123456789',
      },
      '"2025-03-30T02:30:00"': 'nonexistent-local-time: m: the clocks of the zone skipped this local time',
      '"0000-00-00 00:00:00"': asNull('0000-00-00 00:00:00'),
      '"now"': 'invalid-time: m: not a date and time like 2025-01-31T12:00:00.000000Z',
      '1738324800': 'wrong-type: m must be a time such as 2025-01-31T12:00:00Z, not a number',
    },
  ],
  [
    'a date',
    compileColumnReader,
    { type: 'date' },
    {
      '"2024-02-29"': '2024-02-29',
      '""': asNull(''),
      '"2023-02-29"': 'invalid-time: m: this date is not in the calendar',
    },
  ],
  [
    'JSON',
    compileColumnReader,
    { type: 'json' },
    {
      '{"b":1,"a":[true]}': '{"a":[true],"b":1}',
      '""': '""',
      '[12345678901234567890]': { value: '[12345678901234567890]', repairs: '' },
      '[NaN,1]': { value: '["NaN",1]', repairs: 'non-finite-as-text' },
      '[1e200000]': 'number-out-of-range: no JSON column can hold a number of this size',
    },
  ],
  [
    'an identifier',
    identifier,
    code,
    {
      '"a1"': 'a1',
      '42': '42',
      '123456': 'too-long: m must be text of at most 5 characters',
      '1.5': 'wrong-type: m must be text of at most 5 characters, not a number',
    },
  ],
  ['an identifier of any length', identifierUpTo(30), code, { '12345678901234567890': '12345678901234567890' }],
  [
    'a version',
    versionNumber,
    code,
    { '1.5': '1.5', '"v1"': 'v1', true: 'wrong-type: m must be text of at most 5 characters, not true or false' },
  ],
  ['any text', anyText, code, { '"abcdefgh"': 'abcdefgh' }],
];

describe.each(CASES)('%s', (_name, make, declared, expected) => {
  test.each(Object.entries(expected))('%s', (text, result) => {
    expect(outcome(make, declared, text)).toEqual(result);
  });
});

test('NaN is stored as NULL where that is wanted', () => {
  const given = { ...context, repair: ['non-finite-as-null'] };
  for (const declared of [integer, share, level, code, time])
    expect(outcome(compileColumnReader, declared, 'NaN', given)).toEqual({
      value: null,
      repairs: 'non-finite-as-null',
    });
});

test('each number that a JSON column cannot hold is told by its place', () => {
  const read = compileColumnReader(
    { type: 'json' },
    context,
  )(readFaithfully('{"a":[1,1e200000],"b~":1e200000}') ?? null);
  expect(read).toMatchObject({ code: 'number-out-of-range', places: ['/a/1', '/b~0'] });
});
