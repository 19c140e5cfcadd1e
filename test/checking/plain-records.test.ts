import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Checker } from '../../src/checking/checker.ts';
import type { Chunk, FileToCheck } from '../../src/checking/chunk.ts';
import { metrics } from '../../src/datasets/metrics.ts';
import { PlainReader } from '../../src/json/plain-reader.ts';
import { type Container, RecordSplitter } from '../../src/json/split.ts';
import { compileTimeReader } from '../../src/time/time.ts';
import { BUILT_IN } from '../setup/built-in.ts';
import { numberText, valueText } from '../setup/json-texts.ts';
import { plant } from '../setup/trees.ts';

const SETTINGS = {
  repair: [],
  strict: false,
  naiveTime: 'Europe/Berlin',
  source: undefined,
  hashSecrets: false,
  keepPlainKeys: false,
  encoding: 'utf-8',
  maxRecordBytes: 400,
  rowFormat: 'sqlite',
  tempDir: undefined,
  batchBytes: 4 * 1024 * 1024,
} as const;

/** With `keepBytes` every record is parsed. */
async function packed(root: string, text: string, container: Container, keepBytes: boolean): Promise<readonly Chunk[]> {
  const absolutePath = join(root, 'metrics.json');
  writeFileSync(absolutePath, text);
  const owner = { owner: 'system', from: 'default' } as const;
  const file: FileToCheck = {
    number: 0,
    path: 'metrics.json',
    absolutePath,
    bytes: text.length,
    dataset: 'metrics',
    recognised: { kind: 'recognised', container, compression: 'none', reason: 'shape', owner },
  };
  return Array.fromAsync(new Checker({ ...SETTINGS, keepBytes }, BUILT_IN).check([file]));
}

/** All that is loaded or reported, without the bytes that only one of the two keeps. */
function comparable(chunks: readonly Chunk[]) {
  return chunks.map(({ packed: { sources: _sources, ...pack }, slices, bytes }) => ({
    pack,
    bytes,
    slices: slices.map((slice) => ({ ...slice, rejected: slice.rejected.map(({ rejects }) => rejects) })),
  }));
}

const time = fc.constantFrom(
  '"2024-01-01T00:00:00.123456"',
  '"2024-01-01 00:00:01"',
  '"2024-10-27T02:30:00"',
  '"2024-03-31T02:30:00"',
  '"2024-02-30T00:00:00Z"',
  '"2024-01-01T00:00:00+02:00"',
  '"2024-01-01T00:00:00\\u005a"',
);
const source = fc.constantFrom(
  '"host-01"',
  '"unknown"',
  '"h\u00f6st"',
  '"a\\"b"',
  '"\\ud800"',
  '""',
  `"${'x'.repeat(101)}"`,
  '1',
  'null',
);
const percent = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('0', '12.5', '99.99', '100', '-0', '-0.0', '0.0', '1e1', '07', '1.', '.5') },
  fc.double({ min: 0, max: 100, noNaN: true }).map(String),
  numberText,
);
const members = {
  timestamp: time,
  source,
  cpu_usage: percent,
  memory_percent: percent,
  disk_io_read: percent,
  is_anomaly: fc.constantFrom('0', '1', 'true', 'false', 'null', '2', '"1"'),
  created_by: fc.constantFrom('null', '"me"'),
};
const blank = fc.constantFrom('', ' ', '\n', '\r\n\t ');

/** Mostly the same members in the same order, as a dump has them, with anything in between. */
const recordText = fc
  .tuple(
    fc.record(members, { requiredKeys: ['timestamp', 'source', 'cpu_usage', 'disk_io_read'] }),
    fc.option(fc.tuple(fc.constantFrom('note', 'cpu_usage', 'cpu_percent', 'unix_timestamp'), valueText), { freq: 8 }),
    fc.boolean(),
    blank,
  )
  .map(([known, other, isReversed, space]) => {
    const all = Object.entries(known).filter(([, value]) => value !== undefined);
    if (isReversed && space === '\n') all.reverse();
    if (other) all.push(other);
    return `{${space}${all.map(([name, value]) => `"${name}"${space}:${space}${value}${space}`).join(`,${space}`)}}`;
  });

const records = fc.array(fc.oneof({ weight: 12, arbitrary: recordText }, valueText), { minLength: 1, maxLength: 30 });

test('records that are read from their bytes become what the parser makes of them', async () => {
  const root = plant({});
  await fc.assert(
    fc.asyncProperty(records, fc.constantFrom('array', 'lines', 'member'), blank, async (texts, kind, space) => {
      const list = `[${space}${texts.join(`${space},${space}`)}${space}]`;
      const text = kind === 'array' ? list : `{"cpu": 1, "data":${list}}`;
      const [container, file]: [Container, string] =
        kind === 'lines'
          ? [{ kind }, texts.map((each) => each.replaceAll(/[\r\n]/g, ' ')).join('\n')]
          : [kind === 'array' ? { kind } : { kind: 'member', name: 'data' }, text];
      const [plain, parsed] = [await packed(root, file, container, false), await packed(root, file, container, true)];
      expect(comparable(plain)).toEqual(comparable(parsed));
    }),
    { numRuns: 300 },
  );
});

test('a dump whose records look alike is read without the parser', () => {
  const list = Array.from({ length: 50 }, (_, index) => ({
    timestamp: `2024-01-01T00:00:${10 + index}`,
    source: 'a',
    cpu_usage: index + 0.123456789012345,
  }));
  const { plain } = metrics.compile({ ...SETTINGS, readTime: compileTimeReader('UTC') });
  const splitter = new RecordSplitter({ kind: 'array' }, SETTINGS, plain && new PlainReader(plain));
  const split = splitter.push(Buffer.from(JSON.stringify(list, null, 2)));
  expect(split.map((record) => record.plain?.columns)).toEqual(list.map(() => 3));
});
