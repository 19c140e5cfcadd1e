import {
  type Column,
  type ColumnType,
  column,
  type Digits,
  loadColumns,
  type Row,
  type Table,
  type Value,
} from '../../schema/table.ts';
import { ByteWriter } from '../byte-writer.ts';
import type { RowCodec, RowDecoder, RowEncoder } from '../row-codec.ts';
import { clockMicrosOf, clockOf, dayOf, daysOf, microsOf, timeOf } from './calendar.ts';
import { numericOf, numericText } from './numeric.ts';

/** What a jsonb begins with: the version of its form. */
const JSONB_VERSION = 1;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Tuples of binary COPY. https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4 */
class PostgresRowEncoder extends ByteWriter implements RowEncoder {
  begin(fields: number): void {
    this.reserve(2);
    this.view.setInt16(this.at, fields);
    this.at += 2;
  }

  null(): void {
    this.header(-1, 0);
  }

  real(value: number): void {
    this.header(8, 8);
    // -0 is 0.
    this.view.setFloat64(this.at, value + 0);
    this.at += 8;
  }

  integer(value: number | bigint | string): void {
    if (typeof value === 'string') {
      this.odd(value);
      return;
    }
    this.header(8, 8);
    if (typeof value === 'bigint') this.view.setBigInt64(this.at, value);
    else this.setInt64(value);
    this.at += 8;
  }

  boolean(value: boolean): void {
    this.header(1, 1);
    this.bytes[this.at++] = value ? 1 : 0;
  }

  text(value: string): void {
    this.header(0, 0);
    const start = this.at;
    this.writeText(value);
    this.view.setInt32(start - 4, this.at - start);
  }

  /** What is no UUID goes as it is, so that the server refuses it. */
  uuid(value: string): void {
    if (!UUID.test(value)) {
      this.text(value);
      return;
    }
    this.header(16, 16);
    this.at += this.bytes.write(value.replaceAll('-', ''), this.at, 'hex');
  }

  json(value: string): void {
    this.header(0, 1);
    const start = this.at;
    this.bytes[this.at++] = JSONB_VERSION;
    this.writeText(value);
    this.view.setInt32(start - 4, this.at - start);
  }

  timestamp(value: string): void {
    this.integer(microsOf(value) ?? value);
  }

  date(value: string): void {
    this.header(4, 4);
    this.view.setInt32(this.at, daysOf(value));
    this.at += 4;
  }

  time(value: string): void {
    this.integer(clockMicrosOf(value, 0));
  }

  decimal(value: string, { scale }: Digits): void {
    const { digits: groups, weight, sign, scale: own } = numericOf(value);
    this.header(8 + 2 * groups.length, 8 + 2 * groups.length);
    for (const part of [groups.length, weight, sign, Math.max(scale, own), ...groups]) {
      this.view.setInt16(this.at, part);
      this.at += 2;
    }
  }

  base64(value: string): void {
    const bytes = Buffer.from(value, 'base64');
    this.header(bytes.length, bytes.length);
    this.at += bytes.copy(this.bytes, this.at);
  }

  /** What an application's column of another type holds and is no value of the declared one: no number of 8 bytes. */
  private odd(value: string): void {
    this.text(value.padEnd(9, '\0'));
  }

  /** The length of the field, or -1 for NULL. */
  private header(length: number, more: number): void {
    this.reserve(4 + more);
    this.view.setInt32(this.at, length);
    this.at += 4;
  }

  private setInt64(value: number): void {
    const high = Math.floor(value / 4_294_967_296);
    this.view.setInt32(this.at, high);
    this.view.setUint32(this.at + 4, value - high * 4_294_967_296);
  }
}

class PostgresRowDecoder implements RowDecoder {
  private readonly columns: readonly Column[];
  private readonly bytes: Buffer;
  private at = 0;

  constructor(table: Table, bytes: Uint8Array) {
    this.columns = loadColumns(table).map((name) => column(table, name));
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  next(): Row {
    this.at += 2;
    return this.columns.map(({ type }) => {
      const value = readField(type, this.bytes, this.at);
      this.at += 4 + Math.max(0, this.bytes.readInt32BE(this.at));
      return value;
    });
  }
}

const OF_8_BYTES: ReadonlySet<ColumnType> = new Set<ColumnType>(['integer', 'identity', 'timestamp']);

/** The field whose length stands at a place. JSON is as it was sent. */
export function readField(type: ColumnType, bytes: Buffer, at: number): Value {
  const from = at + 4;
  const length = bytes.readInt32BE(at);
  if (length === -1) return null;
  if (length > 8 && OF_8_BYTES.has(type)) return bytes.toString('utf8', from, from + length).replace(/\0+$/, '');
  switch (type) {
    case 'real':
      return bytes.readDoubleBE(from);
    case 'integer':
    case 'identity':
      return integerAt(bytes, from);
    case 'boolean':
      return bytes[from] === 1;
    case 'timestamp':
      return timeOf(bytes.readBigInt64BE(from));
    case 'date':
      return dayOf(bytes.readInt32BE(from));
    case 'time':
      return clockOf(Number(bytes.readBigInt64BE(from)));
    case 'decimal':
      return numericText(bytes, from);
    case 'uuid':
      if (length !== 16) return bytes.toString('utf8', from, from + length);
      return bytes.toString('hex', from, from + length).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    case 'json':
      return bytes.toString('utf8', from + 1, from + length);
    case 'bytes':
      return bytes.toString('base64', from, from + length);
    default:
      return bytes.toString('utf8', from, from + length);
  }
}

/** A double where it holds the number: without a detour where it is small. */
function integerAt(bytes: Buffer, from: number): number | bigint {
  const high = bytes.readInt32BE(from);
  if (high >= -MOST_HIGH && high < MOST_HIGH) return high * 2 ** 32 + bytes.readUInt32BE(from + 4);
  return narrow(bytes.readBigInt64BE(from));
}

/** Of a number below 2^52. */
const MOST_HIGH = 2 ** 20;

function narrow(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

export const POSTGRES_ROWS: RowCodec = {
  encoder: () => new PostgresRowEncoder(),
  decoder: (table, bytes) => new PostgresRowDecoder(table, bytes),
  nullField: [0xff, 0xff, 0xff, 0xff],
  // Each begins with its length.
  fields: {
    real: { begin: [0, 0, 0, 8], form: 'float64-be' },
    integer: { begin: [0, 0, 0, 8], form: 'int64-be' },
    boolean: { begin: [0, 0, 0, 1], form: 'byte' },
    timestamp: { begin: [0, 0, 0, 8], form: 'int64-be' },
    date: { begin: [0, 0, 0, 4], form: 'int32-be' },
    uuid: { begin: [0, 0, 0, 16], form: 'uuid' },
    text: { begin: [], form: 'text-be' },
  },
};
