import { describe, expect, test } from 'vitest';
import { load } from '../setup/load.ts';
import { random } from '../setup/random.ts';
import { randomString } from '../setup/random-strings.ts';
import { storedStrings, writeStrings } from '../setup/stored-strings.ts';
import { freshTarget, PRODUCTS } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const STRINGS = 100_000;

describe.each(PRODUCTS)('%s', (product) => {
  test('holds 100,000 random strings byte for byte', async () => {
    const source = random();
    const strings = Array.from({ length: STRINGS }, () => randomString(source));
    const root = plant();
    writeStrings(root, strings);
    const target = await freshTarget(product);
    try {
      const { exitCode, rejects } = await load(root, target.url);
      expect({ exitCode, rejects }, `seed ${source.seed}`).toEqual({ exitCode: 0, rejects: [] });
      const stored = await storedStrings(target.url);
      expect(stored).toHaveLength(STRINGS);
      const wrong = stored.filter(({ text, json, extra }, at) =>
        [text, json, extra].some((got) => got !== strings[at]),
      );
      expect(wrong.slice(0, 5), `seed ${source.seed}`).toEqual([]);
    } finally {
      await target.drop();
    }
  });
});
