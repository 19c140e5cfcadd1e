import { Fingerprint, PRINT_LENGTH } from '../../src/hash/fingerprint.ts';

/** How many prints of the texts of neighbouring numbers are there already: the whole, its halves, each lane by itself. */
export function collisions(count: number) {
  const print = new Fingerprint();
  const lanes = Array.from({ length: PRINT_LENGTH }, () => new Uint32Array(count));
  for (let number = 0; number < count; number++) {
    print.begin();
    print.addText(String(3_000_000 + number));
    print.end();
    for (const [lane, word] of [print.a, print.b, print.c, print.d].entries())
      (lanes[lane] as Uint32Array)[number] = word;
  }
  const halves = [0, 2].map((first) => pairUp(lanes[first] as Uint32Array, lanes[first + 1] as Uint32Array));
  const equalHalves = halves.map(repeated);
  // Equal prints have equal halves.
  return { whole: Math.min(...equalHalves), halves: equalHalves, lanes: lanes.map(repeated) };
}

function pairUp(one: Uint32Array, other: Uint32Array): BigUint64Array {
  const words = new Uint32Array(2 * one.length);
  for (let i = 0; i < one.length; i++) {
    words[2 * i] = one[i] as number;
    words[2 * i + 1] = other[i] as number;
  }
  return new BigUint64Array(words.buffer);
}

/** How many values are not the first of their kind. */
function repeated(values: Uint32Array | BigUint64Array): number {
  const sorted = values.slice().sort();
  let count = 0;
  for (let i = 1; i < sorted.length; i++) if (sorted[i] === sorted[i - 1]) count++;
  return count;
}
