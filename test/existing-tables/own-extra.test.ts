import { describe, expect, test } from 'vitest';
import { load } from '../setup/load.ts';
import { schemaOf } from '../setup/own-tables.ts';
import { freshUrl, PRODUCTS, type Product, queryTarget } from '../setup/targets.ts';
import { plant } from '../setup/trees.ts';

// A table of an application may have a column `extra` of its own, of any type.

const TYPES: Readonly<Record<Product, readonly string[]>> = {
  PostgreSQL: [
    'jsonb',
    'text',
    'integer',
    'timestamp',
    'varchar(20)',
    'boolean',
    'bytea',
    'numeric NOT NULL DEFAULT 0',
  ],
  SQLite: ['TEXT', 'INTEGER', 'REAL', 'DATETIME', 'VARCHAR(20)', 'BLOB', 'INTEGER NOT NULL DEFAULT 0'],
};

const VISITS = [
  { id: 1, title: 'a', at: '2025-01-01T10:00:00Z' },
  { id: 2, title: 'b', at: '2025-01-01T11:00:00+02:00' },
];

const datasets = {
  visits: { files: 'visits.json', key: 'id', columns: { id: 'integer', title: 'text', at: 'timestamp' } },
};

describe.each(PRODUCTS)('on %s a table with a time without zone and a column extra', (product) => {
  const time = product === 'SQLite' ? 'TIMESTAMP' : 'timestamp';
  const timeOf = product === 'SQLite' ? 'at' : 'at::text';

  test.each(TYPES[product])('%s is loaded into as it is', async (type) => {
    const url = await freshUrl(product);
    await queryTarget(
      url,
      `CREATE TABLE visits (id integer PRIMARY KEY, title varchar(50), at ${time}, extra ${type})`,
    );
    const before = await schemaOf(url);
    const root = plant({ 'visits.json': VISITS });
    const dry = await load(root, url, { datasets, dryRun: true });
    const { exitCode, error, tables } = await load(root, url, { datasets });
    expect([error, exitCode]).toEqual([undefined, 0]);
    expect([dry.error, dry.exitCode, dry.tables]).toEqual([undefined, 0, tables]);
    const rows = await queryTarget(url, `SELECT ${timeOf} AS at FROM visits ORDER BY id`);
    expect(rows.map(({ at }) => String(at).slice(0, 19))).toEqual(['2025-01-01 10:00:00', '2025-01-01 09:00:00']);
    expect(await schemaOf(url)).toEqual(before);
    const again = await load(root, url, { datasets, reload: true });
    expect([again.exitCode, again.tables['visits']]).toMatchObject([0, { inserted: 0, updated: 0, unchanged: 2 }]);
  });

  test('that cannot hold JSON takes no members: their records are rejected', async () => {
    const url = await freshUrl(product);
    await queryTarget(
      url,
      `CREATE TABLE visits (id integer PRIMARY KEY, title varchar(50), at ${time}, extra integer)`,
    );
    const root = plant({ 'visits.json': [...VISITS, { id: 3, title: 'c', mood: 'good' }] });
    for (const dryRun of [true, false]) {
      const { exitCode, rejects } = await load(root, url, { datasets, dryRun });
      expect([exitCode, rejects.map(({ record, code }) => [record, code])]).toEqual([1, [[3, 'no-column']]]);
    }
  });
});
