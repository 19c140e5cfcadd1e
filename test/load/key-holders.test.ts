import { expect, test } from 'vitest';
import { Fingerprint } from '../../src/hash/fingerprint.ts';
import { KeyHolders } from '../../src/load/key-holders.ts';

const print = new Fingerprint();

function of(name: string): readonly [number, number] {
  print.begin();
  print.addText(name);
  print.end();
  return [print.a, print.b];
}

test('a key is free for who holds it alone and for nobody else, however many there are', () => {
  const holders = new KeyHolders();
  const names = Array.from({ length: 300_000 }, (_, index) => `metrics host-${index % 21} ${index}`);
  for (const [index, name] of names.entries()) holders.add(...of(name), index % 7);
  expect(names.filter((name, index) => !holders.isFree(...of(name), index % 7))).toEqual([]);
  expect(names.filter((name, index) => holders.isFree(...of(name), (index + 1) % 7))).toEqual([]);
  expect(names.filter((name) => holders.isFree(...of(name), undefined))).toEqual([]);
  expect(names.filter((name) => !holders.isFree(...of(`${name} of another`), 0))).toEqual([]);
});

test('a key that two hold is free for neither of them', () => {
  const holders = new KeyHolders();
  holders.add(5, 0, 1);
  holders.add(5, 0, 1);
  expect(holders.isFree(5, 0, 1)).toBe(true);
  holders.add(5, 0, 2);
  expect([holders.isFree(5, 0, 1), holders.isFree(5, 0, 2), holders.isFree(6, 0, 3)]).toEqual([false, false, true]);
});
