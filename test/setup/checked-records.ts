import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Checker, type CheckSettings } from '../../src/checking/checker.ts';
import type { Chunk, FileToCheck } from '../../src/checking/chunk.ts';
import { linkedGroups } from '../../src/checking/packed-records.ts';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { Registry } from '../../src/datasets/registry.ts';
import type { Container } from '../../src/json/split.ts';

export const CHECK_SETTINGS = {
  repair: [],
  strict: false,
  naiveTime: 'Europe/Berlin',
  source: undefined,
  hashSecrets: false,
  keepPlainKeys: false,
  encoding: 'utf-8',
  maxRecordBytes: 400,
  rowFormat: 'sqlite',
  keepBytes: false,
  tempDir: undefined,
  batchBytes: 4 * 1024 * 1024,
} as const satisfies CheckSettings;

/** The same datasets, each record of which is parsed. */
export function parsing(registry: Registry): Registry {
  const datasets = registry.datasets.map((dataset): Dataset => {
    const compile: Dataset['compile'] = (context) => {
      const { plain: _plain, ...parsing } = dataset.compile(context);
      return parsing;
    };
    return Object.assign(Object.create(dataset), { ...dataset, compile });
  });
  return new Registry(datasets, registry.tables, registry.origin);
}

export interface RecordsGiven {
  readonly root: string;
  readonly dataset: string;
  readonly container: Container;
  readonly settings?: Partial<CheckSettings>;
  /** Where the text is cut into the chunks that are read; without it, it is read at once. */
  readonly borders?: readonly number[];
}

/** All that is loaded or reported of a file with this text. */
export async function checkedRecords(registry: Registry, text: string, given: RecordsGiven) {
  const { root, dataset, container, settings, borders } = given;
  const absolutePath = join(root, 'records.json');
  const bytes = borders ? inChunks(Buffer.from(text), borders) : Buffer.from(text);
  writeFileSync(absolutePath, bytes);
  const owner = { owner: 'system', from: 'default' } as const;
  const compression = borders ? 'gzip' : 'none';
  const file: FileToCheck = {
    number: 0,
    path: 'records.json',
    place: absolutePath,
    bytes: bytes.length,
    dataset,
    recognised: { kind: 'recognised', container, compression, reason: 'shape', owner },
  };
  const checker = new Checker({ ...CHECK_SETTINGS, ...settings }, registry);
  return comparable(await Array.fromAsync(checker.check([file], {})));
}

/** The members of a gzip file are decompressed one by one. */
function inChunks(bytes: Buffer, borders: readonly number[]): Buffer {
  const cuts = [0, ...borders.map((border) => border % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return Buffer.concat(cuts.slice(1).map((end, index) => gzipSync(bytes.subarray(cuts[index], end), { level: 0 })));
}

/** One number may be written in two ways on its way between threads. */
function comparable(chunks: readonly Chunk[]) {
  return chunks.map(({ packed, slices, bytes }) => {
    return { packed: { ...packed, linked: linkedGroups(packed) }, slices, bytes };
  });
}
