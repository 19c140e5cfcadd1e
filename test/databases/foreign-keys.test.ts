import { describe, expect, onTestFinished, test } from 'vitest';
import type { Database } from '../../src/databases/database.ts';
import { digest } from '../../src/databases/digest.ts';
import { ddlFor, openSchemaChanges, rowCodec } from '../../src/databases/open.ts';
import { RefusedRow } from '../../src/databases/refused-row.ts';
import { rowWriter } from '../../src/databases/row-codec.ts';
import { Registry } from '../../src/datasets/registry.ts';
import { compareTable } from '../../src/schema/comparison/compare.ts';
import { DeclaredTables } from '../../src/schema/declared-tables.ts';
import { rowOf, type Table, type Value } from '../../src/schema/table.ts';
import { parseTarget } from '../../src/settings/target.ts';
import { upgradeSchema } from '../../src/upgrade/upgrade.ts';
import { shopRegistry } from '../setup/shop-registry.ts';
import { freshTarget, openTarget, PRODUCTS, type Product, queryTarget } from '../setup/targets.ts';
import { compareGroups, group, loadGroups, loadInto, storedRows } from './groups.ts';

const id = { type: 'text', max: 20, notNull: true } as const;
const one = { primaryKey: ['id'], naturalKey: ['id'] } as const;

const countries = {
  name: 'countries',
  columns: { id: { type: 'identity' }, code: id, title: { type: 'text' } },
  primaryKey: ['id'],
  naturalKey: ['code'],
} as const satisfies Table;

/** Its key is the number of its country, by which others know it in turn. */
const capitals = {
  name: 'capitals',
  columns: {
    country_id: { type: 'integer', notNull: true, references: { table: 'countries', onDelete: 'cascade' } },
    title: { type: 'text' },
  },
  primaryKey: ['country_id'],
  naturalKey: ['country_id'],
} as const satisfies Table;

const embassies = {
  name: 'embassies',
  columns: { id, capital: { type: 'integer', references: { table: 'capitals' } } },
  ...one,
} as const satisfies Table;

const cities = {
  name: 'cities',
  columns: { id, country: { type: 'text', references: { table: 'countries', column: 'code' } } },
  ...one,
} as const satisfies Table;

const categories = {
  name: 'categories',
  columns: {
    id,
    parent: { type: 'text', references: { table: 'categories', onDelete: 'set null', deferred: true } },
    rank: { type: 'integer', most: 9 },
  },
  ...one,
} as const satisfies Table;

const teams = {
  name: 'teams',
  columns: { id, head: { type: 'text', references: { table: 'people', deferred: true } } },
  ...one,
} as const satisfies Table;

const people = {
  name: 'people',
  columns: { id, team: { type: 'text', references: { table: 'teams' } } },
  ...one,
} as const satisfies Table;

const shelves = {
  name: 'shelves',
  columns: { house: id, number: { type: 'integer', notNull: true } },
  primaryKey: ['house', 'number'],
  naturalKey: ['house', 'number'],
} as const satisfies Table;

const books = {
  name: 'books',
  columns: { id, shelf: { type: 'integer' }, house: { type: 'text' } },
  ...one,
  foreignKeys: [{ columns: ['house', 'shelf'], table: 'shelves', to: ['house', 'number'], onDelete: 'cascade' }],
} as const satisfies Table;

const LIST = [countries, capitals, embassies, cities, categories, teams, people, shelves, books];
const declared = new DeclaredTables(LIST);

async function open(
  product: Product,
  tables = declared,
): Promise<{ readonly url: string; readonly database: Database }> {
  const target = await freshTarget(product);
  const database = await openTarget(target.url, { declared: tables });
  onTestFinished(async () => {
    await database.close();
    await target.drop();
  });
  return { url: target.url, database };
}

async function created(product: Product): Promise<{ readonly url: string; readonly database: Database }> {
  const opened = await open(product);
  await opened.database.createTables();
  return opened;
}

type Values = Readonly<Record<string, Value>>;

/** All rows of a transaction, in the order of their tables. */
async function append(database: Database, rows: readonly (readonly [Table, Values])[]): Promise<void> {
  const segments = rows.map(([table, values]) => {
    const encoder = rowCodec(database.rowFormat).encoder();
    rowWriter(table)(encoder, rowOf(table, values));
    return { table: table.name, rows: 1, bytes: encoder.take() };
  });
  await database.transaction(undefined, (transaction) => transaction.append(segments, () => undefined));
}

const count = async (url: string, table: string): Promise<number> =>
  Number((await queryTarget(url, `SELECT count(*) AS n FROM ${table}`))[0]?.['n']);

test('tables come in the order of their references, but for deferred ones', () => {
  expect(() => new DeclaredTables([cities, countries])).toThrow('cities refers to countries');
  expect(() => new DeclaredTables([books, shelves])).toThrow('books refers to shelves');
  const { parent } = categories.columns;
  const { deferred: _deferred, ...immediate } = parent.references;
  const itself = { ...categories, columns: { ...categories.columns, parent: { ...parent, references: immediate } } };
  expect(() => new DeclaredTables([itself])).toThrow('categories refers to categories');
});

test('a column holds a generated key only where the column that it refers to does', () => {
  const generated = LIST.flatMap((table) =>
    Object.keys(table.columns).filter((name) => declared.namedBy(table, name) !== undefined),
  );
  expect(generated).toEqual(['country_id', 'capital']);
});

test('files need the tables that foreign keys of any kind lead to', () => {
  const receipts = shopRegistry().get('receipts');
  const needed = (table: Table): readonly string[] => {
    const dataset = { ...receipts, tables: [table], layout: { ...receipts.layout, table } };
    const registry = new Registry([dataset], declared, 'built-in');
    return registry.neededTables(new Set([dataset.name])).map(({ name }) => name);
  };
  expect(needed(books)).toEqual(['shelves', 'books']);
  expect(needed(teams)).toEqual(['teams', 'people']);
  expect(needed(embassies)).toEqual(['countries', 'capitals', 'embassies']);
});

describe.each(PRODUCTS)('foreign keys on %s', (product) => {
  test('are made as they are declared, also by the statements that are printed', async () => {
    const { url, database } = await open(product);
    const kind = product === 'SQLite' ? 'sqlite' : 'postgres';
    const statements = await ddlFor(kind, { dbSchema: 'public' }, declared);
    await queryTarget(url, ...statements.filter((statement) => !/migrate_json/.test(statement)));
    const shape = await database.examine();
    for (const table of LIST) {
      const found = shape.tables.get(table.name);
      expect(found && compareTable(table, found).differences, table.name).toEqual([]);
      expect(found?.foreignKeys).toHaveLength(table === countries || table === shelves ? 0 : 1);
    }
    const text = statements.join('\n');
    const schema = product === 'SQLite' ? '' : '"public".';
    expect(text).toContain(`REFERENCES ${schema}"countries" ("code")`);
    expect(text).toContain(`REFERENCES ${schema}"categories" ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED`);
    expect(text).toContain(
      `FOREIGN KEY ("house", "shelf") REFERENCES ${schema}"shelves" ("house", "number") ON DELETE CASCADE`,
    );
  });

  test('that are deferred take rows in any order, whether they are appended or merged', async () => {
    const { url, database } = await created(product);
    await append(database, [
      [categories, { id: 'a', parent: 'b' }],
      [categories, { id: 'b', parent: 'b' }],
      [teams, { id: 't', head: 'p' }],
      [people, { id: 'p', team: 't' }],
    ]);
    await loadGroups(database, [
      group(categories, { id: 'c', parent: 'd' }),
      group(categories, { id: 'd', parent: 'a' }),
      group(teams, { id: 'u', head: 'q' }),
      group(people, { id: 'q', team: 'u' }),
    ]);
    // A second merge of the same transaction as well.
    await database.transaction(undefined, async (transaction) => {
      for (const [first, second] of [
        ['e', 'f'],
        ['g', 'h'],
      ] as const)
        await loadInto(transaction, [
          group(teams, { id: first, head: second }),
          group(people, { id: second, team: first }),
        ]);
    });
    expect([await count(url, 'categories'), await count(url, 'teams'), await count(url, 'people')]).toEqual([4, 4, 4]);
  });

  test.each<readonly [string, Table, Values]>([
    ['a single column', cities, { id: 'x', country: 'nowhere' }],
    ['a deferred one', categories, { id: 'x', parent: 'nothing' }],
    ['a deferred one of a cycle', teams, { id: 'x', head: 'nobody' }],
    ['several columns', books, { id: 'x', house: 'h', shelf: 2 }],
  ])('refuse a row that leads nowhere: %s', async (_title, table, values) => {
    const { url, database } = await created(product);
    await append(database, [
      [shelves, { house: 'h', number: 1 }],
      [books, { id: 'b', house: 'h', shelf: 1 }],
      // Not all columns are there.
      [books, { id: 'c', house: 'nowhere' }],
    ]);
    const before = await count(url, table.name);
    await expect(append(database, [[table, values]])).rejects.toBeInstanceOf(RefusedRow);
    await expect(loadGroups(database, [group(table, values)])).rejects.toBeInstanceOf(RefusedRow);
    expect(await count(url, table.name)).toBe(before);
    await database.transaction(undefined, async (transaction) => {
      const refused = group(table, values);
      await expect(loadInto(transaction, [refused])).rejects.toBeInstanceOf(RefusedRow);
      await loadInto(transaction, [group(categories, { id: 'fine', parent: 'fine' })]);
    });
    expect(await storedRows(database, categories)).toEqual([{ id: 'fine', parent: 'fine', rank: null }]);
  });

  test('keep what is referred to, or let go with it, as each says', async () => {
    const { url, database } = await created(product);
    await append(database, [
      [countries, { code: 'no' }],
      [cities, { id: 'oslo', country: 'no' }],
      [categories, { id: 'a' }],
      [categories, { id: 'b', parent: 'a' }],
      [shelves, { house: 'h', number: 1 }],
      [books, { id: 'b', house: 'h', shelf: 1 }],
    ]);
    const foreign = url.startsWith('sqlite:') ? ['PRAGMA foreign_keys = ON'] : [];
    await expect(queryTarget(url, ...foreign, "DELETE FROM countries WHERE code = 'no'")).rejects.toThrow(
      /foreign key/i,
    );
    await queryTarget(url, ...foreign, "DELETE FROM categories WHERE id = 'a'", 'DELETE FROM shelves');
    expect(await storedRows(database, categories)).toEqual([{ id: 'b', parent: null, rank: null }]);
    expect(await count(url, 'books')).toBe(0);
  });

  test('name a row by its natural key where they hold generated ones, however far away, so that digests are equal', async () => {
    const [{ url, database }, other] = [await created(product), await created(product)];
    for (const [each, codes] of [
      [{ url, database }, ['no', 'se']],
      [other, ['se', 'no']],
    ] as const) {
      await append(
        each.database,
        codes.map((code) => [countries, { code }]),
      );
      await queryTarget(
        each.url,
        'INSERT INTO capitals (country_id, title) SELECT id, code FROM countries',
        "INSERT INTO embassies (id, capital) SELECT 'of ' || code, id FROM countries",
      );
      await append(each.database, [[cities, { id: 'oslo', country: 'no' }]]);
    }
    expect(await storedRows(database, embassies)).toEqual([
      { id: 'of no', capital: 'no' },
      { id: 'of se', capital: 'se' },
    ]);
    expect(await storedRows(database, cities)).toEqual([{ id: 'oslo', country: 'no' }]);
    expect(await digest(other.database)).toBe(await digest(database));
  });

  test('that are missing are told, whatever columns they have', async () => {
    const { url } = await open(product);
    const text = product === 'SQLite' ? 'TEXT' : 'varchar(20)';
    await queryTarget(
      url,
      `CREATE TABLE shelves (house ${text} NOT NULL, number bigint NOT NULL, PRIMARY KEY (house, number), UNIQUE (number, house))`,
      `CREATE TABLE books (id ${text} NOT NULL PRIMARY KEY, shelf bigint, house text)`,
      `CREATE TABLE categories (id ${text} NOT NULL PRIMARY KEY, parent text, rank bigint)`,
    );
    const differences = async (table: Table): Promise<readonly string[]> => {
      const database = await openTarget(url, { declared });
      const found = (await database.examine()).tables.get(table.name);
      await database.close();
      const told = found ? compareTable(table, found).differences : [];
      return told.map(({ code, column, message, remedy }) => [code, column, message, remedy].join(' | '));
    };
    expect(await differences(books)).toEqual([
      'missing-reference |  | (house, shelf) does not refer to shelves | none',
    ]);
    expect(await differences(categories)).toEqual(['missing-reference | parent | does not refer to categories | none']);
    await queryTarget(
      url,
      'DROP TABLE books',
      `CREATE TABLE books (id ${text} NOT NULL PRIMARY KEY, shelf bigint, house text,
        FOREIGN KEY (shelf, house) REFERENCES shelves (number, house))`,
    );
    expect(await differences(books)).toEqual([]);
  });

  test('of several columns come with the columns that an upgrade adds', async () => {
    const { url } = await open(product);
    const text = product === 'SQLite' ? 'TEXT' : 'varchar(20)';
    await queryTarget(
      url,
      `CREATE TABLE books (id ${text} NOT NULL PRIMARY KEY, house text)`,
      "INSERT INTO books VALUES ('b', 'h')",
    );
    const changes = await openSchemaChanges(parseTarget(url, { allowPlaintext: true }), {
      declared,
      dbSchema: 'public',
      dryRun: false,
      keepPlainKeys: false,
      mustExist: true,
    });
    expect(await upgradeSchema(changes, { dryRun: false, tables: [shelves, books] })).toMatchObject({
      changes: [{ table: 'books', what: 'adds shelf' }],
      obstacles: [],
    });
    const shape = await changes.examine();
    await changes.close();
    expect(shape.tables.get('books')?.foreignKeys).toEqual([
      { columns: ['house', 'shelf'], table: 'shelves', to: ['house', 'number'] },
    ]);
    expect(shape.tables.has('shelves')).toBe(true);
    expect(await queryTarget(url, 'SELECT id, shelf, house FROM books')).toEqual([
      { id: 'b', shelf: null, house: 'h' },
    ]);
  });

  test('of a changed row are looked at as well', async () => {
    const { database } = await created(product);
    await append(database, [
      [categories, { id: 'a' }],
      [categories, { id: 'b', parent: 'a' }],
    ]);
    await expect(loadGroups(database, [group(categories, { id: 'b', parent: 'z' })])).rejects.toBeInstanceOf(
      RefusedRow,
    );
    await loadGroups(database, [group(categories, { id: 'b', parent: 'b' })]);
    expect(await compareGroups(database, [group(categories, { id: 'b', parent: 'b' })])).toMatchObject([
      { root: 'same' },
    ]);
  });
});
