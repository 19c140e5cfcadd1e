import type { Dataset, RecordMapper, StoredRow } from '../../src/datasets/dataset.ts';
import { Registry } from '../../src/datasets/registry.ts';
import { fallbackContainer, inDirectory } from '../../src/datasets/shapes.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/json/value.ts';
import { DeclaredTables } from '../../src/schema/declared-tables.ts';
import type { Reference } from '../../src/schema/row-group.ts';
import { rowOf, type Table, type Value } from '../../src/schema/table.ts';

// Tables that refer to each other by foreign keys that the database checks: to itself, of several columns, from child rows.

const text = { type: 'text', notNull: true } as const;

const shelves = {
  name: 'shelves',
  columns: { house: text, number: { type: 'integer', notNull: true } },
  primaryKey: ['house', 'number'],
  naturalKey: ['house', 'number'],
} as const satisfies Table;

const categories = {
  name: 'categories',
  columns: {
    id: text,
    parent: { type: 'text', references: { table: 'categories', deferred: true } },
    rank: { type: 'integer', most: 9 },
  },
  primaryKey: ['id'],
  naturalKey: ['id'],
} as const satisfies Table;

const products = {
  name: 'products',
  columns: {
    sku: text,
    category: { type: 'text', references: { table: 'categories' } },
    house: { type: 'text' },
    shelf: { type: 'integer' },
  },
  primaryKey: ['sku'],
  naturalKey: ['sku'],
  foreignKeys: [{ columns: ['house', 'shelf'], table: 'shelves', to: ['house', 'number'] }],
} as const satisfies Table;

const baskets = {
  name: 'baskets',
  columns: { id: text, note: { type: 'text' } },
  primaryKey: ['id'],
  naturalKey: ['id'],
} as const satisfies Table;

const basketLines = {
  name: 'basket_lines',
  columns: {
    basket: { ...text, references: { table: 'baskets', onDelete: 'cascade' } },
    place: { type: 'integer', notNull: true },
    sku: { type: 'text', references: { table: 'products' } },
  },
  primaryKey: ['basket', 'place'],
  naturalKey: ['basket', 'place'],
  belongsTo: { table: 'baskets', by: ['basket'] },
} as const satisfies Table;

/** Nothing but a key. */
const basketTags = {
  name: 'basket_tags',
  columns: { basket: { ...text, references: { table: 'baskets', onDelete: 'cascade' } }, tag: text },
  primaryKey: ['basket', 'tag'],
  naturalKey: ['basket', 'tag'],
  belongsTo: { table: 'baskets', by: ['basket'] },
} as const satisfies Table;

function member(value: JsonValue | undefined): Value {
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

/** Nothing where one of the values is absent. */
function enforced(
  column: string,
  pointer: string,
  table: Table,
  key: Readonly<Record<string, Value>>,
): readonly Reference[] {
  const values = Object.values(key);
  if (values.includes(null)) return [];
  const lookup = { table, by: Object.keys(key), key: values, words: `the row of ${table.name}` };
  return [{ column, pointer, isEnforced: true, lookups: [lookup] }];
}

function mapper(map: RecordMapper<JsonObject>['map']): () => RecordMapper<JsonObject> {
  return () => ({
    validate: ({ value }, _source, account) => {
      if (isJsonObject(value)) return value;
      account.reject('wrong-type', '', 'the record is no object');
      return undefined;
    },
    map,
  });
}

const nobody = { owner: null, namesOwner: false } as const;

const mapShelf = mapper(({ house, number }) => ({
  ...nobody,
  root: shelves,
  row: rowOf(shelves, { house: member(house), number: member(number) }),
  children: [],
}));

const mapCategory = mapper(({ id, parent, rank }) => ({
  ...nobody,
  root: categories,
  row: rowOf(categories, { id: member(id), parent: member(parent), rank: member(rank) }),
  children: [],
  references: enforced('parent', '/parent', categories, { id: member(parent) }),
}));

const mapProduct = mapper(({ sku, category, house, shelf }) => ({
  ...nobody,
  root: products,
  row: rowOf(products, {
    sku: member(sku),
    category: member(category),
    house: member(house),
    shelf: member(shelf),
  }),
  children: [],
  references: [
    ...enforced('category', '/category', categories, { id: member(category) }),
    ...enforced('house', '/house', shelves, { house: member(house), number: member(shelf) }),
  ],
}));

const mapBasket = mapper(({ id, note, lines, tags }) => {
  const list = Array.isArray(lines) ? lines : [];
  const words = Array.isArray(tags) ? tags : [];
  return {
    ...nobody,
    root: baskets,
    row: rowOf(baskets, { id: member(id), note: member(note) }),
    children: [
      {
        table: basketLines,
        rows: list.map((sku, place) => rowOf(basketLines, { basket: member(id), place, sku: member(sku) })),
      },
      {
        table: basketTags,
        rows: words.toSorted().map((tag) => rowOf(basketTags, { basket: member(id), tag: member(tag) })),
      },
    ],
    references: list.flatMap((sku, place) => enforced('sku', `/lines/${place}`, products, { sku: member(sku) })),
  };
});

function written(row: StoredRow): JsonObject {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as JsonObject;
}

interface Parts extends Pick<Dataset, 'compile' | 'dependsOn'> {
  readonly tables: readonly [Table, ...Table[]];
  readonly write?: Dataset['layout']['write'];
}

function dataset({ tables, compile, dependsOn = [], write = ({ values }) => written(values) }: Parts): Dataset {
  const [table] = tables;
  const { name } = table;
  return {
    name,
    mappingVersion: 1,
    description: name,
    tables,
    isOwned: false,
    dependsOn,
    destinations: new Map(),
    expects: (candidate) => inDirectory(candidate, name),
    containerOf(candidate) {
      return this.expects(candidate) ? fallbackContainer(candidate) : undefined;
    },
    compile,
    layout: { table, container: 'array', path: () => [name, 'all'], write },
  };
}

/** A registry whose references are checked by the database. */
export function warehouseRegistry(): Registry {
  const list = [shelves, categories, products, baskets, basketLines, basketTags];
  const datasets = [
    dataset({ tables: [shelves], compile: mapShelf }),
    dataset({ tables: [categories], compile: mapCategory }),
    dataset({ tables: [products], compile: mapProduct, dependsOn: ['shelves', 'categories'] }),
    dataset({
      tables: [baskets, basketLines, basketTags],
      compile: mapBasket,
      dependsOn: ['products'],
      write: ({ values, children }) => ({
        ...written(values),
        lines: (children['basket_lines'] ?? []).map(({ sku }) => sku as JsonValue),
        tags: (children['basket_tags'] ?? []).map(({ tag }) => tag as JsonValue),
      }),
    }),
  ];
  return new Registry(datasets, new DeclaredTables(list), { module: import.meta.url, make: 'warehouseRegistry' });
}
