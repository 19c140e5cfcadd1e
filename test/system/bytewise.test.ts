import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytewise } from '../../src/system/bytewise.ts';

/** Where UTF-16 and UTF-8 do not sort alike: characters around and behind the surrogates. */
const character = fc.constantFrom('', '-', '/', 'a', 'é', '\ud7ff', '\ue000', '\ufffd', '😀', '\u{10ffff}');
const text = fc.array(character, { maxLength: 6 }).map((characters) => characters.join(''));

test('texts compare as their UTF-8 does', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(bytewise(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 2000 },
  );
});
