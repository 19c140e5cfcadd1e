import { expect, test } from 'vitest';
import { Fingerprint } from '../../src/hash/fingerprint.ts';
import { KeySet } from '../../src/load/key-set.ts';

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
