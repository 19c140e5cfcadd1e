import { type Column, column, type Digits, loadColumns, type Row, type Table, type Value } from '../../schema/table.ts';
import { ByteWriter } from '../byte-writer.ts';
import type { RowCodec, RowDecoder, RowEncoder } from '../row-codec.ts';
import { type Bound, ODD, read } from './values.ts';

/** What stands before each field. */
export const NULL = 0;
export const NUMBER = 1;
export const BIGINT = 2;
const ASCII = 3;
const UTF8 = 4;
export const BLOB = 5;

/** Fields as better-sqlite3 binds them: a tag, then a double, a 64-bit integer, or a length and a text. Little-endian. */
class SqliteRowEncoder extends ByteWriter implements RowEncoder {
  begin(): void {}

  null(): void {
    this.tag(NULL, 0);
  }

  /** What is stored may be of another type than its column declares. */
  real(value: number | string): void {
    if (typeof value === 'string') {
      this.text(value);
      return;
    }
    this.tag(NUMBER, 8);
    // SQLite stores -0 as 0: https://www.sqlite.org/datatype3.html
    this.view.setFloat64(this.at, value + 0, true);
    this.at += 8;
  }

  integer(value: number | bigint | string): void {
    if (typeof value !== 'bigint') this.real(value);
    else {
      this.tag(BIGINT, 8);
      this.view.setBigInt64(this.at, value, true);
      this.at += 8;
    }
  }

  boolean(value: boolean | string): void {
    this.real(typeof value === 'string' ? value : Number(value));
  }

  text(value: string): void {
    this.tag(ASCII, 4);
    const lengthAt = this.at;
    this.at += 4;
    const isAscii = this.writeText(value);
    this.view.setUint32(lengthAt, this.at - lengthAt - 4, true);
    if (!isAscii) this.bytes[lengthAt - 1] = UTF8;
  }

  uuid(value: string): void {
    this.text(value);
  }

  json(value: string): void {
    this.text(value);
  }

  timestamp(value: string): void {
    this.text(value);
  }

  date(value: string): void {
    this.text(value);
  }

  time(value: string): void {
    this.text(value);
  }

  decimal(value: string, { fitsDouble }: Digits): void {
    const number = fitsDouble ? Number(value) : Number.NaN;
    if (Number.isNaN(number)) this.text(value);
    else this.real(number);
  }

  base64(value: string): void {
    if (value.startsWith(ODD)) {
      this.text(value);
      return;
    }
    const bytes = Buffer.from(value, 'base64');
    this.tag(BLOB, 4 + bytes.length);
    this.view.setUint32(this.at, bytes.length, true);
    this.at += 4 + bytes.copy(this.bytes, this.at + 4);
  }

  private tag(tag: number, more: number): void {
    this.reserve(1 + more);
    this.bytes[this.at++] = tag;
  }
}

/** Reads fields as they are bound, into an array that is used again for the next row. */
export class BoundRows {
  readonly values: Bound[];
  /** The fields of the last row that are NULL, as a bit set: for tables of up to 31 columns. */
  nulls = 0;
  private readonly bytes: Buffer;
  private readonly view: DataView;
  /** One string for all of them: a slice of it costs less than a call for each text. */
  private readonly latin1: string;
  private at = 0;

  constructor(fields: number, bytes: Uint8Array) {
    this.values = new Array<Bound>(fields).fill(null);
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.latin1 = this.bytes.toString('latin1');
  }

  get atEnd(): boolean {
    return this.at === this.bytes.length;
  }

  next(): void {
    const { values, bytes, view } = this;
    let { at } = this;
    let nulls = 0;
    for (let i = 0; i < values.length; i++) {
      switch (bytes[at++]) {
        case NULL:
          values[i] = null;
          nulls |= 1 << i;
          break;
        case NUMBER:
          values[i] = view.getFloat64(at, true);
          at += 8;
          break;
        case BIGINT:
          values[i] = view.getBigInt64(at, true);
          at += 8;
          break;
        case ASCII: {
          const end = at + 4 + view.getUint32(at, true);
          values[i] = this.latin1.slice(at + 4, end);
          at = end;
          break;
        }
        case BLOB: {
          const end = at + 4 + view.getUint32(at, true);
          values[i] = bytes.subarray(at + 4, end);
          at = end;
          break;
        }
        default: {
          const end = at + 4 + view.getUint32(at, true);
          values[i] = bytes.toString('utf8', at + 4, end);
          at = end;
        }
      }
    }
    this.at = at;
    this.nulls = nulls;
  }
}

class SqliteRowDecoder implements RowDecoder {
  private readonly columns: readonly Column[];
  private readonly bound: BoundRows;

  constructor(table: Table, bytes: Uint8Array) {
    this.columns = loadColumns(table).map((name) => column(table, name));
    this.bound = new BoundRows(this.columns.length, bytes);
  }

  next(): Row {
    this.bound.next();
    return this.bound.values.map((value, index): Value => {
      const declared = this.columns[index];
      if (value instanceof Uint8Array || declared?.type === 'decimal') return declared ? read(declared, value) : null;
      return declared?.type === 'boolean' && typeof value === 'number' ? value === 1 : value;
    });
  }
}

const NUMBERS = { begin: [NUMBER], form: 'float64-le' } as const;
const TEXTS = { begin: [ASCII], form: 'text-le' } as const;

export const SQLITE_ROWS: RowCodec = {
  encoder: () => new SqliteRowEncoder(),
  decoder: (table, bytes) => new SqliteRowDecoder(table, bytes),
  nullField: [NULL],
  fields: {
    real: NUMBERS,
    integer: NUMBERS,
    boolean: NUMBERS,
    text: TEXTS,
    timestamp: TEXTS,
    date: TEXTS,
    uuid: TEXTS,
  },
};
