import fc from 'fast-check';
import { expect, it } from 'vitest';
import { survivesDouble } from '../../src/json/decimal.ts';
import { numbersSurviveDouble } from '../../src/json/shortest-decimal.ts';

function areShortest(text: string): boolean {
  return numbersSurviveDouble(Buffer.from(text), 0, text.length);
}

const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 15, maxLength: 18 });
const spelled = fc
  .tuple(digits, fc.nat(17))
  .map(([all, point]) => `${all.slice(0, point).replace(/^0+/, '') || '0'}.${all.slice(point) || '0'}`);
const printed = fc.double({ min: 0, max: 1e16, noNaN: true }).map(String);
const neighbour = printed.map((text) => text.slice(0, -1) + String((Number(text.at(-1)) + 1) % 10));
const powers = fc.tuple(fc.integer({ min: -30, max: 60 }), fc.integer({ min: -2, max: 2 })).map(([power, steps]) => {
  return String(2 ** power * (1 + steps * Number.EPSILON));
});

it('never vouches for a number that a double does not hold', () => {
  fc.assert(
    fc.property(fc.oneof(spelled, printed, neighbour, powers), (text) => {
      fc.pre(!text.includes('e'));
      if (areShortest(text)) expect(survivesDouble(text)).toBe(true);
    }),
    { numRuns: 50_000 },
  );
});

it('vouches for nearly every float that Python and JavaScript print', () => {
  const floats = Array.from({ length: 10_000 }, (_, i) => String((i + 1) * 0.0137 * Math.PI));
  expect(floats.filter(areShortest).length).toBeGreaterThan(9_990);
});

it('looks at each number of a run', () => {
  expect(areShortest(' 57.83091283012345, -1, 0.1 ,')).toBe(true);
  expect(areShortest(' 57.83091283012345, 12345678901234567890, 1')).toBe(false);
  expect(areShortest(`0.${'0'.repeat(400)}1`)).toBe(false);
});
