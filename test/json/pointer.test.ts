import fc from 'fast-check';
import { expect, it } from 'vitest';
import { joinPointer, resolvePointer } from '../../src/json/pointer.ts';

it('escapes tokens', () => {
  expect(joinPointer('/a', 'm~/n')).toBe('/a/m~0~1n');
  expect(joinPointer('', 3)).toBe('/3');
});

it('finds under any name what was put there', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(3), (name, index) => {
      const list = ['a', 'b', 'c', 'd'];
      const object = Object.fromEntries([[name, list]]);
      expect(resolvePointer(object, joinPointer(joinPointer('', name), index))).toBe(list[index]);
    }),
  );
});

it('finds only own members', () => {
  expect(resolvePointer({ a: [1] }, '')).toEqual({ a: [1] });
  for (const pointer of ['/constructor', '/a/length', '/a/1', '/a/00', 'a', '/a/0/x']) {
    expect(resolvePointer({ a: [1] }, pointer)).toBeUndefined();
  }
});
