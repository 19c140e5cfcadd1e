import type { Dataset, RecordMapper, StoredRecord, StoredRow } from '../../src/datasets/dataset.ts';
import { fallbackContainer, inDirectory } from '../../src/datasets/shapes.ts';
import { Registry } from '../../src/declarations/registry.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/json/value.ts';
import { DeclaredTables } from '../../src/schema/declared-tables.ts';
import { type Row, rowOf, type Table, type Value } from '../../src/schema/table.ts';

// Tables of nobody's application: other names for every role, keys of several columns, child tables beside and below each other.

const customers = {
  name: 'customers',
  columns: { code: { type: 'text', max: 40, notNull: true }, phone: { type: 'text' } },
  primaryKey: ['code'],
  naturalKey: ['code'],
  hasPlaceholders: true,
} as const satisfies Table;

const orders = {
  name: 'orders',
  columns: {
    number: { type: 'text', max: 36, notNull: true },
    buyer: { type: 'text', max: 40, notNull: true },
    total: { type: 'real' },
    changed_at: { type: 'timestamp' },
    more: { type: 'json' },
  },
  primaryKey: ['number'],
  naturalKey: ['number'],
  owner: 'buyer',
  rest: 'more',
  touched: 'changed_at',
} as const satisfies Table;

const toOrder = { type: 'text', max: 36, notNull: true, references: { table: 'orders', onDelete: 'cascade' } } as const;
const place = { type: 'integer', notNull: true } as const;

const orderItems = {
  name: 'order_items',
  columns: { order_number: toOrder, place, sku: { type: 'text' }, quantity: { type: 'integer', min: 1 } },
  primaryKey: ['order_number', 'place'],
  naturalKey: ['order_number', 'place'],
  belongsTo: { table: 'orders', by: ['order_number'] },
} as const satisfies Table;

const itemDiscounts = {
  name: 'item_discounts',
  columns: { order_number: toOrder, item_place: place, place, code: { type: 'text' }, percent: { type: 'real' } },
  primaryKey: ['order_number', 'item_place', 'place'],
  naturalKey: ['order_number', 'item_place', 'place'],
  belongsTo: { table: 'orders', by: ['order_number'] },
} as const satisfies Table;

const orderNotes = {
  name: 'order_notes',
  columns: {
    line: { type: 'identity' },
    order_number: toOrder,
    label: { type: 'text', notNull: true },
    text: { type: 'text' },
  },
  primaryKey: ['line'],
  naturalKey: ['order_number', 'label'],
  belongsTo: { table: 'orders', by: ['order_number'] },
} as const satisfies Table;

const receipts = {
  name: 'receipts',
  columns: { till: place, number: place, sum: { type: 'real' } },
  primaryKey: ['till', 'number'],
  naturalKey: ['till', 'number'],
} as const satisfies Table;

const receiptLines = {
  name: 'receipt_lines',
  columns: { till: place, receipt: place, place, sku: { type: 'text' } },
  primaryKey: ['till', 'receipt', 'place'],
  naturalKey: ['till', 'receipt', 'place'],
  belongsTo: { table: 'receipts', by: ['till', 'receipt'] },
} as const satisfies Table;

function member(value: JsonValue | undefined): Value | undefined {
  return typeof value === 'object' ? undefined : value;
}

function listOf(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** Every record is an object, with what its columns take. */
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

const mapOrder = mapper((order) => {
  const { number = null, buyer = null, total, changed_at: changedAt, colour = null, items, notes } = order;
  const more = colour === null ? null : JSON.stringify({ colour });
  const key = { order_number: member(number) };
  const lines = listOf(items);
  const notesByLabel = isJsonObject(notes ?? null) ? Object.entries(notes as JsonObject) : [];
  return {
    root: orders,
    row: rowOf(orders, {
      number: member(number),
      buyer: member(buyer),
      total: member(total),
      changed_at: member(changedAt),
      more,
    }),
    owner: String(buyer),
    namesOwner: true,
    children: [
      {
        table: orderItems,
        rows: lines.map(({ sku, quantity }, index) =>
          rowOf(orderItems, { ...key, place: index, sku: member(sku), quantity: member(quantity) }),
        ),
      },
      {
        table: itemDiscounts,
        rows: lines.flatMap(({ discounts }, item): Row[] =>
          listOf(discounts).map(({ code, percent }, index) =>
            rowOf(itemDiscounts, {
              ...key,
              item_place: item,
              place: index,
              code: member(code),
              percent: member(percent),
            }),
          ),
        ),
      },
      {
        table: orderNotes,
        rows: notesByLabel
          .toSorted(([one], [other]) => (one < other ? -1 : 1))
          .map(([label, text]) => rowOf(orderNotes, { ...key, label, text: member(text) })),
      },
    ],
  };
});

const mapReceipt = mapper(({ till, number, sum, lines }) => ({
  root: receipts,
  row: rowOf(receipts, { till: member(till), number: member(number), sum: member(sum) }),
  owner: null,
  namesOwner: false,
  children: [
    {
      table: receiptLines,
      rows: (Array.isArray(lines) ? lines : []).map((sku, index) =>
        rowOf(receiptLines, { till: member(till), receipt: member(number), place: index, sku: member(sku) }),
      ),
    },
  ],
}));

function some(row: StoredRow, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(names.filter((name) => row[name] !== null).map((name) => [name, row[name] as JsonValue]));
}

function writeOrder({ values, children }: StoredRecord): JsonObject {
  const discounts = children['item_discounts'] ?? [];
  const items = (children['order_items'] ?? []).map((item) => ({
    ...some(item, 'sku', 'quantity'),
    discounts: discounts
      .filter((discount) => discount['item_place'] === item['place'])
      .map((discount) => some(discount, 'code', 'percent')),
  }));
  const notes = (children['order_notes'] ?? []).map((note) => [String(note['label']), note['text'] as JsonValue]);
  const more: JsonObject = JSON.parse(String(values['more'] ?? '{}'));
  return {
    ...some(values, 'number', 'buyer', 'total', 'changed_at'),
    ...more,
    items,
    notes: Object.fromEntries(notes),
  };
}

const common = { mappingVersion: 1, destinations: new Map<string, string>() };

const orderFiles = {
  ...common,
  name: 'orders',
  description: 'orders with their items, the discounts of those, and notes',
  tables: [orders, orderItems, itemDiscounts, orderNotes],
  isOwned: true,
  expects: (candidate) => inDirectory(candidate, 'orders'),
  containerOf(candidate) {
    return this.expects(candidate) ? fallbackContainer(candidate) : undefined;
  },
  compile: mapOrder,
  layout: { table: orders, container: 'array', path: () => ['orders', 'all'], write: writeOrder },
} as const satisfies Dataset;

const receiptFiles = {
  ...common,
  name: 'receipts',
  description: 'receipts with their lines',
  tables: [receipts, receiptLines],
  isOwned: false,
  expects: (candidate) => inDirectory(candidate, 'receipts'),
  containerOf(candidate) {
    return this.expects(candidate) ? fallbackContainer(candidate) : undefined;
  },
  compile: mapReceipt,
  layout: {
    table: receipts,
    container: 'array',
    path: () => ['receipts', 'all'],
    write: ({ values, children }) => ({
      ...some(values, 'till', 'number', 'sum'),
      lines: (children['receipt_lines'] ?? []).map(({ sku }) => sku as JsonValue),
    }),
  },
} as const satisfies Dataset;

/** A registry that has nothing of the built-in one. */
export function shopRegistry(): Registry {
  const tables = [customers, orders, orderItems, itemDiscounts, orderNotes, receipts, receiptLines];
  return new Registry([orderFiles, receiptFiles], new DeclaredTables(tables, customers), {
    module: import.meta.url,
    make: 'shopRegistry',
  });
}
