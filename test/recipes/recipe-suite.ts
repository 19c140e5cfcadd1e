import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportDatabase } from '../../src/export/export.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { holdContract } from '../contract/contract.ts';
import { type Loaded, load } from '../setup/load.ts';
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
  /** Makes of the sample what an export can hold, where it leaves out what is said around the records. */
  readonly exportable?: (document: Json) => Json;
  /** What lies around the records says to what they belong, and no export writes that: what it writes loads otherwise. */
  readonly isOneWay?: true;
  /** Files of the sample that export does not write, or writes otherwise. */
  readonly notExported?: readonly string[];
}

/** The promises of a run for the sample of a recipe, in both databases. */
export function holdsForSample({
  recipe,
  rows,
  rejects = [],
  comparable = (record) => record,
  exportable,
  isOneWay,
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

  /** What holds also where an export is no way back. */
  const expectKept = async (url: string, product: (typeof PRODUCTS)[number]): Promise<void> => {
    const dry = await load(root, await freshUrl(product), { ...options, dryRun: true });
    expect(dry.files.map(({ records }) => records)).toEqual(
      (await load(root, url, { ...options, reload: true })).files.map(({ records }) => records),
    );
    for (const ledger of [false, true])
      expect((await verify(runSettings({ root, to: url, ...options, ledger, workers: 1 }))).exit_code).toBe(0);
    const digest = await digestOf(url, registry.tables.list, registry.tables);
    expect(digest).toBe(digests.get(recipe) ?? digest);
    digests.set(recipe, digest);
  };

  describe(`the sample of ${recipe}`, () => {
    test.skipIf(isOneWay)('comes and goes as every declaration promises', () => {
      const data = exportable === undefined ? root : changed(root, exportable);
      return holdContract({ name: recipe, data, options, isWhole: rejects.length === 0 });
    });

    test.each(PRODUCTS)('is in %s, whole, and comes back', async (product) => {
      const url = await freshUrl(product);
      expectEnded(await load(root, url, options));
      for (const [table, count] of Object.entries(rows))
        expect(await queryTarget(url, `SELECT count(*) AS n FROM "${table}"`), table).toEqual([
          countRow(count, product),
        ]);
      if (isOneWay) return expectKept(url, product);
      const written = await exported(url);
      const left = [...notExported, ...rejects.map((each) => each.split(' ')[0] ?? '')];
      expect(recordsBelow(written, left, comparable)).toEqual(recordsBelow(root, left, comparable));
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
}

/** Of the tables of a recipe in the database that was first. */
const digests = new Map<string, string>();

export function sampleOf(recipe: string): string {
  return join(import.meta.dirname, '../../fixtures/recipes', recipe);
}

function changed(root: string, change: (document: Json) => Json): string {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.json'));
  const read = (path: string): Json => JSON.parse(readFileSync(join(root, path), 'utf8'));
  return plant(Object.fromEntries(paths.map((path) => [path, change(read(path))])));
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
