import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { migrate, retry } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { loaded } from '../setup/load.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

// What corrected rejects have brought is in no source file, and all the same no surprise.

const datasets = {
  tags: { files: 'tags.json', key: 'name', columns: { id: { type: 'identity' }, name: 'text' } },
  posts: {
    files: 'posts/<year>.json',
    records: '/posts/<slug>',
    key: ['year', 'slug'],
    columns: { year: { from: '$year' }, slug: { from: '$slug' }, size: 'integer' },
    children: {
      post_tags: {
        records: '/tags/*',
        order: 'none',
        key: ['post_year', 'post_slug', 'tag_id'],
        columns: { tag_id: { from: '$value', references: 'tags.id', by: 'name', make: true } },
      },
    },
  },
  visits: { files: 'visits.jsonl', columns: { page: 'text', at: 'timestamp', n: 'integer' } },
};

const files = {
  'tags.json': [{ name: 'sea' }],
  'posts/2024.json': { posts: { a: { size: 1, tags: ['sea'] }, b: { size: 'big', tags: ['sea', 'sun'] } } },
  'visits.jsonl': '{"page":"/","at":"2024-01-01T00:00:00Z","n":1}\n{"page":"/","at":"2024-01-01T00:00:00Z","n":"x"}\n',
};

function correct(path: string, wrong: string, right: string): void {
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(wrong);
  writeFileSync(path, text.replace(wrong, right));
}

test.each(PRODUCTS)(
  'rows of a retry are no surplus to verify, nor are those that they name, in %s',
  async (product) => {
    const url = await freshUrl(product);
    const [root, rejects] = [plant(files), join(plant(), 'rejects')];
    const first = loaded(await migrate(runSettings({ root, to: url, datasets, rejects })));
    expect(first.rejects.length).toBe(2);
    correct(join(rejects, 'posts/2024.json/00000002.json'), '"big"', '2');
    correct(join(rejects, 'visits.jsonl/00000002.json'), '"x"', '2');
    const second = loaded(await retry(runSettings({ root: rejects, to: url, datasets })));
    expect({ code: second.exitCode, rejects: second.rejects, error: second.error }).toMatchObject({
      code: 0,
      rejects: [],
    });
    expect((await queryTarget(url, 'SELECT n FROM visits')).length).toBe(2);
    expect((await queryTarget(url, 'SELECT name FROM tags')).length).toBe(2);
    const checked = await verify(runSettings({ root, to: url, datasets, workers: 1 }));
    expect({ code: checked.exit_code, differences: checked.differences, rejected: checked.records.rejected }).toEqual({
      code: 0,
      differences: [],
      rejected: 2,
    });
    const ledger = await verify(runSettings({ root, to: url, datasets, ledger: true, workers: 1 }));
    expect({ code: ledger.exit_code, differences: ledger.differences }).toEqual({ code: 0, differences: [] });
    await queryTarget(url, "INSERT INTO tags (name) VALUES ('new')");
    const more = await verify(runSettings({ root, to: url, datasets, workers: 1 }));
    expect([more.differences, more.tables['tags']?.application]).toEqual([[], 1]);
  },
);

const VISITED = {
  animals: { files: 'animals.json', key: 'id', columns: { id: 'integer', name: { type: 'text', unique: true } } },
  visits: {
    files: 'visits.json',
    key: 'id',
    columns: { id: 'integer', animal: { type: 'integer', references: 'animals.id' }, note: 'text' },
  },
};

test.each(PRODUCTS)(
  'a record that was loaded, then wrong, then corrected by a retry counts as rejected, and only it, in %s',
  async (product) => {
    const url = await freshUrl(product);
    const animals = [
      { id: 1, name: 'Rex' },
      { id: 2, name: 'Ida' },
    ];
    const visits = (animal: number) => [
      { id: 10, animal: 1, note: 'a' },
      { id: 11, animal, note: 'b' },
    ];
    const root = plant({ 'animals.json': animals, 'visits.json': visits(1) });
    const rejects = join(plant(), 'rejects');
    const options = { root, to: url, datasets: VISITED };
    expect(loaded(await migrate(runSettings(options))).exitCode).toBe(0);
    writeFileSync(join(root, 'visits.json'), JSON.stringify(visits(9)));
    writeFileSync(join(root, 'animals.json'), JSON.stringify([animals[0], { id: 2, name: 'Rex' }]));
    const second = loaded(await migrate(runSettings({ ...options, rejects })));
    expect(second.rejects.map(({ code }) => code)).toEqual(['not-unique', 'unknown-reference']);
    const verified = async () => {
      const { exit_code, totals, records } = await verify(runSettings({ ...options, workers: 1 }));
      return [exit_code, records.rejected, totals.different + totals.missing];
    };
    correct(join(rejects, 'visits.json/00000002.json'), '9', '2');
    correct(join(rejects, 'animals.json/00000002.json'), '"Rex"', '"Ada"');
    expect(loaded(await retry(runSettings({ ...options, root: rejects }))).exitCode).toBe(0);
    expect(await verified()).toEqual([0, 2, 0]);
    await queryTarget(url, "UPDATE visits SET note = 'other' WHERE id = 10");
    expect(await verified()).toEqual([5, 2, 1]);
  },
);

test.each(PRODUCTS)('a corrected record of a map has the place that it has in the file, in %s', async (product) => {
  const url = await freshUrl(product);
  const place = { pos: { from: '$position', type: 'integer' }, n: { type: 'integer', unique: true } };
  const datasets = {
    flat: { files: 'flat.json', records: '/<key>', key: 'key', columns: { key: { from: '$key' }, ...place } },
    deep: {
      files: 'deep.json',
      records: '/<group>/<key>',
      key: ['group', 'key'],
      columns: { group: { from: '$group' }, key: { from: '$key' }, ...place },
    },
  };
  const wrong = { a: { n: 1 }, b: { n: 'x' }, '7': { n: 1 }, c: { n: 'y' } };
  const files = { 'flat.json': wrong, 'deep.json': { g: { z: { n: 9 } }, h: wrong } };
  const [root, rejects] = [plant(files), join(plant(), 'rejects')];
  const options = { root, to: url, datasets };
  const { rejects: told } = loaded(await migrate(runSettings({ ...options, rejects })));
  expect(told.map(({ code }) => code).toSorted()).toEqual(
    ['not-unique', 'wrong-type', 'wrong-type'].flatMap((code) => [code, code]),
  );
  for (const each of told) {
    const [from, to] = each.code === 'not-unique' ? ['1', '2'] : ['"', ''];
    const path = join(rejects, each.path, `${String(each.record).padStart(8, '0')}.json`);
    const text = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      each.code === 'not-unique' ? text.replace(from, to) : text.replace(/"[xy]"/, String(each.record)),
    );
  }
  expect(loaded(await retry(runSettings({ ...options, root: rejects }))).exitCode).toBe(0);
  const stored = await queryTarget(
    url,
    'SELECT key, pos FROM flat UNION ALL SELECT key, pos FROM deep WHERE "group" = \'h\'',
  );
  const inOrder = ['7 0', 'a 1', 'b 2', 'c 3'].flatMap((row) => [row, row]);
  expect(stored.map(({ key, pos }) => `${key} ${pos}`).toSorted()).toEqual(inOrder);
});
