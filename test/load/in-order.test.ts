import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inOrder } from '../../src/load/in-order.ts';

const order = (needs: Readonly<Record<string, string>>) =>
  inOrder(Object.keys(needs), (unit) => [...(needs[unit] ?? '')]).map((together) => together.toSorted().join(''));

test('each comes behind what it needs, those that need nothing in their order', () => {
  expect(order({ a: '', b: '', c: '' })).toEqual(['a', 'b', 'c']);
  expect(order({ c: 'b', b: 'a', a: '', d: '' })).toEqual(['a', 'b', 'c', 'd']);
  expect(order({ a: 'a', b: 'ab' })).toEqual(['a', 'b']);
});

test('those that need each other come together, before what needs them and behind what they need', () => {
  expect(order({ z: 'y', y: 'x', x: 'yw', w: '', v: 'u', u: 'v' })).toEqual(['w', 'xy', 'z', 'uv']);
});

test('circles that lead to each other in one way only come apart', () => {
  expect(order({ a: 'bc', b: 'a', c: 'd', d: 'c' })).toEqual(['cd', 'ab']);
});

test('a long chain is no deep recursion', () => {
  const units = Array.from({ length: 100_000 }, (_, n) => n);
  const ordered = inOrder(units, (unit) => (unit + 1 < units.length ? [unit + 1] : []));
  expect(ordered.flat()).toEqual(units.toReversed());
});

test('every unit comes once, behind all that it needs or together with it', () => {
  const graph = fc.array(fc.array(fc.nat(14), { maxLength: 3 }), { maxLength: 15 });
  fc.assert(
    fc.property(graph, (needs) => {
      const units = needs.map((_, unit) => unit);
      const ordered = inOrder(units, (unit) => (needs[unit] ?? []).filter((each) => each < units.length));
      expect(ordered.flat().toSorted((one, other) => one - other)).toEqual(units);
      const place = new Map(ordered.flatMap((together, at) => together.map((unit) => [unit, at] as const)));
      for (const unit of units)
        for (const each of needs[unit] ?? [])
          if (each < units.length) expect(place.get(each)).toBeLessThanOrEqual(place.get(unit) ?? -1);
    }),
  );
});
