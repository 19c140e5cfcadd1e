import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { canonicalise, canonicalJson, jsonbHolds, normaliseDecimal } from '../../src/json/canonical.ts';
import { parseJson, UNKNOWN_SIGNS } from '../../src/json/parse.ts';
import { ExactNumber, type JsonValue, NonFinite } from '../../src/json/value.ts';

const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 30 });
const decimals = fc
  .tuple(fc.constantFrom('', '-'), digits, fc.option(digits), fc.option(fc.integer({ min: -500, max: 500 })))
  .map(([sign, whole, fraction, exponent]) => {
    const mantissa = whole.replace(/^0+(?=\d)/, '') + (fraction === null ? '' : `.${fraction}`);
    return sign + mantissa + (exponent === null ? '' : `e${exponent}`);
  });

describe('normaliseDecimal', () => {
  it.each([
    ['1.0', '1'],
    ['1e0', '1'],
    ['-0.0', '0'],
    ['0e99', '0'],
    ['100', '100'],
    ['1E2', '100'],
    ['1e400', '1e+400'],
    [`1${'0'.repeat(400)}`, '1e+400'],
    ['0.00001', '0.00001'],
    ['1e-7', '1e-7'],
    ['0.0000001', '1e-7'],
    ['1e21', '1e+21'],
    ['123456789012345678901', '123456789012345678901'],
    ['1234567890123456789012', '1.234567890123456789012e+21'],
    ['-12.50', '-12.5'],
    ['1e0000000000000000000000005', '100000'],
    ['10e99999999999999999999', '1e+100000000000000000000'],
    ['1e-99999999999999999999', '1e-99999999999999999999'],
  ])('%s → %s', (source, expected) => {
    expect(normaliseDecimal(source)).toBe(expected);
  });

  it('spells doubles as String does', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(normaliseDecimal(String(number))).toBe(String(number));
        expect(normaliseDecimal(number.toExponential())).toBe(String(number));
      }),
      { numRuns: 5000 },
    );
  });

  it('has one spelling per value and loses no digit', () => {
    fc.assert(
      fc.property(decimals, (source) => {
        const normal = normaliseDecimal(source);
        expect(normaliseDecimal(normal)).toBe(normal);
        expect(exactly(normal)).toEqual(exactly(source));
      }),
      { numRuns: 5000 },
    );
  });
});

/** An independent reading: the value as integer × 10^-2000. */
function exactly(source: string): bigint {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([-+]?\d+))?$/.exec(source) ?? [];
  const magnitude = BigInt(whole + fraction) * 10n ** BigInt(2000 + Number(exponent) - fraction.length);
  return sign === '-' ? -magnitude : magnitude;
}

describe('canonicalJson', () => {
  it('sorts members by code unit and writes no white space', () => {
    expect(canonicalJson({ b: [1, null, true], a: { '😀': 'x', '\uffff': -0 }, B: 'é"\n' })).toBe(
      '{"B":"é\\"\\n","a":{"😀":"x","\uffff":0},"b":[1,null,true]}',
    );
  });

  it('keeps exact numbers, NaN and dangerous names', () => {
    const parsed = parseJson('{"__proto__": 1.0, "n": 12345678901234567890.10, "x": -Infinity}', UNKNOWN_SIGNS, {
      nulCharacter: false,
      loneSurrogate: false,
    });
    if ('problem' in parsed) throw new Error(parsed.problem.message);
    expect(canonicalJson(parsed.ok.value)).toBe('{"__proto__":1,"n":12345678901234567890.1,"x":"-Infinity"}');
    expect(canonicalJson([new NonFinite('NaN'), new ExactNumber('1e400')])).toBe('["NaN",1e+400]');
  });

  it('parses back to the same text', () => {
    const exact = decimals.map((source) => new ExactNumber(source));
    const { tree } = fc.letrec<{ tree: JsonValue; leaf: JsonValue }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        tie('leaf'),
        fc.array(tie('tree')),
        fc.dictionary(fc.string({ unit: 'binary' }), tie('tree')),
      ),
      leaf: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        exact,
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const text = canonicalJson(value);
        expect(canonicalise(text)).toBe(text);
        expect(() => JSON.parse(text)).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  });

  it('is the same for what a database gives back', () => {
    expect(canonicalise(`{"b": 1${'0'.repeat(400)}, "a": 0.10}`)).toBe('{"a":0.1,"b":1e+400}');
    expect(canonicalise('not JSON')).toBe('not JSON');
  });
});

describe('jsonbHolds', () => {
  const client = new pg.Client(inject('postgresUrl'));
  beforeAll(() => client.connect());
  afterAll(() => client.end());

  it.each([
    ['1e131071', true],
    ['1e131072', false],
    ['-9.99e131071', true],
    ['1e-16383', true],
    ['1e-16384', false],
    ['1.5e-16383', false],
    ['0e999999', true],
    ['1e99999999999999999999', false],
    ['12345678901234567890.123', true],
  ])('says of %s what PostgreSQL does: %s', async (source, expected) => {
    expect(jsonbHolds(source)).toBe(expected);
    const stored = client.query<{ text: string }>('SELECT $1::jsonb::text AS text', [normaliseDecimal(source)]);
    const held = await stored.then(
      ({ rows }) => rows[0]?.text,
      () => undefined,
    );
    expect(held === undefined ? undefined : normaliseDecimal(held)).toBe(
      expected ? normaliseDecimal(source) : undefined,
    );
  });
});
