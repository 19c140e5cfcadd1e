import type { Dataset, RecordMapper, StoredRecord, StoredRow } from '../../src/datasets/dataset.ts';
import { Registry } from '../../src/datasets/registry.ts';
import { fallbackContainer, inDirectory } from '../../src/datasets/shapes.ts';
import { decimalWithin } from '../../src/json/decimal.ts';
import { ExactNumber, isJsonObject, type JsonObject, type JsonValue } from '../../src/json/value.ts';
import { DeclaredTables } from '../../src/schema/declared-tables.ts';
import { type Row, rowOf, type Table, type Value } from '../../src/schema/table.ts';
import { readTimeOfDay } from '../../src/time/time.ts';

// Tables of nobody's application: other names for every role, keys of several columns, child tables beside and below each other.

const customers = {
  name: 'customers',
  columns: { code: { type: 'text', max: 40, notNull: true }, phone: { type: 'text' } },
  primaryKey: ['code'],
  naturalKey: ['code'],
  hasPlaceholders: true,
  holdsOwners: true,
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
  columns: {
    order_number: toOrder,
    place,
    sku: { type: 'text' },
    quantity: { type: 'integer', min: 1 },
    price: { type: 'decimal', precision: 38, scale: 10 },
  },
  primaryKey: ['order_number', 'place'],
  naturalKey: ['order_number', 'place'],
  belongsTo: { table: 'orders', by: ['order_number'] },
} as const satisfies Table;

const itemDiscounts = {
  name: 'item_discounts',
  columns: { order_number: toOrder, item_place: place, place, code: { type: 'text' }, percent: { type: 'real' } },
  primaryKey: ['order_number', 'item_place', 'place'],
  naturalKey: ['order_number', 'item_place', 'place'],
  foreignKeys: [
    {
      columns: ['order_number', 'item_place'],
      table: 'order_items',
      to: ['order_number', 'place'],
      onDelete: 'cascade',
    },
  ],
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
  columns: {
    till: place,
    number: place,
    sum: { type: 'decimal', precision: 15, scale: 2 },
    printed_at: { type: 'time' },
  },
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

/** Numbers that a JSON number or text writes, as the column has them. */
function decimal({ precision, scale }: { readonly precision: number; readonly scale: number }, value?: JsonValue) {
  const text = value instanceof ExactNumber ? value.text : String(value);
  return value === undefined || value === null ? null : decimalWithin(text, precision, scale);
}

/** Every record is an object, with what its columns take. */
function mapper(map: RecordMapper<JsonObject>['map']): () => RecordMapper<JsonObject> {
  return () => ({
    validate: ({ value }, _source, account) => {
      if (!isJsonObject(value)) {
        account.reject('wrong-type', '', 'the record is no object');
        return undefined;
      }
      const { printed_at: time, sum } = value;
      const misfit = typeof time === 'string' ? readTimeOfDay(time) : { ok: null };
      if (!('ok' in misfit)) account.reject(misfit.code, '/printed_at', misfit.message);
      const isSum = decimal(receipts.columns.sum, sum) !== undefined;
      if (!isSum) account.reject('number-out-of-range', '/sum', 'sum has more digits than its column');
      const price = listOf(value['items']).findIndex(
        (item) => decimal(orderItems.columns.price, item['price']) === undefined,
      );
      if (price !== -1)
        account.reject('number-out-of-range', `/items/${price}/price`, 'price has more digits than its column');
      return 'ok' in misfit && isSum && price === -1 ? value : undefined;
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
        rows: lines.map(({ sku, quantity, price }, index) =>
          rowOf(orderItems, {
            ...key,
            place: index,
            sku: member(sku),
            quantity: member(quantity),
            price: decimal(orderItems.columns.price, price),
          }),
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

const timeOf = (value: JsonValue | undefined): Value => {
  const read = typeof value === 'string' ? readTimeOfDay(value) : undefined;
  return read && 'ok' in read ? read.ok : null;
};

const mapReceipt = mapper(({ till, number, sum, printed_at: printedAt, lines }) => ({
  root: receipts,
  row: rowOf(receipts, {
    till: member(till),
    number: member(number),
    sum: decimal(receipts.columns.sum, sum),
    printed_at: timeOf(printedAt),
  }),
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
    ...some(item, 'sku', 'quantity', 'price'),
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
      ...some(values, 'till', 'number', 'printed_at'),
      ...(values['sum'] !== null && { sum: new ExactNumber(String(values['sum'])) }),
      lines: (children['receipt_lines'] ?? []).map(({ sku }) => sku as JsonValue),
    }),
  },
} as const satisfies Dataset;

/** A registry that has nothing of the built-in one. */
export function shopRegistry(): Registry {
  const tables = [customers, orders, orderItems, itemDiscounts, orderNotes, receipts, receiptLines];
  return new Registry([orderFiles, receiptFiles], new DeclaredTables(tables), {
    module: import.meta.url,
    make: 'shopRegistry',
  });
}
