import { test } from 'vitest';
import { freshTarget, PRODUCTS } from '../setup/targets.ts';
import { Scene } from './scene.ts';

const seed = Math.floor(Math.random() * 1e6);

test.each(PRODUCTS)('a random sequence of commands leaves what JSON and rows should be: %s', async (product) => {
  const target = await freshTarget(product);
  try {
    await new Scene(seed, product, target).play(8);
  } finally {
    await target.drop();
  }
});
