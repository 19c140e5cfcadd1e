import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { locate, type ParseResult, parseJson, readFaithfully, UNKNOWN_SIGNS } from '../../src/json/parse.ts';
import { resolvePointer } from '../../src/json/pointer.ts';
import { ExactNumber, type JsonValue, NonFinite } from '../../src/json/value.ts';
import { split } from './splitting.ts';

const nothing = { nulCharacter: false, loneSurrogate: false };
const everything = { nulCharacter: true, loneSurrogate: true };

/** Parses as the reader does, behind the splitter. */
function parse(text: string, allow = nothing): ParseResult {
  const record = split(`${text}\n`, { kind: 'lines' }).records[0];
  if (record === undefined) throw new Error('no record');
  return parseJson(text, record, allow);
}

function value(text: string): JsonValue {
  const result = parse(text);
  if ('problem' in result) throw new Error(`${result.problem.code}: ${result.problem.message}`);
  return result.ok.value;
}

function problem(text: string) {
  const result = parse(text);
  return 'problem' in result ? result.problem : undefined;
}

describe('plain JSON', () => {
  it('parses as JSON.parse does, with and without a splitter before it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        const result = parse(text, everything);
        const unknown = parseJson(text, UNKNOWN_SIGNS, everything);
        expect(result).toEqual(unknown);
        expect(result).toMatchObject({ ok: { special: false } });
      }),
      { numRuns: 400 },
    );
  });

  it('is parsed the same by the exact parser', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (generated) => {
        const text = JSON.stringify(generated);
        const result = parseJson(text, UNKNOWN_SIGNS, nothing);
        if ('ok' in result) expect(result.ok.value).toEqual(JSON.parse(text));
        else expect(result.problem.code).toMatch(/nul-character|lone-surrogate/);
      }),
      { numRuns: 400 },
    );
  });
});

describe('numbers', () => {
  it.each([
    '12345678901234567890',
    '1e400',
    '-1e400',
    '0.1000000000000000055511151231257827',
    '1e-400',
    '9007199254740993',
  ])('keep every digit of %s', (source) => {
    expect(value(`{"a": ${source}}`)).toEqual({ a: new ExactNumber(source) });
    expect(value(`[${source}]`)).toEqual([new ExactNumber(source)]);
    expect(value(source)).toEqual(new ExactNumber(source));
  });

  it.each(['1.0', '100', '1e5', '1E+2', '1e-05', '0.1', '57.83091283012345', '1.0000000000000000', '9007199254740992'])(
    'are doubles where nothing is lost: %s',
    (source) => {
      expect(value(`{"a": ${source}}`)).toEqual({ a: Number(source) });
    },
  );

  it('in strings never change a value', () => {
    const text = '{"a": "x, 12345678901234567890 and :1e400", "b": 1e2, "c": 0.12345678901234566}';
    expect(value(text)).toEqual(JSON.parse(text));
  });

  it('take Python floats as doubles and other long decimals exactly', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(value(`[${number}]`)).toEqual([number === 0 ? 0 : number]);
      }),
      { numRuns: 700 },
    );
  });

  it('are the same wherever the chunks are cut', () => {
    const long = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 20 });
    const number = fc
      .tuple(long, long, fc.constantFrom('', 'e5', 'E-7', 'e+400'))
      .map(([whole, fraction, exponent]) => {
        return `${whole.replace(/^0+(?=\d)/, '')}.${fraction}${exponent}`;
      });
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 1 }),
        fc.constantFrom(',', ', ', ',\n'),
        sizes,
        (numbers, comma, chunks) => {
          const text = `{"a": [${numbers.join(comma)}], "b": true}`;
          const record = split(`[${text}]`, { kind: 'array' }, chunks).records[0];
          const result = parseJson(text, record ?? UNKNOWN_SIGNS, nothing);
          expect(result).toEqual(parseJson(text, UNKNOWN_SIGNS, nothing));
        },
      ),
      { numRuns: 700 },
    );
  });

  it.each(['NaN', 'Infinity', '-Infinity'] as const)('may be %s', (word) => {
    expect(value(word)).toEqual(new NonFinite(word));
    expect(parse(`{"a": [${word}]}`)).toEqual({
      ok: { value: { a: [new NonFinite(word)] }, special: true },
      repairs: [],
    });
  });
});

describe('problems', () => {
  it.each([
    ['{"a": 1,}', 'invalid-json', 8, ''],
    ['{"a": [1 2]}', 'invalid-json', 9, '/a'],
    ['{"a": {"b": tru}}', 'invalid-json', 12, '/a/b'],
    ['[01]', 'invalid-json', 1, '/0'],
    ['[1.]', 'invalid-json', 1, '/0'],
    ['[+1]', 'invalid-json', 1, '/0'],
    ['[0x1F]', 'invalid-json', 1, '/0'],
    ['["a\tb"]', 'invalid-json', 3, '/0'],
    ['["\\x"]', 'invalid-json', 2, '/0'],
    ["{'a': 1}", 'invalid-json', 1, ''],
    ['{"a" 1}', 'invalid-json', 5, ''],
    ['{"a": undefined}', 'invalid-json', 6, '/a'],
    ['{"a": "b', 'truncated-json', 8, '/a'],
    ['{"a": tr', 'truncated-json', 8, '/a'],
    ['{"a": -', 'truncated-json', 7, '/a'],
    ['{"a": 1.5e', 'truncated-json', 10, '/a'],
    ['{"a": "\\u00', 'truncated-json', 11, '/a'],
    ['{"a": 1', 'truncated-json', 7, ''],
    ['{"a": 1} {"b": 2}', 'trailing-garbage', 9, ''],
    ['{"a": {"b": 1, "c": 2, "b": 3}}', 'duplicate-member', 23, '/a/b'],
    ['{"a": "\\u0000"}', 'nul-character', 6, '/a'],
    ['{"x": [1, {"a/b": "\\ud800"}]}', 'lone-surrogate', 18, '/x/1/a~1b'],
    ['{"a\\u0000": 1}', 'nul-character', 12, '/a\0'],
  ])('%s is %s', (text, code, offset, pointer) => {
    expect(problem(text)).toMatchObject({ code, offset, pointer });
  });

  it('in duplicates name the member and its first place', () => {
    const message = 'the member "b" occurs twice; the first is /a/b';
    expect(problem('{"a": {"b": 1, "b": 2}}')?.message).toBe(message);
    expect(problem('{"a": {"b": 1, "\\u0062": 2}}')?.message).toBe(message);
    expect(problem('{"__proto__": 1, "__proto__": 2}')?.code).toBe('duplicate-member');
  });

  it('never quote a value', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.constantFrom('', ',', '}', '"', 'x', '\n'), (cut, insert) => {
        const text = '{"password": "hunter2", "list": [4711, "geheim"]}';
        const found = parseJson(text.slice(0, cut) + insert + text.slice(cut + 1), UNKNOWN_SIGNS, nothing);
        if ('problem' in found) expect(found.problem.message).not.toMatch(/hunter|geheim|4711/);
      }),
    );
  });

  it('of depth never overflow the stack', () => {
    const deep = '['.repeat(5_000_000);
    expect(parseJson(deep, UNKNOWN_SIGNS, nothing)).toMatchObject({ problem: { code: 'too-deep', offset: 512 } });
    const closed = deep + ']'.repeat(5_000_000);
    expect(parseJson(closed, { members: 0, signs: 0 }, nothing)).toMatchObject({ problem: { code: 'too-deep' } });
    const allowed = '['.repeat(512) + ']'.repeat(512);
    expect(parse(allowed)).toMatchObject({ ok: { special: false } });
  });
});

describe('dangerous member names', () => {
  it.each(['{"__proto__": {"x": 1}, "constructor": 2}', '{"__proto__": {"x": 1}, "constructor": 2, "n": 1e400}'])(
    'are ordinary members in %s',
    (text) => {
      const parsed = value(text) as Record<string, JsonValue>;
      expect(Object.keys(parsed).slice(0, 2)).toEqual(['__proto__', 'constructor']);
      expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
      expect(resolvePointer(parsed, '/__proto__/x')).toBe(1);
      expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    },
  );
});

describe('names written with escapes', () => {
  // JSON.parse alone reads a backslash: https://github.com/nodejs/node/issues/63785
  it.each(['n', 'b', '"', '/', 'u0061'])('are read as they are behind a name that is a backslash: \\%s', (written) => {
    for (const begin of ['', 'a', '漢']) {
      const backslash = `{"h":[],"${begin}\\\\":1}`;
      const escaped = `{"h":[],"${begin}\\${written}":1}`;
      const expected = begin + JSON.parse(`"\\${written}"`);
      for (const read of [value, readFaithfully]) {
        expect(Object.keys(read(backslash) ?? {})).toEqual(['h', `${begin}\\`]);
        expect(Object.keys(read(escaped) ?? {})).toEqual(['h', expected]);
      }
    }
  });
});

describe('repairs', () => {
  it('replace what cannot be stored, one entry per string', () => {
    const result = parse('{"a\\u0000": "\\u0000\\u0000", "b": ["\\ud800", "\\ud83d\\ude00"]}', everything);
    expect(result).toEqual({
      ok: { value: { 'a\ufffd': '\ufffd\ufffd', b: ['\ufffd', '😀'] }, special: false },
      repairs: ['nul-character', 'nul-character', 'lone-surrogate'],
    });
  });

  it('refuse two names that become one', () => {
    const result = parse('{"a\\u0000": 1, "a\ufffd": 2}', everything);
    expect(result).toMatchObject({ problem: { code: 'duplicate-member' } });
  });

  it('are allowed one by one', () => {
    const text = '["\\u0000", "\\udc00"]';
    expect(parse(text, { nulCharacter: true, loneSurrogate: false })).toMatchObject({ problem: { pointer: '/1' } });
    expect(parse(text, { nulCharacter: false, loneSurrogate: true })).toMatchObject({ problem: { pointer: '/0' } });
  });
});

describe('locate', () => {
  const text = ' {"a": [1, {"b~/": "x]\\"}", "c" : -2}, 3], "\\u0064": null, "e": NaN}';

  it.each([
    ['', '{'],
    ['/a', '['],
    ['/a/0', '1'],
    ['/a/1/b~0~1', '"x'],
    ['/a/1/c', '-2'],
    ['/a/2', '3'],
    ['/d', 'null'],
    ['/e', 'NaN'],
  ])('finds %s', (pointer, begin) => {
    expect(text.startsWith(begin, locate(text, pointer))).toBe(true);
  });

  it.each(['/x', '/a/3', '/a/-', '/a/01', 'a', '/a/0/0'])('answers 0 for %s', (pointer) => {
    expect(locate(text, pointer)).toBe(0);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (source, pointer) => locate(source, `/${pointer}`) >= 0));
  });
});
