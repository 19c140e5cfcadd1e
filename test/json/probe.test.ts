import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { probe, probeLines } from '../../src/json/probe.ts';

describe('probe', () => {
  it('tells kinds, members and first elements', () => {
    const shape = probe('{"a": [{"x": 1}, 2], "b": "text", "c": null, "d": NaN, "e": {}, "f": true}', true);
    expect(shape).toMatchObject({ root: 'object', begins: 'object', complete: true });
    expect([...shape.members].map(([name, { root }]) => [name, root])).toEqual([
      ['a', 'array'],
      ['b', 'string'],
      ['c', 'null'],
      ['d', 'number'],
      ['e', 'object'],
      ['f', 'boolean'],
    ]);
    expect(shape.members.get('a')?.first?.members.get('x')).toMatchObject({ root: 'number', complete: true });
  });

  it('takes any prefix of JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.nat(), (value, cut) => {
        const text = JSON.stringify(value, null, 1);
        const prefix = text.slice(0, 1 + (cut % text.length));
        const shape = probe(prefix, false);
        expect(shape.root).toBe(probe(text, true).root);
        if (prefix.length < text.length) expect(shape.complete).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('knows what is complete inside the prefix', () => {
    const shape = probe('{"a": {"x": 1}, "b": [1, 2', false);
    expect(shape.complete).toBe(false);
    expect(shape.members.get('a')?.complete).toBe(true);
    expect(shape.members.get('b')).toMatchObject({ root: 'array', complete: false, first: { complete: true } });
    expect(probe('12', false).complete).toBe(false);
    expect(probe('12', true).complete).toBe(true);
  });

  it.each(['', ' \n\t', '\ufeff'])('calls %j empty', (text) => {
    expect(probe(text, true).root).toBe('empty');
  });

  it.each([
    ['<html>', 'invalid-json', 0, undefined],
    ['{"a": 1,}', 'invalid-json', 8, 'object'],
    ['[1 2]', 'invalid-json', 3, 'array'],
    ['{} {}', 'trailing-garbage', 3, 'object'],
    ['[1, 2', 'truncated-json', 5, 'array'],
    ['{"a": tr', 'truncated-json', 8, 'object'],
    ['[01]', 'invalid-json', 1, 'array'],
  ])('calls %s invalid', (text, code, offset, begins) => {
    expect(probe(text, true)).toMatchObject({ root: 'invalid', begins, complete: false, problem: { code, offset } });
  });

  it('keeps what it saw before the damage', () => {
    expect([...probe('{"a": 1, "b": x}', true).members.keys()]).toEqual(['a', 'b'].slice(0, 1));
  });

  it('goes three levels below the root and takes 200 members', () => {
    const { members } = probe('{"1":{"2":{"3":{"4":{}}}}}', true);
    const third = members.get('1')?.members.get('2')?.members.get('3');
    expect(third).toMatchObject({ root: 'object', complete: true });
    expect(third?.members.size).toBe(0);
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`m${i}`, i])));
    expect(probe(wide, true)).toMatchObject({ root: 'object', complete: true });
    expect(probe(wide, true).members.size).toBe(200);
  });

  it('survives 5,000,000 opening brackets and any noise', () => {
    const deep = '['.repeat(5_000_000);
    expect(probe(deep, false)).toMatchObject({ root: 'array', complete: false });
    expect(probe(deep, true)).toMatchObject({ root: 'invalid', problem: { code: 'truncated-json' } });
    expect(probe('{"a":'.repeat(1_000_000), false).root).toBe('object');
    const noise = fc.string({ unit: fc.constantFrom(...'[]{},:"\\ \n1e-.NItfnu', '\ufeff') });
    fc.assert(
      fc.property(noise, fc.boolean(), (text, atEnd) => {
        probe(text, atEnd);
        probeLines(text, atEnd);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('probeLines', () => {
  it('takes the objects of all lines as one, and damage only where no line is an object', () => {
    expect(probeLines('\ufeff\n \r\n{"a": 1}\r\n{"b', false)).toMatchObject({ root: 'object', complete: true });
    expect(probeLines('{"a": 1', false)).toMatchObject({ root: 'object', complete: false });
    expect(probeLines('\n{"a": 1\n{}', false)).toMatchObject({ root: 'object' });
    expect(probeLines('\n{"a": 1\n[', false)).toMatchObject({ problem: { code: 'truncated-json', offset: 8 } });
    expect([...probeLines('{"a": 1}\n{"b": 2}\n', true).members.keys()].toSorted()).toEqual(['a', 'b']);
    expect(probeLines(' \n\n', true).root).toBe('empty');
  });
});
