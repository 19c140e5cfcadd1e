import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Loaded, load } from '../setup/load.ts';
import { freshTarget, PRODUCTS, type Product, queryTarget } from '../setup/targets.ts';

/** Small inputs of trouble that real people had. They lie beside the repository where it is developed. */
const FIELD = fileURLToPath(new URL('../../../shared/field', import.meta.url));

async function loadField(product: Product, name: string): Promise<{ readonly url: string; readonly loaded: Loaded }> {
  const target = await freshTarget(product);
  onTestFinished(() => target.drop());
  return { url: target.url, loaded: await load(`${FIELD}/${name}`, target.url) };
}

function fileOf({ files }: Loaded, path: string): Loaded['files'][number] | undefined {
  return files.find((file) => file.path === path);
}

describe.runIf(existsSync(FIELD)).each(PRODUCTS)('inputs of the field on %s', (product) => {
  test('01: every frame of a .zst', async () => {
    const { loaded } = await loadField(product, '01');
    for (const [name, records] of [
      ['three-frames', 3],
      ['skippable-first', 1],
      ['garbage-behind', 1],
    ] as const)
      expect(fileOf(loaded, `metrics/${name}.jsonl.zst`)?.records.loaded, name).toBe(records);
    expect(loaded.rejects).toMatchObject([
      { path: 'metrics/garbage-behind.jsonl.zst', record: null, code: 'damaged-compression' },
    ]);
    expect(loaded.exitCode).toBe(1);
  });

  test.each([
    ['03/a', 3, { settings: 2, conversations: 1 }],
    ['03/b', 2, { usage: 1, conversations: 1 }],
  ] as const)('%s: every collection of a file that is the whole database', async (name, records, datasets) => {
    const { loaded } = await loadField(product, name);
    expect(loaded).toMatchObject({ exitCode: 0, rejects: [], head: { totals: { records_loaded: records } } });
    for (const [dataset, count] of Object.entries(datasets))
      expect(loaded.head.datasets[dataset]).toMatchObject({ read: count, loaded: count });
  });

  test('06: the live files load, copies of tools are explained', async () => {
    const { url, loaded } = await loadField(product, '06/live');
    expect(loaded).toMatchObject({ exitCode: 0, rejects: [] });
    const isLive = (path: string): boolean =>
      !path.includes('/.') && !path.startsWith('.') && !path.includes('conflict');
    for (const { path, status, reason } of loaded.files) {
      expect([path, isLive(path) ? status : reason]).toEqual([path, isLive(path) ? 'loaded' : 'tool-files']);
    }
    expect(await queryTarget(url, 'SELECT count(*) AS n FROM conversations')).toEqual([{ n: countOf(product, 1) }]);
  });

  test('15: a file is read, or named as what it is', async () => {
    const { loaded } = await loadField(product, '15');
    const found = Object.fromEntries(
      loaded.files.map(({ path, status, reason, records, rejects }) => [
        path.replace('metrics/', ''),
        status === 'unrecognised' ? reason : `${status} ${records.loaded} ${rejects.map(({ code }) => code)}`,
      ]),
    );
    expect(found).toEqual({
      'b.jsonl.bz2': 'unknown-compression',
      'garbage-behind.jsonl.gz': 'partial 1 damaged-compression',
      'isgz.jsonl': 'loaded 1 ',
      'm.jsonlines': 'unknown-ending',
      'notgz.jsonl.gz': 'loaded 1 ',
      'zlong.jsonl.zst': 'failed 0 window-too-large',
    });
    expect(loaded.exitCode).toBe(1);
  });

  test('16: two documents in one .json are two records', async () => {
    const { loaded } = await loadField(product, '16');
    expect(loaded).toMatchObject({ exitCode: 0, rejects: [] });
    expect(loaded.files).toMatchObject([{ records: { read: 2, loaded: 2, rejected: 0 } }]);
  });

  test('17: times of seven and nine digits load under one named repair', async () => {
    const { loaded } = await loadField(product, '17');
    expect(loaded).toMatchObject({ exitCode: 0, rejects: [] });
    expect(loaded.files).toMatchObject([{ records: { read: 3, loaded: 3 }, repairs: { 'time-truncated': 3 } }]);
  });

  test('19: empty text where there is no value is NULL under a named repair', async () => {
    const { loaded } = await loadField(product, '19');
    expect(loaded).toMatchObject({ exitCode: 0, rejects: [] });
    expect(loaded.files).toMatchObject([{ records: { read: 4, loaded: 4 }, repairs: { 'empty-as-null': 4 } }]);
  });
});

/** PostgreSQL counts in bigint, which its driver gives as text. */
function countOf(product: Product, count: number): unknown {
  return product === 'PostgreSQL' ? String(count) : count;
}
