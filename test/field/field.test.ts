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
});

/** PostgreSQL counts in bigint, which its driver gives as text. */
function countOf(product: Product, count: number): unknown {
  return product === 'PostgreSQL' ? String(count) : count;
}
