import { expect, test } from 'vitest';
import { RecordAccount } from '../../src/datasets/account.ts';
import { compileMembers } from '../../src/datasets/members.ts';
import { compareDecimals, wholeNumber } from '../../src/json/decimal.ts';
import { parseExactly } from '../../src/json/exact-parser.ts';
import { isJsonObject } from '../../src/json/value.ts';
import type { Table } from '../../src/schema/table.ts';
import { compileTimeReader } from '../../src/time/time.ts';

const TABLE: Table = {
  name: 't',
  columns: {
    whole: { type: 'integer' },
    share: { type: 'real', min: 0, most: 1 },
    any: { type: 'real' },
    flag: { type: 'boolean' },
    time: { type: 'timestamp' },
    extra: { type: 'json' },
  },
  primaryKey: ['whole'],
  naturalKey: ['whole'],
};

const context = {
  naiveTime: 'UTC',
  source: undefined,
  repair: [],
  hashSecrets: false,
  keepPlainKeys: false,
  readTime: compileTimeReader('UTC'),
};

const read = compileMembers(TABLE, { whole: {}, share: {}, any: {}, flag: {}, time: {} }, context);

/** What becomes of one member: its value and the repairs, or the code of its reject. */
function outcome(json: string): unknown {
  const parsed = parseExactly(json);
  if (!('value' in parsed) || !isJsonObject(parsed.value)) throw new SyntaxError(json);
  const account = new RecordAccount();
  const members = read(parsed.value, '', account);
  const [name = ''] = Object.keys(parsed.value);
  if (members === undefined) return account.findings.map(({ code }) => code).join();
  return [members.values.get(name), ...account.repairs.keys()];
}

test.each<[string, unknown]>([
  ['{"whole": 9007199254740992.5}', 'wrong-type'],
  ['{"whole": 9007199254740993}', [9007199254740993n]],
  ['{"whole": 9223372036854775807}', [9223372036854775807n]],
  ['{"whole": 9223372036854775808}', 'number-out-of-range'],
  ['{"whole": 1e-400}', 'wrong-type'],
  ['{"whole": 1e400}', 'number-out-of-range'],
  ['{"whole": 1.00000000000000000001}', 'wrong-type'],
  ['{"whole": 1.0}', [1]],
  ['{"whole": "1e-400"}', 'wrong-type'],
  ['{"whole": "1.00000000000000000001"}', 'wrong-type'],
  ['{"whole": "9007199254740993"}', [9007199254740993n, 'number-from-text']],
  ['{"flag": 1e-400}', 'wrong-type'],
  ['{"flag": 1.00000000000000000001}', 'wrong-type'],
  ['{"share": 1.00000000000000000001}', 'out-of-range'],
  ['{"share": -1e-400}', 'out-of-range'],
  ['{"share": "1.00000000000000000001"}', 'out-of-range'],
  ['{"share": 0.12345678901234567890123}', [0.12345678901234568, 'real-rounded']],
  ['{"any": 1e-400}', [0, 'real-rounded']],
  ['{"any": 1e400}', 'number-out-of-range'],
  ['{"time": "2025-01-01T00:00:00.1234567Z"}', ['2025-01-01 00:00:00.123456', 'time-truncated']],
  ['{"time": "2025-01-01T00:00:00.1234567x"}', 'invalid-time'],
  ['{"time": ""}', [null, 'empty-as-null']],
  ['{"time": "0000-00-00"}', [null, 'empty-as-null']],
  ['{"time": "0000-01-00"}', 'invalid-time'],
  ['{"whole": " "}', [null, 'empty-as-null']],
])('%s', (json, expected) => expect(outcome(json)).toEqual(expected));

test('a number is whole by its digits', () => {
  for (const [text, whole] of [
    ['1e3', 1000n],
    ['-12.0', -12n],
    ['0e5', 0n],
    ['120e-1', 12n],
  ] as const)
    expect(wholeNumber(text), text).toBe(whole);
  for (const text of ['0.5', '1e-1', '9007199254740992.5', '1e-400']) expect(wholeNumber(text), text).toBeUndefined();
});

test('numbers are compared to the last digit', () => {
  const ascending = [
    '-1e400',
    '-10',
    '-9.5',
    '-1e-400',
    '0',
    '1e-400',
    '1',
    '1.00000000000000000001',
    '9.5',
    '10',
    '1e400',
  ];
  for (const [i, a] of ascending.entries())
    for (const [j, b] of ascending.entries())
      expect(Math.sign(compareDecimals(a, b)) + 0, `${a} ${b}`).toBe(Math.sign(i - j));
});
