import { describe, expect, onTestFinished, test } from 'vitest';
import { NAUGHTY_STRINGS } from '../setup/corpora.ts';
import { loadIntoSchema } from '../setup/hostile-schemas.ts';
import { fileNames, KEYS, namesOf, storedKeys, writeFilesNamed, writeKeys } from '../setup/hostile-strings.ts';
import { load } from '../setup/load.ts';
import { random } from '../setup/random.ts';
import { randomString } from '../setup/random-strings.ts';
import { storedStrings, writeStrings } from '../setup/stored-strings.ts';
import { freshTarget, PRODUCTS, type Product, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const source = random();
const strings = Array.from({ length: 400 }, () => randomString(source));
const LISTS = [
  [`random strings (seed ${source.seed})`, strings],
  ...(NAUGHTY_STRINGS.isPresent ? [[NAUGHTY_STRINGS.title, NAUGHTY_STRINGS.strings] as const] : []),
] as const;

async function targetOf(product: Product): Promise<string> {
  const target = await freshTarget(product);
  onTestFinished(() => target.drop());
  return target.url;
}

describe.each(LISTS)('%s', (_title, list) => {
  const unique = [...new Set(list)];
  const names = fileNames(unique);

  test.each(PRODUCTS)('are byte-equal in %s as text, in JSON and in members without a column', async (product) => {
    const root = plant();
    writeStrings(root, list);
    const url = await targetOf(product);
    expect(await load(root, url)).toMatchObject({ exitCode: 0, rejects: [] });
    expect(await storedStrings(url)).toEqual(list.map((string) => ({ text: string, json: string, extra: string })));
  });

  test.each(PRODUCTS)('are byte-equal in %s as keys and names of members, or refused as too long', async (product) => {
    const root = plant();
    writeKeys(root, unique);
    const url = await targetOf(product);
    const { rejects } = await load(root, url);
    for (const [dataset, key] of Object.entries(KEYS)) {
      const fitting = unique.filter((string) => [...string].length <= key.max);
      // A user's settings, analyses and metrics need no user of that name, but settings belong to somebody.
      const expected = dataset === 'users' ? [...fitting, 'system'] : fitting;
      // An empty id of an analysis says nothing: see the repair `empty-as-null`.
      const stored = expected.map((string) => (dataset === 'analyses' && string === '' ? 'null' : string));
      expect(await storedKeys(url, key), dataset).toEqual(stored.sort());
      const refused = rejects.filter(({ path, code }) => path === key.path && code === 'too-long');
      expect(refused, dataset).toHaveLength(unique.length - fitting.length);
    }
    const fitting = unique.filter((string) => [...string].length <= KEYS.analyses.max);
    const rows = await queryTarget(url, 'SELECT analysis_id, CAST(request AS text) AS request, extra FROM analyses');
    expect(rows.filter(({ analysis_id: id, request }) => String(id ?? '') in JSON.parse(String(request)))).toHaveLength(
      fitting.length,
    );
  });

  test.each(PRODUCTS)('are names of files that are loaded and told of as they are, with %s', async (product) => {
    const root = plant();
    writeFilesNamed(root, names);
    const url = await targetOf(product);
    const loaded = await load(root, url);
    expect(loaded).toMatchObject({ exitCode: 0, head: { totals: { files_loaded: names.length } } });
    expect(namesOf(loaded)).toEqual([...names].sort());
    const paths = (await queryTarget(url, 'SELECT path FROM ledger.files')).map(({ path }) => asTold(String(path)));
    expect(paths.sort()).toEqual(loaded.files.map(({ path }) => path).sort());
  });
});

/** In the ledger of PostgreSQL a mark and six digits stand for what it cannot store, and for the mark. */
function asTold(path: string): string {
  return path.replace(/\u007f([0-9a-f]{6})/g, (_mark, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, 16)),
  );
}

describe('the name of a PostgreSQL schema', () => {
  test.each([`a"b'c\\d.e; DROP SCHEMA public; --`, ' %s $1 $$ \n\t', 'Ключ 🙂 e\u0301', 'select'])(
    'may be %j',
    async (name) => {
      const root = plant({ 'conversations/alice/c.json': { id: 'c', messages: [] } });
      const { loaded, isThere } = await loadIntoSchema(root, await targetOf('PostgreSQL'), name);
      expect([loaded.exitCode, isThere], loaded.error).toEqual([0, true]);
    },
  );

  test.each(['', 'ü'.repeat(32), 'a\0b'])('may not be %j', async (name) => {
    await expect(loadIntoSchema(plant(), 'postgres://127.0.0.1/none', name)).rejects.toMatchObject({
      code: 'invalid-option',
    });
  });
});
