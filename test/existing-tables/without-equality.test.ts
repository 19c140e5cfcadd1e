import { expect, test } from 'vitest';
import { PRODUCTS } from '../setup/targets.ts';
import { declared, world } from './world.ts';

// PostgreSQL has no `=` for json, point and xml.

/** As declared, its column and its default in PostgreSQL and in SQLite, and two values. */
const TYPES = [
  { type: 'json', PostgreSQL: `json '{"b": 1,  "a": [2]}'`, SQLite: `JSON '{"a":[2],"b":1}'`, values: [{ a: 1 }, [1]] },
  { type: 'json', PostgreSQL: `jsonb '{"b":1}'`, SQLite: `JSON '{"b":1}'`, values: [{ a: 1 }, [null]] },
  { type: 'list(text)', PostgreSQL: `text[] '{}'`, SQLite: `JSON '[]'`, values: [['x'], ['y', 'z']] },
  { type: 'list(text)', PostgreSQL: `json '["a"]'`, SQLite: `JSON '["a"]'`, values: [['x'], ['y', 'z']] },
  { type: 'bytes', PostgreSQL: `bytea 'ab'`, SQLite: `BLOB x'6162'`, values: ['eA==', 'eXk='] },
  { type: 'decimal(6,2)', PostgreSQL: `numeric(6,2) 1.5`, SQLite: `NUMERIC 1.5`, values: ['2.25', '3.75'] },
] as const;

/** Each type twice: as an ordinary column, and as one that must not be NULL and has a default. */
const columnsOf = (product: (typeof PRODUCTS)[number]): string =>
  TYPES.map((each, at) => {
    const [type, ...standard] = each[product].split(' ');
    return `p${at} ${type}, n${at} ${type} NOT NULL DEFAULT ${standard.join(' ')}`;
  }).join(', ');

const UNDECLARED = {
  PostgreSQL: `j json, jd json DEFAULT '{}', po point, pd point DEFAULT '(1,2)', x xml, xd xml DEFAULT '<a/>', c circle, ar text[] DEFAULT '{a}'`,
  SQLite: `j JSON, jd JSON DEFAULT '{}'`,
};

test.each(PRODUCTS)(
  'columns of %s without an equality are loaded, compared, changed, taken back and verified',
  async (product) => {
    const columns = Object.fromEntries([
      ['id', 'integer'],
      ...TYPES.flatMap(({ type }, at) => [`p${at}`, `n${at}`].map((name) => [name, type])),
    ]);
    const record = (id: number, of: (at: number) => unknown, names = ['p', 'n']): object =>
      Object.fromEntries([['id', id], ...TYPES.flatMap((_each, at) => names.map((name) => [`${name}${at}`, of(at)]))]);
    const first = (at: number): unknown => TYPES[at]?.values[0];
    const other = (at: number): unknown => TYPES[at]?.values[1];
    const all = [record(1, first), { id: 2 }, record(3, first, ['p']), record(4, first)];
    const { run, root, rows, cli, runs, change, query } = await world(
      product,
      declared(columns),
      all,
      `CREATE TABLE u (id bigint PRIMARY KEY, ${columnsOf(product)}, ${UNDECLARED[product]})`,
      'INSERT INTO u (id) VALUES (4)',
    );
    const before = await rows('u');
    const verified = async (): Promise<void> => {
      for (const words of [[root], ['--ledger']]) expect(await cli('verify', ...words)).toMatchObject({ code: 0 });
    };
    const dry = await run({ dryRun: true });
    const loaded = await run();
    expect([loaded.exitCode, loaded.rejects, loaded.tables]).toEqual([0, [], dry.tables]);
    expect(loaded.tables['u']).toMatchObject({ inserted: 3, updated: 1 });
    await verified();
    expect((await run({ reload: true })).tables['u']).toMatchObject({ inserted: 0, updated: 0, unchanged: 4 });
    const held = await rows('u');

    change([record(1, other), record(2, first), record(3, other, ['p']), record(4, other)]);
    expect((await run()).tables['u']).toMatchObject({ inserted: 0, updated: 4 });
    await verified();
    expect((await run({ reload: true })).tables['u']).toMatchObject({ inserted: 0, updated: 0, unchanged: 4 });

    const [second, one] = await runs().then((all) => [all[1], all[3]]);
    expect((await cli('undo', String(second), '--yes')).code).toBe(0);
    expect(await rows('u')).toEqual(held);
    await query("UPDATE u SET j = '[1]' WHERE id = 2");
    // What the application has written stays.
    expect(await cli('undo', String(one), '--yes')).toMatchObject({ code: 1 });
    const left = await rows('u');
    expect(left.map(({ id }) => Number(id))).toEqual([2, 4]);
    expect(left.slice(1)).toEqual(before);
  },
);
