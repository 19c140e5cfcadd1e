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
import { numericOf, numericText } from './numeric.ts';

/** What a jsonb begins with: the version of its form. */
const JSONB_VERSION = 1;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const DAY_MICROS = 86_400_000_000;
/** 2000-01-01 counted in days from 0000-03-01. */
const EPOCH_DAY = 730_425;

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

  integer(value: number | bigint): void {
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
    this.header(8, 8);
    const days = daysOf(value);
    const micros = microsOf(value, 11);
    const sum = days * DAY_MICROS + micros;
    if (Number.isSafeInteger(sum)) this.setInt64(sum);
    else this.view.setBigInt64(this.at, BigInt(days) * BigInt(DAY_MICROS) + BigInt(micros));
    this.at += 8;
  }

  date(value: string): void {
    this.header(4, 4);
    this.view.setInt32(this.at, daysOf(value));
    this.at += 4;
  }

  time(value: string): void {
    this.header(8, 8);
    this.setInt64(microsOf(value, 0));
    this.at += 8;
  }

  decimal(value: string, { scale }: Digits): void {
    const { digits: groups, weight, negative, scale: own } = numericOf(value);
    this.header(8 + 2 * groups.length, 8 + 2 * groups.length);
    for (const part of [groups.length, weight, negative ? 0x4000 : 0, Math.max(scale, own), ...groups]) {
      this.view.setInt16(this.at, part);
      this.at += 2;
    }
  }

  base64(value: string): void {
    const bytes = Buffer.from(value, 'base64');
    this.header(bytes.length, bytes.length);
    this.at += bytes.copy(this.bytes, this.at);
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

function digits(text: string, from: number, length: number): number {
  let value = 0;
  for (let i = from; i < from + length; i++) value = value * 10 + text.charCodeAt(i) - 48;
  return value;
}

/** Since midnight, of a clock `HH:MM:SS.ffffff`. */
function microsOf(text: string, from: number): number {
  const clock = (digits(text, from, 2) * 60 + digits(text, from + 3, 2)) * 60 + digits(text, from + 6, 2);
  return clock * 1e6 + digits(text, from + 9, 6);
}

/** Days from 2000-01-01. https://howardhinnant.github.io/date_algorithms.html#days_from_civil */
function daysOf(text: string): number {
  const month = digits(text, 5, 2);
  const year = digits(text, 0, 4) - (month > 2 ? 0 : 1);
  const fromMarch = month > 2 ? month - 3 : month + 9;
  const dayOfYear = Math.floor((153 * fromMarch + 2) / 5) + digits(text, 8, 2) - 1;
  const leaps = Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400);
  return year * 365 + leaps + dayOfYear - EPOCH_DAY;
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

/** The field whose length stands at a place. JSON is as it was sent. */
export function readField(type: ColumnType, bytes: Buffer, at: number): Value {
  const from = at + 4;
  const length = bytes.readInt32BE(at);
  if (length === -1) return null;
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

/** Microseconds since 2000-01-01; 9999 years of them are no safe integer. */
function timeOf(micros: bigint): string {
  const sum = Number(micros);
  const isSafe = Number.isSafeInteger(sum);
  const day = isSafe ? Math.floor(sum / DAY_MICROS) : Number(floorDivided(micros, BigInt(DAY_MICROS)));
  const rest = isSafe ? sum - day * DAY_MICROS : Number(micros - BigInt(day) * BigInt(DAY_MICROS));
  return `${dayOf(day)} ${clockOf(rest)}`;
}

/** Microseconds since midnight as `HH:MM:SS.ffffff`. */
function clockOf(micros: number): string {
  const seconds = Math.floor(micros / 1e6);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(twoDigits).join(':');
  return `${clock}.${String(micros % 1e6).padStart(6, '0')}`;
}

function floorDivided(value: bigint, by: bigint): bigint {
  return value < 0n && value % by !== 0n ? value / by - 1n : value / by;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

let lastDay = 0;
let lastDayText = '2000-01-01';

/** Days since 2000-01-01. Rows often have the same day. https://howardhinnant.github.io/date_algorithms.html#civil_from_days */
function dayOf(day: number): string {
  if (day === lastDay) return lastDayText;
  const shifted = day + EPOCH_DAY;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month > 2 ? 0 : 1);
  const date = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  lastDay = day;
  lastDayText = `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(date)}`;
  return lastDayText;
}

export const POSTGRES_ROWS: RowCodec = {
  encoder: () => new PostgresRowEncoder(),
  decoder: (table, bytes) => new PostgresRowDecoder(table, bytes),
};
