/** Random numbers in 0..1 that can be had again: put the seed into the message of every assertion. https://prng.di.unimi.it/splitmix64.c */
export function random(seed = Math.floor(Math.random() * 2 ** 31)): { readonly seed: number; next(): number } {
  let state = seed;
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  return { seed, next };
}
