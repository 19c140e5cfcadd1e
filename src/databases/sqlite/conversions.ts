import { createHash } from 'node:crypto';
import type BetterSqlite3 from 'better-sqlite3';
import { keyHash } from '../../hash/key-hash.ts';
import { decimalWithin } from '../../json/decimal.ts';
import { readFaithfully } from '../../json/parse.ts';
import { type Column, digitsOf } from '../../schema/table.ts';
import { compileTimeReader, readDate, readEpoch, readTimeOfDay, type TimeResult } from '../../time/time.ts';
import { attackOf, riskOf } from '../prediction-columns.ts';
import { type Bound, bindTo } from './values.ts';

const LARGEST = 2n ** 63n;
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/;

/** Functions that statements of an adoption call. NULL stands for what cannot be converted. */
export function defineConversions(connection: BetterSqlite3.Database, naiveTime: string): void {
  const readers = { naive: compileTimeReader(naiveTime), utc: compileTimeReader('UTC') };
  const define = (name: string, work: (...given: Bound[]) => Bound): void => {
    connection.function(name, { deterministic: true, safeIntegers: true, varargs: true }, (...given: Bound[]) =>
      given.at(-1) === null ? null : work(...given),
    );
  };
  define('adopted_time', (zone, value) => readTime(value, zone === 'utc' ? readers.utc : readers.naive));
  define('adopted', (type, value) => convert(String(type), value ?? null));
  define('adopted_decimal', (precision, scale, value) => {
    const decimal = decimalWithin(String(value).trim(), Number(precision), Number(scale));
    return decimal === undefined ? null : bindTo({ type: 'decimal', precision: Number(precision) }, decimal);
  });
  define('hashed_key', (key) => keyHash(String(key)));
  define('sha256_of', (text) => createHash('sha256').update(String(text)).digest('hex'));
  define('risk_of', (prediction) => riskOf(String(prediction)));
  define('attack_of', (prediction) => {
    const found = attackOf(String(prediction));
    return found === null ? null : BigInt(found);
  });
}

/** An expression for the value of a stored column in the declared form. `name` is quoted. */
export function converted(declared: Column, name: string, zone: 'utc' | 'naive'): string {
  if (declared.type === 'decimal') {
    const { precision, scale } = digitsOf(declared);
    return `adopted_decimal(${precision}, ${scale}, ${name})`;
  }
  return declared.type === 'timestamp' ? `adopted_time('${zone}', ${name})` : `adopted('${declared.type}', ${name})`;
}

function readTime(value: Bound | undefined, read: (text: string) => TimeResult): Bound {
  const result = typeof value === 'string' ? read(value) : readEpoch(String(value));
  return 'ok' in result ? result.ok : null;
}

function convert(type: string, value: Bound): Bound {
  if (value === null || value instanceof Uint8Array) return null;
  switch (type) {
    case 'text':
    case 'json':
      return type === 'json' && readFaithfully(String(value)) === undefined ? null : String(value);
    case 'integer':
    case 'identity':
      return asInteger(value);
    case 'real':
      return typeof value === 'string' && !NUMBER.test(value) ? null : Number(value);
    case 'boolean':
      return asBoolean(String(value).toLowerCase());
    case 'date':
      return asDate(String(value));
    case 'time':
      return asTimeOfDay(String(value));
    case 'uuid':
      return asUuid(String(value));
    default:
      return null;
  }
}

function asInteger(value: string | number | bigint): bigint | null {
  if (!/^-?\d+(?:\.0*)?$/.test(String(value))) return null;
  const integer = BigInt(String(value).replace(/\..*$/, ''));
  return integer >= -LARGEST && integer < LARGEST ? integer : null;
}

function asBoolean(value: string): bigint | null {
  if (['1', 'true', 't'].includes(value)) return 1n;
  return ['0', 'false', 'f'].includes(value) ? 0n : null;
}

/** A date, or the midnight with which some applications write one. */
function asDate(value: string): string | null {
  const result = readDate(value.replace(/[T ]00:00:00(?:\.0+)?$/, ''));
  return 'ok' in result ? result.ok : null;
}

function asTimeOfDay(value: string): string | null {
  const result = readTimeOfDay(value);
  return 'ok' in result ? result.ok : null;
}

/** SQLAlchemy writes 32 digits without dashes. */
function asUuid(value: string): string | null {
  const digits = value.toLowerCase().replaceAll(/[{}-]/g, '');
  return /^[0-9a-f]{32}$/.test(digits) ? digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') : null;
}
