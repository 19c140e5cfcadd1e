import { expect, test } from 'vitest';
import { load } from '../setup/load.ts';
import { freshUrl, PRODUCTS, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

const ANN = '0b9e1f6c-0000-4000-8000-000000000001';

test.each(PRODUCTS)(
  'a table that %s gets from a run refers to keys of an application by their type',
  async (product) => {
    const url = await freshUrl(product);
    const [uuid, serial] = product === 'SQLite' ? ['TEXT', 'INTEGER'] : ['uuid', 'serial'];
    await queryTarget(
      url,
      `CREATE TABLE people (id ${uuid} NOT NULL PRIMARY KEY, name text)`,
      `CREATE TABLE shops (id ${serial} PRIMARY KEY, name text)`,
      `INSERT INTO people VALUES ('${ANN}', 'ann')`,
      "INSERT INTO shops (id, name) VALUES (7, 'here')",
    );
    const declaration = {
      datasets: {
        people: { files: 'people.json', key: 'id', columns: { id: 'text', name: 'text' }, rest: 'reject' },
        shops: { files: 'shops.json', key: 'id', columns: { id: 'text', name: 'text' }, rest: 'reject' },
        orders: {
          files: 'orders.json',
          key: 'id',
          columns: {
            id: 'integer',
            person_id: { type: 'text', references: 'people.id' },
            shop_id: { type: 'text', references: 'shops.id' },
          },
          rest: 'reject',
        },
      },
    } as NonNullable<Parameters<typeof load>[2]>;
    const orders = [
      { id: 1, person_id: ANN, shop_id: '7' },
      { id: 2, person_id: 'bob', shop_id: '7' },
      { id: 3, person_id: ANN, shop_id: '8' },
      { id: 4 },
    ];
    const root = plant({ 'orders.json': orders });
    const dry = await load(root, url, { ...declaration, dryRun: true });
    const first = await load(root, url, declaration);
    const told = ({ rejects }: typeof first) => rejects.map(({ record, code }) => [record, code]);
    expect([first.exitCode, first.tables['orders']]).toEqual([1, expect.objectContaining({ inserted: 2 })]);
    expect([dry.exitCode, dry.tables, told(dry)]).toEqual([first.exitCode, first.tables, told(first)]);
    const again = await load(root, url, { ...declaration, reload: true });
    expect([told(again), again.tables['orders']]).toEqual([told(first), expect.objectContaining({ unchanged: 2 })]);
    const joined =
      'SELECT o.id, p.name FROM orders o JOIN people p ON p.id = o.person_id JOIN shops s ON s.id = o.shop_id';
    expect((await queryTarget(url, joined)).map(({ name }) => name)).toEqual(['ann']);
  },
);
