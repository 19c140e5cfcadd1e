// All generated data: where it lies, how much of it there is.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeConversations } from './conversations.js';
import { badCount, writeMetrics, writeMetricsCsv, writeMetricsTsv } from './metrics.js';

const SEED = 20_240_101;
/** Raised when the same seed gives other data. */
const VERSION = 1;
const TENTH = 10;

/** The arrays: their directory, the part of all records that they hold, the share of bad records in them. */
const ARRAYS = {
  metrics: { part: 1, badShare: 0 },
  tenth: { part: 1 / TENTH, badShare: 0 },
  fewBad: { part: 1, badShare: 0.001 },
  manyBad: { part: 1, badShare: 0.05 },
};

/**
 * With `--keep` the data lies in one place for all runs and is used again; without, in `own`, the directory of this run,
 * so that nothing is removed that another run is reading.
 */
export function prepareData({ scale, size, keep, shared, own }) {
  const directory = join(keep ? shared : own, `migrate-json-bench-${scale}-${SEED}-${VERSION}`);
  const marker = join(directory, 'complete.json');
  if (existsSync(marker)) return { directory, ...JSON.parse(readFileSync(marker, 'utf8')) };
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const made = generate(directory, size);
  writeFileSync(marker, JSON.stringify(made));
  return { directory, ...made };
}

function generate(directory, size) {
  const ready = join(directory, 'ready');
  const arrays = Object.entries(ARRAYS).map(([name, { part, badShare }]) => {
    const count = Math.round(size.metrics * part);
    const root = join(directory, name);
    const bytes = writeMetrics(root, { count, badShare, seed: SEED });
    return [name, { root, path: join(root, 'metrics.json'), records: count, bad: badCount(count, badShare), bytes }];
  });
  const all = { count: size.metrics, seed: SEED };
  const tsv = join(ready, 'metrics.tsv');
  const badTsv = join(ready, 'metrics-many-bad.tsv');
  const csv = join(ready, 'metrics.csv');
  writeMetricsTsv(tsv, all);
  const badRows = { count: Math.round(size.metrics / TENTH), badShare: ARRAYS.manyBad.badShare };
  const badBytes = writeMetricsTsv(badTsv, { ...all, ...badRows });
  const bad = { records: badRows.count, bad: badCount(badRows.count, badRows.badShare) };
  writeMetricsCsv(csv, all);
  const root = join(directory, 'chat');
  const chat = { root, ...writeConversations(root, ready, { ...size, seed: SEED }) };
  return {
    arrays: Object.fromEntries(arrays),
    chat,
    ready: { tsv, csv, directory: ready, bad: { path: badTsv, bytes: badBytes, ...bad } },
  };
}
