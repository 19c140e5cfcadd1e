import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addMicroseconds,
  compileTimeReader,
  isTimeZone,
  readDate,
  readEpoch,
  readTimeOfDay,
} from '../../src/time/time.ts';

const utc = compileTimeReader('UTC');
const berlin = compileTimeReader('Europe/Berlin');

describe('times', () => {
  test.each([
    ['2025-08-08T03:43:42.092100', '2025-08-08 03:43:42.092100'],
    ['2025-08-08 03:43:42.092100', '2025-08-08 03:43:42.092100'],
    ['2025-08-08t03:43:42z', '2025-08-08 03:43:42.000000'],
    ['2025-08-08T03:43:42Z', '2025-08-08 03:43:42.000000'],
    ['2025-08-08T03:43:42.1', '2025-08-08 03:43:42.100000'],
    ['2025-08-08T03:43:42.12345Z', '2025-08-08 03:43:42.123450'],
    ['2025-08-08T03:43:42.1234560', '2025-08-08 03:43:42.123456'],
    ['2025-08-08T03:43:42.123456000Z', '2025-08-08 03:43:42.123456'],
    ['2025-08-08T03:43:42.123456+02:00', '2025-08-08 01:43:42.123456'],
    ['2025-08-08T03:43:42+0530', '2025-08-07 22:13:42.000000'],
    ['2025-08-08T03:43:42-08', '2025-08-08 11:43:42.000000'],
    ['2025-08-08T03:43:42-00:00', '2025-08-08 03:43:42.000000'],
    ['2024-02-29T23:59:59.999999-00:01', '2024-03-01 00:00:59.999999'],
    ['2025-01-01T00:30:00+01:00', '2024-12-31 23:30:00.000000'],
    ['2000-02-29T00:00:00', '2000-02-29 00:00:00.000000'],
    ['0001-01-01T00:00:00', '0001-01-01 00:00:00.000000'],
    ['9999-12-31T23:59:59.999999Z', '9999-12-31 23:59:59.999999'],
    ['9999-12-31T23:59:59.999999+23:59', '9999-12-31 00:00:59.999999'],
  ])('%s is read as UTC text', (text, ok) => {
    expect(utc(text)).toEqual({ ok });
  });

  test.each([
    '',
    'now',
    'infinity',
    '2025-08-08',
    '2025-08-08T03:43',
    '2025-08-08T03',
    '20250808T034342',
    '2025-8-8T03:43:42',
    '2023-02-29T00:00:00',
    '1900-02-29T00:00:00',
    '2025-00-01T00:00:00',
    '2025-13-01T00:00:00',
    '2025-04-31T00:00:00',
    '2025-01-00T00:00:00',
    '0000-01-01T00:00:00',
    '2025-01-01T24:00:00',
    '2025-01-01T00:60:00',
    '2025-01-01T23:59:60Z',
    '2025-01-01T00:00:00.',
    '2025-01-01T00:00:00.Z',
    '2025-01-01T00:00:00,5',
    '2025-01-01T00:00:00.1234567',
    '2025-01-01T00:00:00.00000001',
    '2025-01-01T00:00:00 Z',
    '2025-01-01T00:00:00ZZ',
    '2025-01-01T00:00:00+2',
    '2025-01-01T00:00:00+24:00',
    '2025-01-01T00:00:00+02:60',
    '2025-01-01T00:00:00+02:0',
    '2025-01-01T00:00:00+02:00:00',
    '2025-01-01T00:00:00+02:',
    '2025-01-01T00:00:00 ',
    ' 2025-01-01T00:00:00',
    '2025-01-01T00:00:00 UTC',
    '2025-01-01  00:00:00',
    '+2025-01-01T00:00:00',
    '-025-01-01T00:00:00',
    '12025-01-01T00:00:00',
    '２０２５-01-01T00:00:00',
    '2025-01-01_00:00:00',
    '0001-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
  ])('%j is no time', (text) => {
    const result = utc(text);
    expect(result).toMatchObject({ code: 'invalid-time' });
    if ('message' in result && text.trim() !== '') expect(result.message).not.toContain(text);
  });

  test.each([
    ['2025-03-30T01:59:59.999999', { ok: '2025-03-30 00:59:59.999999' }],
    ['2025-03-30T02:00:00', { code: 'nonexistent-local-time' }],
    ['2025-03-30T02:59:59.999999', { code: 'nonexistent-local-time' }],
    ['2025-03-30T03:00:00', { ok: '2025-03-30 01:00:00.000000' }],
    ['2025-10-26T01:59:59', { ok: '2025-10-25 23:59:59.000000' }],
    ['2025-10-26T02:00:00', { ok: '2025-10-26 00:00:00.000000', ambiguous: true }],
    ['2025-10-26T02:59:59.999999', { ok: '2025-10-26 00:59:59.999999', ambiguous: true }],
    ['2025-10-26T03:00:00', { ok: '2025-10-26 02:00:00.000000' }],
    ['2025-10-26T02:30:00+01:00', { ok: '2025-10-26 01:30:00.000000' }],
    ['2025-03-30T02:30:00Z', { ok: '2025-03-30 02:30:00.000000' }],
    ['1880-01-01T00:00:00', { ok: '1879-12-31 23:06:32.000000' }],
  ])('naive %s in Europe/Berlin', (text, expected) => {
    expect(berlin(text)).toMatchObject(expected);
    expect('ambiguous' in berlin(text)).toBe('ambiguous' in expected);
  });

  test.each([
    ['Australia/Lord_Howe', '2025-10-05T02:15:00', { code: 'nonexistent-local-time' }],
    ['Australia/Lord_Howe', '2025-04-06T01:45:00', { ok: '2025-04-05 14:45:00.000000', ambiguous: true }],
    ['Pacific/Apia', '2011-12-30T12:00:00', { code: 'nonexistent-local-time' }],
    ['Asia/Kathmandu', '2025-01-01T00:00:00', { ok: '2024-12-31 18:15:00.000000' }],
    ['Africa/Monrovia', '1960-01-01T12:00:00', { ok: '1960-01-01 12:44:30.000000' }],
    ['-03:30', '2025-01-01T00:00:00', { ok: '2025-01-01 03:30:00.000000' }],
  ])('naive times in %s: %s', (zone, text, expected) => {
    expect(compileTimeReader(zone)(text)).toMatchObject(expected);
  });

  test('an unknown zone is refused', () => {
    expect(() => compileTimeReader('Mars/Olympus')).toThrow('Unknown time zone "Mars/Olympus".');
    const known = ['UTC', 'Z', '+02:00', '-0330', 'Europe/Berlin', 'Etc/GMT+5'];
    expect(known.filter(isTimeZone)).toEqual(known);
    expect(['', 'local', 'Mars/Olympus', '+24:00', '+2', 'undefined'].filter(isTimeZone)).toEqual([]);
  });

  test('a random instant written with a random offset reads back equal', () => {
    const instant = fc.date({
      min: new Date('0001-01-03T00:00:00Z'),
      max: new Date('9999-12-29T00:00:00Z'),
      noInvalidDate: true,
    });
    const micros = fc.integer({ min: 0, max: 999 });
    const offset = fc.integer({ min: -1439, max: 1439 });
    const style = fc.constantFrom(':', '');
    fc.assert(
      fc.property(instant, micros, offset, style, (date, extra, minutes, colon) => {
        const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, 23);
        const tail = String(extra).padStart(3, '0');
        const size = Math.abs(minutes);
        const pad = (value: number) => String(value).padStart(2, '0');
        const text = `${local}${tail}${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}${colon}${pad(size % 60)}`;
        expect(utc(text)).toEqual({ ok: `${date.toISOString().slice(0, 23).replace('T', ' ')}${tail}` });
      }),
      { numRuns: 2000 },
    );
  });

  test('a random local time agrees with Intl', () => {
    const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca', 'America/St_Johns'];
    const readers = new Map(zones.map((zone) => [zone, { read: compileTimeReader(zone), show: showIn(zone) }]));
    const seconds = fc.integer({ min: -2_000_000_000, max: 4_000_000_000 });
    fc.assert(
      fc.property(fc.constantFrom(...zones), seconds, (zone, second) => {
        const { read, show } = readers.get(zone) ?? { read: utc, show: showIn('UTC') };
        const result = read(show(second * 1000));
        const expected = `${new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ')}.000000`;
        if (!('ok' in result)) expect.fail(`${zone} ${expected} is not read`);
        // The later of two equal local times is taken for the earlier one.
        if (result.ambiguous === true) expect(result.ok <= expected).toBe(true);
        else expect(result.ok).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test('the result depends on neither TZ nor locale', () => {
    const code = `import { compileTimeReader } from './src/time/time.ts';
      const texts = ['2025-03-30T02:30:00', '2025-07-01T12:00:00', '2025-07-01T12:00:00+01:00'];
      console.log(JSON.stringify(['UTC', 'Europe/Berlin'].map((zone) => texts.map(compileTimeReader(zone)))));`;
    const run = (env: Record<string, string>) =>
      execFileSync(process.execPath, ['--input-type=module-typescript', '-e', code], {
        encoding: 'utf8',
        env: { ...process.env, ...env },
      });
    expect(run({ TZ: 'Asia/Kathmandu', LC_ALL: 'ar_EG.UTF-8' })).toBe(run({ TZ: 'America/New_York', LC_ALL: 'C' }));
  });
});

function showIn(zone: string): (milliseconds: number) => string {
  // 'sv' writes YYYY-MM-DD HH:MM:SS.
  const format = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  return (milliseconds) => format.format(milliseconds);
}

describe('dates', () => {
  test('a date of the calendar is kept as it is', () => {
    expect(['2024-02-29', '0001-01-01', '9999-12-31'].map(readDate)).toEqual([
      { ok: '2024-02-29' },
      { ok: '0001-01-01' },
      { ok: '9999-12-31' },
    ]);
  });

  test.each([
    '2023-02-29',
    '2025-06-31',
    '0000-01-01',
    '2025-1-1',
    '2025-01-01T00:00:00',
    '01.02.2025',
    'today',
    '',
    '2025/01/01',
  ])('%j is no date', (text) => {
    expect(readDate(text)).toMatchObject({ code: 'invalid-time' });
  });
});

test.each([
  ['1754624622.1234567', '2025-08-08 03:43:42.123456'],
  ['1754624622.9999995', '2025-08-08 03:43:42.999999'],
])('what %s has after the microseconds is cut off, and told', (text, ok) => {
  expect(readEpoch(text)).toEqual({ ok, truncated: true });
});

describe('epochs', () => {
  test.each([
    [1754624622, undefined, '2025-08-08 03:43:42.000000'],
    [1754624622.0921, undefined, '2025-08-08 03:43:42.092100'],
    ['1754624622.123456', undefined, '2025-08-08 03:43:42.123456'],
    [1754624622092, undefined, '2025-08-08 03:43:42.092000'],
    ['1754624622092.1', undefined, '2025-08-08 03:43:42.092100'],
    [1754624622092100, undefined, '2025-08-08 03:43:42.092100'],
    ['1754624622', 's', '2025-08-08 03:43:42.000000'],
    ['1754624622092', 'ms', '2025-08-08 03:43:42.092000'],
    ['631152000', undefined, '1990-01-01 00:00:00.000000'],
    ['4133980799.999999', undefined, '2100-12-31 23:59:59.999999'],
    ['4133980799999999', undefined, '2100-12-31 23:59:59.999999'],
  ] as const)('%s (%s)', (value, unit, ok) => {
    expect(readEpoch(value, unit)).toEqual({ ok });
  });

  test.each([
    [0, undefined],
    [-1754624622, undefined],
    ['631151999.999999', undefined],
    ['4133980800', undefined],
    ['1754624622092100000', undefined],
    ['1754624622092', 's'],
    ['1754624622', 'ms'],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ['1.7e9', undefined],
    ['0x689', undefined],
    ['1754624622.', undefined],
    [' 1754624622', undefined],
    ['1754624622\n', undefined],
    ['', undefined],
  ] as const)('%j (%s) is no epoch', (value, unit) => {
    expect(readEpoch(value, unit)).toMatchObject({ code: 'invalid-time' });
  });

  test('every microsecond of a random second survives', () => {
    const micros = fc.integer({ min: 631_152_000_000_000, max: 4_133_980_799_999_999 });
    fc.assert(
      fc.property(micros, (value) => {
        const digits = String(value);
        const seconds = readEpoch(`${digits.slice(0, -6)}.${digits.slice(-6)}`);
        expect(seconds).toEqual(readEpoch(value, 'us'));
        expect(seconds).toEqual(readEpoch(value));
        const date = new Date(Math.floor(value / 1000)).toISOString();
        expect(seconds).toEqual({ ok: `${date.slice(0, 10)} ${date.slice(11, 23)}${digits.slice(-3)}` });
      }),
    );
  });
});

describe('addition of microseconds', () => {
  test.each([
    ['2025-01-01 00:00:00.000000', 1, '2025-01-01 00:00:00.000001'],
    ['2024-12-31 23:59:59.999999', 1, '2025-01-01 00:00:00.000000'],
    ['2025-01-01 00:00:00.000000', -1, '2024-12-31 23:59:59.999999'],
    ['2024-02-28 23:59:59.000001', 86_400_000_000, '2024-02-29 23:59:59.000001'],
    ['2025-01-01 00:00:00.000000', 0, '2025-01-01 00:00:00.000000'],
  ])('%s plus %i', (time, micros, sum) => {
    expect(addMicroseconds(time, micros)).toBe(sum);
  });

  test('what cannot be represented is refused', () => {
    expect(() => addMicroseconds('9999-12-31 23:59:59.999999', 1)).toThrow(RangeError);
    expect(() => addMicroseconds('0001-01-01 00:00:00.000000', -1)).toThrow(RangeError);
    expect(() => addMicroseconds('2025-01-01 00:00:00.000000', 0.5)).toThrow(RangeError);
  });
});

test.each([
  ['07:05:09', '07:05:09.000000'],
  ['00:00:00', '00:00:00.000000'],
  ['23:59:59.999999', '23:59:59.999999'],
  ['12:00:00.5', '12:00:00.500000'],
  ['12:00:00.12345600', '12:00:00.123456'],
])('a time of day is read: %s', (text, expected) => {
  expect(readTimeOfDay(text)).toEqual({ ok: expected });
});

test.each([
  '24:00:00',
  '12:60:00',
  '12:00:60',
  '12:00',
  '7:00:00',
  '12:00:00Z',
  '12:00:00.',
  '12:00:00.1234567',
  ' 12:00:00',
  '',
])('what is no time of day is refused: %j', (text) => {
  expect(readTimeOfDay(text)).toMatchObject({ code: 'invalid-time' });
});
