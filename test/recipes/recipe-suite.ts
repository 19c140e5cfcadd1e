import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportDatabase } from '../../src/export/export.ts';
import { verify } from '../../src/run/verify.ts';
import { runSettings } from '../../src/settings/settings.ts';
import { undo } from '../../src/undo/undo.ts';
import { forecast, type Loaded, load } from '../setup/load.ts';
import { digestOf, freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** What a recipe must do with its sample, `fixtures/recipes/<name>`, beside what holds for all of them. */
export interface RecipeExpectations {
  readonly recipe: string;
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** What is rejected, as `path code`. */
  readonly rejects?: readonly string[];
  /** The form in which a record of the sample and what export writes of it are equal: what is one-way or respelled is changed here. */
  readonly comparable?: (record: Json) => Json;
  /** Files of the sample that export does not write, or writes otherwise. */
  readonly notExported?: readonly string[];
}

/** The promises of a run for the sample of a recipe, in both databases. */
export function holdsForSample({
  recipe,
  rows,
  rejects = [],
  comparable = (record) => record,
  notExported = [],
}: RecipeExpectations): void {
  const root = sampleOf(recipe);
  const options = { recipe: [recipe] };
  const { registry } = runSettings({ root, ...options });
  const exitCode = rejects.length === 0 ? 0 : 1;

  const expectEnded = (loaded: Loaded): void => {
    expect(loaded.error).toBeUndefined();
    expect(loaded.rejects.map(({ path, code }) => `${path} ${code}`).toSorted()).toEqual([...rejects].toSorted());
    expect(loaded.exitCode, JSON.stringify(loaded.warnings)).toBe(exitCode);
    for (const { path, records } of loaded.files)
      expect(records.loaded + records.rejected, `read = loaded + rejected in ${path}`).toBe(records.read);
  };

  const exported = async (from: string): Promise<string> => {
    const directory = join(plant(), 'export');
    await exportDatabase({ registry, from, directory, dbSchema: 'public', allowPlaintext: false });
    return directory;
  };

  describe(`the sample of ${recipe}`, () => {
    test('is in both databases, whole and equal, and comes back', async () => {
      const digests = new Set<string>();
      for (const product of PRODUCTS) {
        const url = await freshUrl(product);
        const dry = await load(root, url, { ...options, dryRun: true });
        const first = await load(root, url, options);
        expectEnded(first);
        expect(forecast(dry), `${product}: a dry run`).toEqual(forecast(first));
        for (const [table, count] of Object.entries(rows))
          expect(await queryTarget(url, `SELECT count(*) AS n FROM "${table}"`), table).toEqual([
            countRow(count, product),
          ]);
        const again = await load(root, url, { ...options, reload: true });
        expectEnded(again);
        for (const [table, { inserted, updated }] of Object.entries(again.tables))
          expect({ inserted, updated }, `${product}: ${table} after a rerun`).toEqual({ inserted: 0, updated: 0 });
        for (const ledger of [false, true]) {
          const { exit_code, differences } = await verify(
            runSettings({ root, to: url, ...options, ledger, workers: 1 }),
          );
          expect({ exit_code, differences }, `${product}: verify`).toEqual({ exit_code: 0, differences: [] });
        }
        digests.add(await digestOf(url, registry.tables.list, registry.tables));
        const written = await exported(url);
        const left = [...notExported, ...rejects.map((each) => each.split(' ')[0] ?? '')];
        expect(recordsBelow(written, left, comparable), `${product}: export`).toEqual(
          recordsBelow(root, left, comparable),
        );
        if (rejects.length === 0) digests.add(await digestOfLoaded(written, product));
      }
      expect(digests.size).toBe(1);
    });

    test.each(PRODUCTS)('is taken back in %s', async (product) => {
      const url = await freshUrl(product);
      const { head } = await load(root, url, options);
      const undone = await undo({ ...runSettings({ root, to: url, ...options }), run: head.run_id });
      expect(undone).toMatchObject({ exit_code: 0, totals: { kept: 0 } });
      for (const table of Object.keys(rows))
        expect(await queryTarget(url, `SELECT count(*) AS n FROM "${table}"`), table).toEqual([countRow(0, product)]);
    });

    test.each(PRODUCTS)('answers the queries of its page in %s', async (product) => {
      const page = readFileSync(join(import.meta.dirname, '../../docs/recipes', `${recipe}.md`), 'utf8');
      const queries = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, query = '']) => query);
      expect(queries.length).toBeGreaterThanOrEqual(3);
      const url = await freshUrl(product);
      await load(root, url, options);
      for (const query of queries) expect((await queryTarget(url, query)).length, query).toBeGreaterThan(0);
    });
  });

  async function digestOfLoaded(directory: string, product: (typeof PRODUCTS)[number]): Promise<string> {
    const url = await freshUrl(product);
    const loaded = await load(directory, url, options);
    expect([loaded.exitCode, loaded.rejects]).toEqual([0, []]);
    return digestOf(url, registry.tables.list, registry.tables);
  }
}

export function sampleOf(recipe: string): string {
  return join(import.meta.dirname, '../../fixtures/recipes', recipe);
}

function countRow(count: number, product: (typeof PRODUCTS)[number]): { readonly n: unknown } {
  return { n: product === 'PostgreSQL' ? String(count) : count };
}

/** All records of a directory, in any order: the elements of lists, else the documents. Null, empty and absent are the same. */
function recordsBelow(
  directory: string,
  left: readonly string[],
  comparable: (record: Json) => Json,
): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json') && !left.includes(path))
    .flatMap((path) => {
      const document: Json = JSON.parse(readFileSync(join(directory, path), 'utf8'));
      return Array.isArray(document) ? document : [document];
    })
    .map((record) => JSON.stringify(withoutNothing(comparable(record)) ?? null))
    .toSorted();
}

function withoutNothing(value: Json): Json | undefined {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((each) => withoutNothing(each) ?? null);
  if (typeof value !== 'object') return value;
  const entries = Object.entries(value)
    .flatMap(([name, each]) => {
      const own = withoutNothing(each);
      return own === undefined ? [] : [[name, own] as const];
    })
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
