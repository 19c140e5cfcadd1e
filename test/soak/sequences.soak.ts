import { test } from 'vitest';
import { Scene } from '../sequences/scene.ts';
import { freshTarget, PRODUCTS } from '../setup/targets.ts';

const SEQUENCES = Number(process.env['MIGRATE_JSON_SEQUENCES'] ?? 100);

test.each(PRODUCTS)('a hundred random sequences of commands on %s', async (product) => {
  const first = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e6));
  console.log(`seeds from ${first}`);
  for (let seed = first; seed < first + SEQUENCES; seed++) {
    const target = await freshTarget(product);
    try {
      await new Scene(seed, product, target).play(20);
    } finally {
      await target.drop();
    }
  }
});
