import { expect, test } from 'vitest';
import { rowCodec } from '../../src/databases/open.ts';
import { rowWriter } from '../../src/databases/row-codec.ts';
import { Fingerprint, PRINT_LENGTH } from '../../src/hash/fingerprint.ts';
import { loadColumns, type Row } from '../../src/schema/table.ts';
import { TABLES } from '../setup/built-in.ts';
import { collisions } from '../setup/collisions.ts';

const print = new Fingerprint();

/** The words of the print of texts and bytes, one after the other. */
function wordsOf(...parts: readonly (string | Uint8Array)[]): readonly number[] {
  print.begin();
  for (const part of parts) {
    if (typeof part === 'string') print.addText(part);
    else print.addBytes(part, 0, part.length);
  }
  print.end();
  return [print.a, print.b, print.c, print.d];
}

/** In each lane by itself: how often the prints of two neighbours agree, and how many bits of all change on average. */
function compareNeighbours(pairs: Iterable<readonly [readonly number[], readonly number[]]>) {
  const equalLanes = Array.from({ length: PRINT_LENGTH }, () => 0);
  let [count, bits] = [0, 0];
  for (const [one, other] of pairs) {
    count++;
    for (let lane = 0; lane < PRINT_LENGTH; lane++) {
      const difference = (one[lane] as number) ^ (other[lane] as number);
      if (difference === 0) equalLanes[lane] = (equalLanes[lane] ?? 0) + 1;
      for (let rest = difference; rest !== 0; rest &= rest - 1) bits++;
    }
  }
  return { count, equalLanes, bits: bits / count };
}

function* flippedTexts(length: number) {
  const units = Array.from({ length }, (_, index) => 0x4e00 + index);
  const before = wordsOf(String.fromCharCode(...units));
  for (let at = 0; at < length; at++) {
    for (let bit = 0; bit < 16; bit++) {
      const flipped = units.with(at, (units[at] as number) ^ (1 << bit));
      yield [before, wordsOf(String.fromCharCode(...flipped))] as const;
    }
  }
}

function* flippedBytes(bytes: Uint8Array) {
  const before = wordsOf(bytes);
  for (let at = 0; at < bytes.length; at++)
    for (let bit = 0; bit < 8; bit++)
      yield [before, wordsOf(bytes.with(at, (bytes[at] as number) ^ (1 << bit)))] as const;
}

test.each([1, 2, 3, 5, 6, 7, 8, 13, 14, 15, 31, 64])(
  'a bit of a text of %i characters changes every lane, and half of all bits',
  (length) => {
    const { count, equalLanes, bits } = compareNeighbours(flippedTexts(length));
    expect(count).toBe(16 * length);
    expect(equalLanes).toEqual([0, 0, 0, 0]);
    expect(Math.abs(bits - 64)).toBeLessThan(4);
  },
);

test.each([1, 3, 4, 8, 11, 12, 13, 16, 27, 28, 29, 44, 45, 200])(
  'a bit of %i bytes changes every lane, and half of all bits',
  (length) => {
    const { count, equalLanes, bits } = compareNeighbours(flippedBytes(new Uint8Array(length).fill(0xa5)));
    expect(count).toBe(8 * length);
    expect(equalLanes).toEqual([0, 0, 0, 0]);
    expect(Math.abs(bits - 64)).toBeLessThan(4);
  },
);

test.each(['postgres', 'sqlite'] as const)('a bit of a row that is encoded for %s changes every lane', (format) => {
  const encoder = rowCodec(format).encoder();
  const row: Row = loadColumns(TABLES.metrics).map((name) => VALUES[name] ?? null);
  rowWriter(TABLES.metrics)(encoder, row);
  const { count, equalLanes } = compareNeighbours(flippedBytes(encoder.take()));
  expect(count).toBeGreaterThan(500);
  expect(equalLanes).toEqual([0, 0, 0, 0]);
});

const VALUES: Readonly<Record<string, Row[number]>> = {
  timestamp: '2025-01-01 00:00:00.000000',
  source: 'host-1',
  cpu_usage: 12.5,
  response_time: 3000490,
  is_anomaly: true,
};

test('pieces have borders, and an end that is not filled up', () => {
  const texts = [[''], ['a'], ['a', ''], ['', 'a'], ['ab', 'c'], ['a', 'bc'], ['abc'], ['a\u0000'], ['\u0000a'], []];
  expect(new Set(texts.map((parts) => wordsOf(...parts).join())).size).toBe(texts.length);
  const zeros = Array.from({ length: 40 }, (_, length) => wordsOf(new Uint8Array(length)).join());
  expect(new Set(zeros).size).toBe(zeros.length);
});

test('null is no text', () => {
  const nothing = new Fingerprint();
  nothing.begin();
  nothing.addNull();
  nothing.end();
  expect(['', 'null', '\u0000'].map((text) => wordsOf(text).join(' '))).not.toContain(nothing.text);
});

test('a million neighbouring numbers: no print twice, and no lane more often equal than chance has it', () => {
  expect(collisions(1_000_000)).toSatisfy(isByChance);
});

/** Of n values in 2^32 about n²/2^33 are there already: 116 of a million. */
function isByChance({ whole, halves, lanes }: ReturnType<typeof collisions>): boolean {
  return whole === 0 && halves.every((each) => each === 0) && lanes.every((each) => each > 60 && each < 190);
}
