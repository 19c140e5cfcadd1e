import { describe, expect, test } from 'vitest';
import type { PackedRecords } from '../../src/checking/packed-records.ts';
import { RecordPacker } from '../../src/checking/record-packer.ts';
import { rowCodec } from '../../src/databases/open.ts';
import { type AccountSummary, RecordAccount } from '../../src/datasets/account.ts';
import { unpackRecords } from '../../src/load/unpack-records.ts';
import type { Reference, RowGroup } from '../../src/schema/row-group.ts';
import { rowOf, type Value } from '../../src/schema/table.ts';
import { warehouseRegistry } from '../setup/warehouse-registry.ts';

const { tables } = warehouseRegistry();
const products = tables.get('products');
const categories = tables.get('categories');
const shelves = tables.get('shelves');
const baskets = tables.get('baskets');
const lines = tables.get('basket_lines');

function product(
  sku: string,
  category: string,
  house: string,
  shelf: number,
  extra: Partial<Reference> = {},
): RowGroup {
  const lookup = (table: typeof shelves, key: Readonly<Record<string, Value>>) => [
    { table, by: Object.keys(key), key: Object.values(key), words: `of ${table.name}` },
  ];
  return {
    root: products,
    row: rowOf(products, { sku, category, house, shelf }),
    owner: null,
    namesOwner: false,
    children: [],
    references: [
      {
        column: 'category',
        pointer: '/category',
        isEnforced: true,
        lookups: lookup(categories, { id: category }),
        ...extra,
      },
      { column: 'house', pointer: '/house', isEnforced: true, lookups: lookup(shelves, { house, number: shelf }) },
    ],
  };
}

function basket(id: string, skus: readonly string[]): RowGroup {
  return {
    root: baskets,
    row: rowOf(baskets, { id }),
    owner: null,
    namesOwner: false,
    children: [{ table: lines, rows: skus.map((sku, place) => rowOf(lines, { basket: id, place, sku })) }],
    references: skus.map((sku, place) => ({
      column: 'sku',
      pointer: `/lines/${place}`,
      isEnforced: true,
      lookups: [{ table: products, by: ['sku'], key: [sku], words: 'the product' }],
    })),
  };
}

function packed(format: 'postgres' | 'sqlite', groups: readonly RowGroup[]): PackedRecords {
  const packer = new RecordPacker(rowCodec(format), tables);
  const account: AccountSummary = new RecordAccount().summary;
  const head = {
    line: 1,
    column: 1,
    byte: 0,
    isMember: false,
    pointer: '',
    index: undefined,
    account,
    source: undefined,
  };
  for (const [number, group] of groups.entries()) packer.add(group, { ...head, number });
  return packer.take();
}

describe.each(['postgres', 'sqlite'] as const)('references that the database checks, packed for %s', (format) => {
  const unpacked = (groups: readonly RowGroup[]): readonly RowGroup[] =>
    unpackRecords(packed(format, groups), rowCodec(format), tables).map(({ group }) => group);

  test('come with the rows as they were, of whatever kind', () => {
    const groups = [
      product('p1', 'pens', 'a', 1),
      product('p2', 'inks', 'b', 2),
      // Another member, and values that several columns hold.
      product('p3', 'pens', 'a', 1, { pointer: '/kind' }),
      product('same', 'same', 'same', 1),
      basket('b1', ['p1', 'p2', 'p1']),
      basket('b2', []),
    ];
    const bare = groups.map(({ references = [], ...group }) =>
      references.length > 0 ? { ...group, references } : group,
    );
    expect(unpacked(groups)).toEqual(bare);
  });

  test('cost nothing for each record where its row holds what they lead to', () => {
    const groups = Array.from({ length: 200 }, (_, n) => product(`p${n}`, `c${n % 7}`, `h${n % 3}`, n));
    const { layouts, references, linked, segments } = packed(format, groups);
    expect([layouts.length, references.size, linked.length]).toEqual([1, 0, 0]);
    expect(segments.map(({ table, rows }) => [table, rows])).toEqual([['products', 200]]);
  });

  test('that look up what no column holds are packed with their record', () => {
    const odd = product('p', 'c', 'h', 1, {
      lookups: [
        { table: categories, by: ['id'], key: ['elsewhere'], words: 'one' },
        { table: categories, by: ['id'], key: ['c'], words: 'two' },
      ],
    });
    const { references, linked } = packed(format, [odd]);
    expect([references.size, linked.length]).toEqual([1, 0]);
    expect(unpacked([odd, product('q', 'c', 'h', 1)])).toEqual([odd, product('q', 'c', 'h', 1)]);
  });

  test('change neither the key nor the content of a record', () => {
    const { references: _references, ...plain } = product('p', 'c', 'h', 1);
    const [one, other] = [product('p', 'c', 'h', 1), plain].map((group) => packed(format, [group]).words);
    expect(one).toEqual(other);
  });
});
