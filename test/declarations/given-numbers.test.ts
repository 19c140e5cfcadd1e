import { expect, test } from 'vitest';
import { runSettings } from '../../src/run/run-settings.ts';
import { verify } from '../../src/run/verify.ts';
import { loadDeclared } from '../setup/declared.ts';
import { load } from '../setup/load.ts';
import { PRODUCTS, queryTarget } from '../setup/targets.ts';
import { grow } from '../setup/trees.ts';

// An identity with `from`: the number of the member is stored, and the database counts on after it.

const datasets = {
  persons: {
    files: 'people.json',
    key: 'id',
    columns: {
      id: { type: 'identity', from: '/id' },
      name: 'text',
      boss_id: { references: 'persons.id', deferred: true },
    },
    children: {
      pets: { records: '/pets/*', order: 'none', key: ['person_id', 'name'], columns: { name: { from: '$value' } } },
    },
  },
};

const LARGE = '9007199254740995';

const PEOPLE = `{"id": 7, "name": "Ada", "pets": ["cat"]}, {"id": ${LARGE}, "name": "Bob", "boss_id": 7}`;

test.each(PRODUCTS)(
  'the number of a member is stored, and new rows of the application come after it, in %s',
  async (product) => {
    const { url, root, query, exitCode, exported } = await loadDeclared(
      { datasets },
      { 'people.json': '[{"id": 7, "name": "Ada", "pets": ["cat"]}]' },
      product,
    );
    expect(exitCode).toBe(0);
    const ids = async () =>
      (await query('SELECT CAST(id AS text) AS id FROM persons ORDER BY persons.id')).map(({ id }) => id);
    const add = (name: string) => queryTarget(url, `INSERT INTO persons (name) VALUES ('${name}')`);
    await add('new');
    expect(await ids()).toEqual(['7', '8']);
    expect(await query('SELECT person_id, name FROM pets')).toHaveLength(1);
    grow(root, { 'people.json': `[${PEOPLE}]` });
    const trial = await load(root, url, { datasets, dryRun: true });
    expect(trial.tables).toMatchObject({ persons: { inserted: 1, unchanged: 1 } });
    await add('after the dry run');
    expect(await ids()).toEqual(['7', '8', '9']);
    expect((await load(root, url, { datasets })).tables).toMatchObject({ persons: { inserted: 1, unchanged: 1 } });
    await add('newer');
    expect(await ids()).toEqual(['7', '8', '9', '9007199254740995', '9007199254740996']);
    // Never back.
    grow(root, { 'people.json': `[{"id": 3, "name": "Cleo"}, ${PEOPLE}]` });
    await load(root, url, { datasets });
    await add('newest');
    expect((await ids()).at(-1)).toBe('9007199254740997');
    const { exit_code: code } = await verify(runSettings({ root, to: url, workers: 1, ledger: true, datasets }));
    expect(code).toBe(0);
    expect(await exported('people.json')).toContain('"id":9007199254740995');
  },
);

test.each(PRODUCTS)('a record without its number is a reject, in %s', async (product) => {
  const { rejects } = await loadDeclared({ datasets }, { 'people.json': [{ name: 'Ada' }, { id: 1 }] }, product);
  expect(rejects.map(({ code, record }) => [code, record])).toEqual([['missing-member', 1]]);
});

test('another primary key is refused', () => {
  const read = () => runSettings({ root: '.', datasets, tables: { persons: { primary_key: ['name'] } } });
  expect(read).toThrow('the database numbers rows by id, which is the key then');
});
