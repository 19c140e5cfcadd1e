import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { BoundRows, SQLITE_ROWS } from '../../src/databases/sqlite/row-codec.ts';
import { PAGES_TABLE, RowPages } from '../../src/databases/sqlite/row-pages.ts';
import { plant } from '../setup/trees.ts';

type Field = null | number | bigint | string | Buffer;

const NUMBERS = [0, 1, -1, 0.1, -12.5, 5e-324, 1.7976931348623157e308, 2 ** 53];
const INTEGERS = [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n];
/** Around the lengths at which a type needs another byte, and where copying begins. */
const LENGTHS = [0, 1, 31, 32, 33, 57, 58, 8185, 8186, 8187];

/** By a fixed rule, so that a failure can be looked at again. */
function fieldOf(row: number, column: number): Field {
  const n = row * 7 + column * 13;
  const length = LENGTHS[n % (row % 50 === 0 ? LENGTHS.length : 7)] as number;
  const fields: Field[] = [
    null,
    NUMBERS[n % NUMBERS.length] as number,
    INTEGERS[n % INTEGERS.length] as bigint,
    'x'.repeat(length),
    'ż😀'.repeat(Math.ceil(length / 6)),
    Buffer.alloc(length, n),
  ];
  return fields[(n + column) % fields.length] as Field;
}

function encoded(rows: readonly (readonly Field[])[]): Buffer {
  const encoder = SQLITE_ROWS.encoder();
  for (const fields of rows) {
    encoder.begin(fields.length);
    for (const field of fields) {
      if (field === null) encoder.null();
      else if (typeof field === 'number') encoder.real(field);
      else if (typeof field === 'bigint') encoder.integer(field);
      else if (typeof field === 'string') encoder.text(field);
      else encoder.base64(field.toString('base64'));
    }
  }
  return Buffer.from(encoder.take());
}

/** What SQLite reads in the file, in its order. */
function readBack(file: Uint8Array): readonly unknown[] {
  const path = join(plant(), 'rows.db');
  writeFileSync(path, file);
  const database = new BetterSqlite3(path, { readonly: true });
  try {
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    return database.prepare(`SELECT * FROM ${PAGES_TABLE} ORDER BY rowid`).raw(true).safeIntegers(true).all();
  } finally {
    database.close();
  }
}

/** What is bound one by one. */
function bound(columns: number, bytes: Buffer, count: number): readonly unknown[] {
  const rows = new BoundRows(columns, bytes);
  return Array.from({ length: count }, () => {
    rows.next();
    return [...rows.values];
  });
}

test.each([
  [0, 3],
  [1, 1],
  [1, 200],
  [700, 5],
  [20_000, 3],
  [3000, 24],
])('%i rows of %i columns are what is bound one by one', (count, columns) => {
  const rows = Array.from({ length: count }, (_, row) =>
    Array.from({ length: columns }, (_value, column) => fieldOf(row + 1, column)),
  );
  const pages = new RowPages();
  // A file before it leaves nothing behind.
  pages.begin(2);
  expect(pages.add(1, encoded([['before', 1]]))).toBe(true);
  pages.take();
  pages.begin(columns);
  // In two parts, as the segments of a batch come.
  const half = count >> 1;
  for (const part of [rows.slice(0, half), rows.slice(half)]) expect(pages.add(part.length, encoded(part))).toBe(true);
  expect(readBack(pages.take())).toEqual(bound(columns, encoded(rows), count));
});

test.each([65_000, 65_480, 65_490, 65_494, 65_495, 65_500, 65_600, 200_000])(
  'a row with a text of %i bytes is whole in one page, or refused',
  (length) => {
    const rows: Field[][] = [
      ['a', 1],
      ['x'.repeat(length), 2],
      ['b', 3],
    ];
    const pages = new RowPages();
    pages.begin(2);
    const isTaken = pages.add(3, encoded(rows));
    expect(isTaken).toBe(length <= 65_480);
    if (isTaken) expect(readBack(pages.take())).toEqual(rows);
  },
);
