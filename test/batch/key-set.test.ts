import { expect, test } from 'vitest';
import { KeySet } from '../../src/batch/key-set.ts';
import { Fingerprint } from '../../src/fingerprint.ts';

const print = new Fingerprint();

function add(keys: KeySet, name: string): boolean {
  print.begin();
  print.addText(name);
  print.end();
  return keys.add(print.a, print.b);
}

test('a key is new once, however often the set has grown', () => {
  const keys = new KeySet();
  const names = Array.from({ length: 300_000 }, (_, index) => `metrics host-${index % 21} ${index}`);
  expect(names.filter((name) => !add(keys, name))).toEqual([]);
  expect(names.filter((name) => add(keys, name))).toEqual([]);
});

test('a tag of zero is a tag like any other', () => {
  const keys = new KeySet();
  expect([keys.add(5, 0), keys.add(5, 0), keys.add(6, 0)]).toEqual([true, false, true]);
});

test('prints tell texts apart by their borders, and bytes by each of them', () => {
  const printOf = (...parts: readonly (string | Uint8Array)[]): string => {
    print.begin();
    for (const part of parts) {
      if (typeof part === 'string') print.addText(part);
      else print.addBytes(part, 0, part.length);
    }
    print.end();
    return `${print.a} ${print.b} ${print.c}`;
  };
  const texts = [[''], ['a'], ['a', ''], ['', 'a'], ['ab', 'c'], ['a', 'bc'], ['abc'], ['a\u0000'], ['\u0000a']];
  expect(new Set(texts.map((parts) => printOf(...parts))).size).toBe(texts.length);
  const bytes = Array.from({ length: 9 }, (_, length) => new Uint8Array(length));
  const changed = bytes.flatMap((each) => [...each.keys()].map((at) => each.with(at, 1)));
  expect(new Set([...bytes, ...changed].map((each) => printOf(each))).size).toBe(bytes.length + changed.length);
});
