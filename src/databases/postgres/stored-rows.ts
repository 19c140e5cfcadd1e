import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { Fingerprint } from '../../hash/fingerprint.ts';
import type { TableGroup } from '../../schema/declared-tables.ts';
import { type Column, column, digitsOf, loadColumns, rowLayout, type Table, type Value } from '../../schema/table.ts';
import type { StoredPair, StoredRow } from '../stored-rows.ts';
import { BINARY_HEAD } from './copy.ts';
import { quote } from './ddl.ts';
import type { Names } from './names.ts';
import { numericOf, SCALE_AT } from './numeric.ts';
import { readField } from './row-codec.ts';
import { selectPairs } from './select.ts';
import { read } from './values.ts';

/** In place of the number of fields: no tuple follows. */
const END = -1;

export interface PairsToCopy {
  readonly group: TableGroup;
  readonly names: Names;
  /** Called where the rows are not read to their end. */
  readonly abandon: () => void;
}

/** Rows of a table, with those of its child tables, as COPY … TO STDOUT (FORMAT binary) sends them: nothing is copied. */
export async function* copiedPairs(
  client: pg.ClientBase,
  { group, names, abandon }: PairsToCopy,
): AsyncGenerator<Iterable<StoredPair>> {
  const tables = [group.root, ...group.children];
  const widths = tables.map((table) => loadColumns(table).length);
  const before = (index: number): number => widths.slice(0, index).reduce((sum, width) => sum + width, 0);
  const tuple = new Tuple(before(tables.length));
  const rootRow = new TupleRow(group.root, tuple, 0);
  const childRows = group.children.map((child, index) => new TupleRow(child, tuple, before(index + 1)));
  const select = selectPairs(group, names, (_table, name, alias) => `${alias}.${quote(name)}`);
  const stream = client.query(copyTo(`COPY (${select}) TO STDOUT (FORMAT binary)`));
  let rest: Buffer = Buffer.alloc(0);
  let isHead = true;
  const pairs = function* (): Generator<StoredPair> {
    while (tuple.next()) yield { root: rootRow, child: childRows.find(({ isThere }) => isThere) };
  };
  let isAtEnd = false;
  try {
    for await (const chunk of stream) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      if (isHead && rest.length < BINARY_HEAD.length) continue;
      tuple.take(rest, isHead ? BINARY_HEAD.length : 0);
      isHead = false;
      yield pairs();
      rest = rest.subarray(tuple.end);
    }
    isAtEnd = true;
  } finally {
    if (!isAtEnd) abandon();
  }
}

/** Where the fields of one tuple stand. https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4 */
class Tuple {
  bytes: Buffer = Buffer.alloc(0);
  /** Where the length of each field stands, and behind the last one the end. */
  readonly at: Int32Array;
  /** Behind the last whole tuple. */
  end = 0;

  constructor(fields: number) {
    this.at = new Int32Array(fields + 1);
  }

  take(bytes: Buffer, from: number): void {
    this.bytes = bytes;
    this.end = from;
  }

  /** False when the bytes hold no further whole tuple. */
  next(): boolean {
    const { bytes, at } = this;
    const fields = at.length - 1;
    let place = this.end + 2;
    if (place > bytes.length || bytes.readInt16BE(this.end) === END) return false;
    for (let field = 0; field < fields; field++) {
      at[field] = place;
      if (place + 4 > bytes.length) return false;
      place += 4 + Math.max(0, bytes.readInt32BE(place));
    }
    if (place > bytes.length) return false;
    at[fields] = place;
    this.end = place;
    return true;
  }
}

/** Some neighbouring fields of a tuple, which are a row. */
class TupleRow implements StoredRow {
  readonly table: Table;
  private readonly tuple: Tuple;
  private readonly first: number;
  private readonly columns: readonly Column[];
  private readonly places: ReadonlyMap<string, number>;
  /** Those whose bytes may be others for the same value. */
  private readonly spelledFields: readonly number[];
  private readonly link: string;
  private encoded = Buffer.alloc(1024);

  constructor(table: Table, tuple: Tuple, first: number) {
    this.table = table;
    this.tuple = tuple;
    this.first = first;
    this.link = table.belongsTo?.by[0] ?? '';
    this.columns = loadColumns(table).map((name) => column(table, name));
    this.places = rowLayout(table).places;
    const isSpelled = ({ type }: Column): boolean => type === 'json' || type === 'decimal' || type === 'real';
    this.spelledFields = [...this.columns.entries()].flatMap(([index, each]) => (isSpelled(each) ? [index] : []));
  }

  /** A root that comes without a child row of this table has one in which everything is NULL. */
  get isThere(): boolean {
    return !this.isNull(this.places.get(this.link) ?? 0);
  }

  value(name: string): Value {
    const place = this.places.get(name);
    return place === undefined ? null : this.field(place);
  }

  /**
   * As it was sent, but that jsonb prints its members in an order of its own, that a numeric comes with the scale of the stored
   * column, where the application declared that, and that -0 is 0.
   */
  addTo(print: Fingerprint): void {
    const { tuple, first, columns } = this;
    const from = tuple.at[first] as number;
    const to = tuple.at[first + columns.length] as number;
    this.reserve(2 + to - from);
    this.encoded.writeInt16BE(columns.length);
    let length = 2;
    let taken = from;
    for (const index of this.spelledFields) {
      if (this.isNull(index)) continue;
      const at = tuple.at[first + index] as number;
      const declared = columns[index] as Column;
      if (declared.type === 'decimal') {
        const scaleAt = at + 4 + SCALE_AT;
        length += tuple.bytes.copy(this.encoded, length, taken, scaleAt);
        length = this.encoded.writeInt16BE(this.scaleOf(index, digitsOf(declared).scale), length);
        taken = scaleAt + 2;
        continue;
      }
      if (declared.type === 'real') {
        if (!Object.is(this.field(index), -0)) continue;
        length += tuple.bytes.copy(this.encoded, length, taken, at + 4);
        length = this.encoded.writeDoubleBE(0, length);
        taken = at + 12;
        continue;
      }
      const text = String(this.field(index));
      const bytes = Buffer.byteLength(text);
      this.reserve(length + to - taken + 5 + bytes);
      // Length and version stand before the text.
      length += tuple.bytes.copy(this.encoded, length, taken, at + 5);
      this.encoded.writeInt32BE(1 + bytes, length - 5);
      length += this.encoded.write(text, length);
      taken = tuple.at[first + index + 1] as number;
    }
    length += tuple.bytes.copy(this.encoded, length, taken, to);
    print.addBytes(this.encoded, 0, length);
  }

  /** At least the declared one: a column without a limit holds more digits. */
  private scaleOf(place: number, declared: number): number {
    const stored = this.tuple.bytes.readInt16BE((this.tuple.at[this.first + place] as number) + 4 + SCALE_AT);
    if (stored <= declared) return declared;
    return Math.max(declared, numericOf(String(this.field(place))).scale);
  }

  private isNull(place: number): boolean {
    const { bytes, at } = this.tuple;
    return bytes.readInt32BE(at[this.first + place] as number) === -1;
  }

  private field(place: number): Value {
    const declared = this.columns[place] as Column;
    const value = readField(declared.type, this.tuple.bytes, this.tuple.at[this.first + place] as number);
    return declared.type === 'json' && value !== null ? read(declared, String(value)) : value;
  }

  private reserve(length: number): void {
    if (length <= this.encoded.length) return;
    const grown = Buffer.alloc(2 * length);
    this.encoded.copy(grown);
    this.encoded = grown;
  }
}
