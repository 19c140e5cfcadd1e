import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DamagedCompression, inflate } from '../../src/inventory/inflate.ts';
import { inflateHead } from '../../src/inventory/inflate-head.ts';

interface Inflated {
  readonly text: string;
  readonly damage: DamagedCompression | undefined;
}

/** Bytes that arrive in chunks of one size. */
async function inflated(bytes: Buffer, size: number): Promise<Inflated> {
  const chunks = async function* (): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size));
  };
  const pieces: Buffer[] = [];
  try {
    for await (const piece of inflate(chunks())) pieces.push(piece);
    return { text: Buffer.concat(pieces).toString(), damage: undefined };
  } catch (error) {
    if (!(error instanceof DamagedCompression)) throw error;
    return { text: Buffer.concat(pieces).toString(), damage: error };
  }
}

const SIZES = [1, 7, 64, 1_000_000];
const TEXTS = ['one\n', 'a second text, which is longer\n'.repeat(500), '', 'three\n'];
const WHOLE = TEXTS.join('');

const zstd = (text: string): Buffer =>
  zstdCompressSync(Buffer.from(text), { params: { [constants.ZSTD_c_checksumFlag]: text.length % 2 } });

function skippable(bytes: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a57);
  head.writeUInt32LE(bytes, 4);
  return Buffer.concat([head, Buffer.alloc(bytes, 0x28)]);
}

/** With every member that the format knows: extra bytes, a name, a comment, a checksum of the header. */
function gzipWithHeader(text: string): Buffer {
  const packed = gzipSync(text);
  const head = Buffer.from(packed.subarray(0, 10));
  head[3] = 2 | 4 | 8 | 16;
  const fields = Buffer.from('\u0003\u0000abcname.json\u0000a comment\u0000xx', 'latin1');
  return Buffer.concat([head, fields, packed.subarray(10)]);
}

const FILES: readonly [string, Buffer][] = [
  ['gzip of several members', Buffer.concat(TEXTS.map((text) => gzipSync(text)))],
  ['gzip with long headers', Buffer.concat(TEXTS.map(gzipWithHeader))],
  ['gzip that is filled up with zeros', Buffer.concat([...TEXTS.map((text) => gzipSync(text)), Buffer.alloc(512)])],
  ['zstd of several frames', Buffer.concat(TEXTS.map(zstd))],
  [
    'zstd with frames that hold no data',
    Buffer.concat(TEXTS.flatMap((text) => [skippable(0), skippable(100), zstd(text)])),
  ],
  ['zstd with a skippable frame last', Buffer.concat([...TEXTS.map(zstd), skippable(70_000)])],
];

describe.each(FILES)('%s', (_what, bytes) => {
  test.each(SIZES)('is read to its end, in chunks of %i bytes', async (size) => {
    expect(await inflated(bytes, size)).toEqual({ text: WHOLE, damage: undefined });
  });

  test('begins as its content does', () => {
    const head = inflateHead(bytes, 1_000_000, true);
    expect(head.bytes.toString()).toBe(WHOLE);
  });
});

describe.each([
  ['gzip', Buffer.concat([gzipSync('one\n'), gzipSync('two\n')])],
  ['zstd', Buffer.concat([zstd('one\n'), zstd('two\n')])],
])('%s', (_kind, bytes) => {
  test.each(SIZES)('followed by rubbish: what came before is whole, in chunks of %i bytes', async (size) => {
    const { text, damage } = await inflated(Buffer.concat([bytes, Buffer.from('garbage\n')]), size);
    expect(text).toBe('one\ntwo\n');
    expect(damage).toMatchObject({ code: 'damaged-compression', isBetweenMembers: true });
  });

  test.each(SIZES)('cut anywhere is damaged, in chunks of %i bytes', async (size) => {
    for (let length = bytes.length - 1; length > bytes.length / 2; length--) {
      const { text, damage } = await inflated(bytes.subarray(0, length), size);
      expect(damage?.code, `${length} bytes`).toBe('damaged-compression');
      expect('one\ntwo\n'.startsWith(text)).toBe(true);
      expect(text.startsWith('one\n')).toBe(true);
    }
  });
});

test('a window of more than 128 MiB is named, and what came before it is read', async () => {
  const large = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8]), Buffer.alloc(100)]);
  const { text, damage } = await inflated(Buffer.concat([zstd('one\n'), large]), 64);
  expect([text, damage?.code]).toEqual(['one\n', 'window-too-large']);
});

/** One record again and again, or a long text: a few bytes on the disk. */
const REPEATED: readonly [string, string][] = [
  ...[20, 600, 3000].map((length): [string, string] => [
    `records of ${length} characters`,
    `[${Array.from({ length: 200 }, () => JSON.stringify({ id: 1, text: randomText(length) })).join()}]`,
  ]),
  ...[200_000, 1_000_000, 5_000_000].map((size): [string, string] => {
    const record = JSON.stringify({ timestamp: '2025-01-01T00:00:00Z', source: randomText(3000), cpu_usage: 1 });
    return [
      `${size} bytes of one record`,
      `[${Array(Math.ceil(size / record.length))
        .fill(record)
        .join()}]`,
    ];
  }),
  ['a long text', JSON.stringify({ a: 'x'.repeat(5_000_000) })],
];

/** The same each time, and nothing that can be compressed. */
function randomText(length: number): string {
  let seed = 7;
  return Array.from({ length }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (seed % 90)).replace(/["\\]/, '_');
  }).join('');
}

describe.each(REPEATED)('the head of %s', (_what, text) => {
  test.each<[string, Buffer]>([
    ['gzip', gzipSync(text)],
    ['gzip, packed hard', gzipSync(text, { level: 9 })],
    ['zstd', zstdCompressSync(text)],
    ['zstd, packed hard', zstdCompressSync(text, { params: { [constants.ZSTD_c_compressionLevel]: 19 } })],
  ])('is read from %s, and is no damage', (_kind, packed) => {
    for (const limit of [64 * 1024, 1024 * 1024, 16 * 1024 * 1024]) {
      const head = inflateHead(packed.subarray(0, limit / 8), limit, packed.length <= limit / 8);
      expect(head.damage).toBeUndefined();
      expect(head.bytes.length).toBeGreaterThan(0);
      expect(text.startsWith(head.bytes.toString())).toBe(true);
      expect(head.isWhole).toBe(head.bytes.length === text.length);
    }
  });
});

test('the head of a file that inflates without end takes no more than it was allowed', () => {
  for (const bytes of [zstdCompressSync(Buffer.alloc(200_000_000)), gzipSync(Buffer.alloc(200_000_000))]) {
    const head = inflateHead(bytes, 64 * 1024, true);
    expect(head.damage).toBeUndefined();
    expect(head.isWhole).toBe(false);
    expect(head.bytes.length).toBeLessThan(1024 * 1024);
    expect(head.bytes.length).toBeGreaterThan(0);
  }
});
