import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Container,
  NON_FINITE,
  PLAIN_NUMBERS,
  RecordSplitter,
  TOO_DEEP,
  UNICODE_ESCAPE,
} from '../../src/json/split.ts';
import { split } from './splitting.ts';

const array: Container = { kind: 'array' };
const map: Container = { kind: 'map' };
const document: Container = { kind: 'document' };
const lines: Container = { kind: 'lines' };
const member: Container = { kind: 'member', name: 'records' };

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
const indent = fc.constantFrom('', ' ', '\t', '\n  ');
const values = fc.array(fc.jsonValue({ maxDepth: 4 }), { maxLength: 8 });
const maps = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 8 });

function countColons(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const children: unknown[] = Object.values(value);
  return children.reduce((sum: number, child) => sum + countColons(child), Array.isArray(value) ? 0 : children.length);
}

describe('chunks cut anywhere', () => {
  it('give the elements of an array', () => {
    fc.assert(
      fc.property(values, indent, sizes, (elements, space, chunks) => {
        const { records, failure } = split(JSON.stringify(elements, null, space), array, chunks);
        expect(failure).toBeUndefined();
        expect(records.map(({ text }) => JSON.parse(text))).toEqual(JSON.parse(JSON.stringify(elements)));
        expect(records.map(({ members }) => members)).toEqual(elements.map(countColons));
        expect(records.map(({ number }) => number)).toEqual(elements.map((_, index) => index + 1));
      }),
      { numRuns: 250 },
    );
  });

  it('give the members of a map with their names', () => {
    fc.assert(
      fc.property(maps, indent, sizes, (object, space, chunks) => {
        const text = JSON.stringify(object, null, space);
        const { records, failure } = split(text, map, chunks);
        expect(failure).toBeUndefined();
        expect(records.map((record) => [record.key, JSON.parse(record.text)])).toEqual(
          Object.entries(JSON.parse(text)),
        );
      }),
      { numRuns: 250 },
    );
  });

  it('give the records under a member and count its neighbours', () => {
    fc.assert(
      fc.property(maps, values, fc.boolean(), indent, sizes, (others, elements, asMap, space, chunks) => {
        const inner = asMap ? Object.fromEntries(elements.map((value, i) => [`k${i}`, value])) : elements;
        const { records: _, ...envelope } = others;
        const text = JSON.stringify({ ...envelope, records: inner, after: [{ records: [1] }] }, null, space);
        const result = split(text, member, chunks);
        expect(result.failure).toBeUndefined();
        expect(result.records.map((record) => JSON.parse(record.text))).toEqual(JSON.parse(JSON.stringify(elements)));
        expect(result.records.map(({ key }) => key)).toEqual(elements.map((_, i) => (asMap ? `k${i}` : undefined)));
        const beside = [...result.envelope.keys(), ...result.collections];
        expect(new Set(beside)).toEqual(new Set([...Object.keys(envelope), 'after']));
        expect(beside).toHaveLength(Object.keys(envelope).length + 1);
        expect(result.collections).toContain('after');
      }),
      { numRuns: 250 },
    );
  });

  it('give the document and the lines', () => {
    fc.assert(
      fc.property(values, indent, sizes, fc.constantFrom('\n', '\r\n', '\n\n \t\n'), (elements, space, chunks, end) => {
        const text = JSON.stringify(elements, null, space);
        expect(split(` ${text}\n`, document, chunks).records.map((record) => record.text)).toEqual([text]);
        const ndjson = elements.map((value) => ` ${JSON.stringify(value)} `).join(end);
        const expected = elements.map((value) => JSON.stringify(value));
        expect(split(ndjson, lines, chunks).records.map((record) => record.text)).toEqual(expected);
      }),
      { numRuns: 250 },
    );
  });

  it('give the places of the records, in characters', () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 5 });
    const gap = fc.constantFrom('', ' ', '\n', '\r\n', ' \n\n ');
    fc.assert(
      fc.property(fc.array(fc.tuple(word, gap), { minLength: 1 }), fc.boolean(), sizes, (parts, mark, chunks) => {
        const text = `[${parts.map(([value, space]) => space + JSON.stringify([value]) + space).join(',')}]`;
        const prefix = mark ? '\ufeff' : '';
        const { records } = split(prefix + text, array, chunks);
        expect(records).toHaveLength(parts.length);
        for (const { byte, line, column, text: found } of records) {
          const before = Buffer.from(prefix + text)
            .subarray(0, byte)
            .toString()
            .slice(prefix.length);
          expect(text.startsWith(found, before.length)).toBe(true);
          const lastLine = before.slice(before.lastIndexOf('\n') + 1);
          expect([line, column]).toEqual([before.split('\n').length, [...lastLine].length + 1]);
        }
      }),
      { numRuns: 250 },
    );
  });

  it('never throw, whatever the bytes are', () => {
    const noise = fc.array(fc.constantFrom(...'[]{},:"\\ \n1eNtü', '\ufeff'), { maxLength: 60 });
    fc.assert(
      fc.property(noise, fc.constantFrom(array, map, document, lines, member), sizes, (parts, container, chunks) => {
        const text = parts.join('');
        const whole = split(text, container);
        const cut = split(text, container, chunks);
        const plain = ({ records, failure }: typeof cut) => ({
          failure,
          records: records.map(({ signs, ...record }) => ({ ...record, signs: signs & ~PLAIN_NUMBERS })),
        });
        expect(plain(cut)).toEqual(plain(whole));
      }),
      { numRuns: 700 },
    );
  });
});

describe('places', () => {
  it('count characters on one long line of multi-byte text', () => {
    const { records } = split('[{"a":"äö€😀"}, {"b":"日本"},3]', array, [3]);
    expect(records.map(({ byte, line, column }) => [byte, line, column])).toEqual([
      [1, 1, 2],
      [22, 1, 16],
      [37, 1, 27],
    ]);
  });

  it('skip a byte order mark that arrives in pieces', () => {
    for (const size of [1, 2, 3, 100]) {
      const { records, failure } = split('\ufeff[1]', array, [size]);
      expect(failure).toBeUndefined();
      expect(records[0]).toMatchObject({ byte: 4, line: 1, column: 2, text: '1' });
    }
  });

  it('do not take half a byte order mark for one', () => {
    expect(split(Buffer.from('\xef\xbb{}', 'latin1'), document).failure).toMatchObject({
      code: 'invalid-json',
      byte: 0,
    });
  });
});

describe('failures of the container', () => {
  const cases: readonly (readonly [string, Container, string, number, number])[] = [
    ['', document, 'empty-file', 1, 1],
    [' \n\t\r ', array, 'empty-file', 1, 1],
    ['\ufeff', array, 'empty-file', 1, 1],
    ['\n \n', lines, 'empty-file', 1, 1],
    ['[1, {"a":\n1', array, 'truncated-json', 1, 5],
    ['[1,\n "ab', array, 'truncated-json', 2, 2],
    ['[1, 2', array, 'truncated-json', 1, 5],
    ['[{},\n', array, 'truncated-json', 2, 1],
    ['[{}', array, 'truncated-json', 1, 4],
    ['{"a":{},\n"b"', map, 'truncated-json', 2, 1],
    ['{"a":{},\n"b": ', map, 'truncated-json', 2, 1],
    ['{"a":{},\n"b": {', map, 'truncated-json', 2, 1],
    ['{"a": ', document, 'truncated-json', 1, 1],
    ['[1 2]', array, 'invalid-json', 1, 4],
    ['[{} {}]', array, 'invalid-json', 1, 5],
    ['[1,]', array, 'invalid-json', 1, 4],
    ['[1,,2]', array, 'invalid-json', 1, 4],
    ['[1}', array, 'invalid-json', 1, 3],
    ['{"a":1]', map, 'invalid-json', 1, 7],
    ['{"a" 1}', map, 'invalid-json', 1, 6],
    ['{a: 1}', map, 'invalid-json', 1, 2],
    ['{"a":}', map, 'invalid-json', 1, 6],
    ['<html>', array, 'invalid-json', 1, 1],
    ['{} {}', document, 'trailing-garbage', 1, 4],
    ['[1]\n]', array, 'trailing-garbage', 2, 1],
    ['{}', array, 'wrong-shape', 1, 1],
    ['"text"', array, 'wrong-shape', 1, 1],
    ['[]', map, 'wrong-shape', 1, 1],
    ['[]', member, 'wrong-shape', 1, 1],
    ['{"other": []}', member, 'wrong-shape', 1, 1],
    ['{"records": 5}', member, 'wrong-shape', 1, 13],
    ['{"records": [], "records": []}', member, 'duplicate-member', 1, 17],
  ];

  it.each(cases)('%j as %j is %s', (text, container, code, line, column) => {
    for (const size of [1, 3, 100]) {
      const { failure } = split(text, container, [size]);
      expect(failure).toMatchObject({ code, line, column });
    }
  });

  it('keep the records before the failure and give none behind it', () => {
    const { records, failure } = split('[{"a":1}, [2] 3, 4]', array, [2]);
    expect(records.map(({ text }) => text)).toEqual(['{"a":1}', '[2]']);
    expect(failure).toMatchObject({ code: 'invalid-json', byte: 14, message: 'expected a comma or a closing bracket' });
  });

  it('give no document when something follows it', () => {
    expect(split('{"a":1} x', document).records).toEqual([]);
  });

  it('do not quote the source', () => {
    for (const [text, container] of cases) {
      if (container.kind === 'member') continue;
      expect(split(text.replace('html', 'secret'), container).failure?.message).not.toContain('secret');
    }
  });
});

describe('records', () => {
  it('come from a damaged record whose brackets match, and from the next one', () => {
    const { records, failure } = split('[{"a":1,}, {"b" 2}, nope, [1}, {"c":3}]', array);
    expect(failure).toBeUndefined();
    expect(records.map(({ text }) => text)).toEqual(['{"a":1,}', '{"b" 2}', 'nope', '[1}', '{"c":3}']);
  });

  it('tell what the parser must look at', () => {
    const signs = (text: string) => split(`[${text}]`, array).records[0]?.signs;
    expect(signs('{"a":1,"b":true}')).toBe(PLAIN_NUMBERS);
    expect(signs('{"a":"N\\n"}')).toBe(PLAIN_NUMBERS);
    expect(signs('{"a":NaN}')).toBe(NON_FINITE | PLAIN_NUMBERS);
    expect(signs('NaN')).toBe(NON_FINITE);
    expect(signs('{"a":1e5}')).toBe(0);
    expect(signs('{"a":57.83091283012345}')).toBe(PLAIN_NUMBERS);
    expect(signs('{"a":12345678901234567890}')).toBe(0);
    expect(signs('{"a":0.10000000000000001}')).toBe(0);
    expect(signs('"\\u0000"')).toBe(UNICODE_ESCAPE | PLAIN_NUMBERS);
    expect(signs('"\\\\u0000"')).toBe(PLAIN_NUMBERS);
    for (const size of [1, 2, 3, 4, 5]) {
      const { records } = split('["\\n\\u0000"]', array, [size]);
      expect((records[0]?.signs ?? 0) & UNICODE_ESCAPE, `in chunks of ${size}`).toBe(UNICODE_ESCAPE);
    }
  });

  it('over the limit are skipped, in one chunk or in many', () => {
    for (const size of [1, 7, 1000]) {
      const text = `[{"a":1}, {"b":"${'x'.repeat(50)}\\"]"}, {"c":3}]`;
      const { records, failure } = split(text, array, [size], 20);
      expect(failure).toBeUndefined();
      expect(records.map(({ text: found }) => found)).toEqual(['{"a":1}', '', '{"c":3}']);
      expect(records[1]?.finding).toMatchObject({ code: 'record-too-large', pointer: '' });
      const ndjson = split(`{"a":1}\n"${'x'.repeat(50)}"\n{"c":3}`, lines, [size], 20);
      expect(ndjson.records.map(({ finding }) => finding?.code)).toEqual([undefined, 'record-too-large', undefined]);
    }
  });

  it('of exactly the limit are taken', () => {
    for (const size of [1, 100]) {
      expect(split('["12345678"]', array, [size], 10).records[0]?.finding).toBeUndefined();
      expect(split('["12345678"]', array, [size], 9).records[0]?.finding?.code).toBe('record-too-large');
    }
  });

  it('deeper than 512 levels are refused, and the next one still comes', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    const { records } = split(`[${nested(512)},${nested(513)},1]`, array, [100]);
    expect(records.map(({ finding }) => finding?.code)).toEqual([undefined, 'too-deep', undefined]);
    expect((records[1]?.signs ?? 0) & TOO_DEEP).toBe(TOO_DEEP);
  });

  it('that never end need no memory', () => {
    const splitter = new RecordSplitter(array, { maxRecordBytes: 1000 });
    const chunk = Buffer.from('['.repeat(1_000_000));
    for (let i = 0; i < 5; i++) expect(splitter.push(chunk)).toEqual([]);
    expect(splitter.end()).toEqual([]);
    expect(splitter.failure).toMatchObject({ code: 'truncated-json', byte: 1, line: 1, column: 2 });
  });

  it('of a map carry decoded names, also the dangerous ones', () => {
    const { records } = split('{"__proto__":1,"a\\u00e9\\"":2,"a":3,"a":4}', map, [2]);
    expect(records.map(({ key, text }) => [key, text])).toEqual([
      ['__proto__', '1'],
      ['aé"', '2'],
      ['a', '3'],
      ['a', '4'],
    ]);
  });

  it('of a map with a broken name carry a finding', () => {
    const bad = Buffer.concat([Buffer.from('{"\\x":1,"'), Buffer.from([0xff]), Buffer.from('":2,"good":3}')]);
    const { records, failure } = split(bad, map);
    expect(failure).toBeUndefined();
    expect(records.map(({ key, finding }) => [key, finding?.code])).toEqual([
      [undefined, 'invalid-json'],
      [undefined, 'invalid-utf8'],
      ['good', undefined],
    ]);
  });

  it('of a map whose name is over the limit carry a finding', () => {
    const { records } = split(`{"${'n'.repeat(50)}":1,"a":2}`, map, [5], 20);
    expect(records.map(({ key, finding }) => [key, finding?.code])).toEqual([
      [undefined, 'record-too-large'],
      ['a', undefined],
    ]);
  });

  it('on lines end at the line end, even inside a broken string', () => {
    const { records, failure } = split('{"a":1}\r\n{"b":"x\n\n  {"c":[\n{"d":4}', lines, [3]);
    expect(failure).toBeUndefined();
    expect(records.map(({ text, number, line, column }) => [text, number, line, column])).toEqual([
      ['{"a":1}', 1, 1, 1],
      ['{"b":"x', 2, 2, 1],
      ['{"c":[', 3, 4, 3],
      ['{"d":4}', 4, 5, 1],
    ]);
  });

  it('behind a raw line break inside a string still have the right line', () => {
    expect(split('["a\nb\n",\n 2]', array, [2]).records[1]).toMatchObject({ line: 4, column: 2 });
  });
});
