import { isoTime } from '../datasets/write-members.ts';
import { canonicalJson } from '../json/canonical.ts';
import { normalDecimal } from '../json/decimal.ts';
import { readFaithfully } from '../json/parse.ts';
import { ExactNumber, type JsonValue } from '../json/value.ts';
import type { Value } from '../schema/table.ts';
import { isTyped } from '../schema/typed-value.ts';
import type { ColumnPlan } from './plan.ts';

/** The way back of a column: a stored value, which is not NULL, as the source would spell it. */
export function compileColumnWriter({ declaration, column, type, made }: ColumnPlan): (value: Value) => JsonValue {
  const { values, epoch, split, written: form } = declaration;
  const back = values && form !== 'stored' ? inverse(values) : undefined;
  return (value) => {
    if (!isTyped(column, value)) return String(value);
    const typed = form === 'number' ? writeNumber(value) : writeTyped(value, column.type, type.reads);
    const written = made?.back ? made.back(typed) : typed;
    const original = back?.get(typeof written === 'string' ? written : String(written));
    if (original !== undefined) return original;
    if (epoch !== undefined && typeof value === 'string') {
      const count = epochOf(value, epoch);
      return form === 'text' ? textOf(count) : count;
    }
    if (form === 'text') return textOf(written);
    return split !== undefined && Array.isArray(written) ? written.join(split) : written;
  };
}

/** The way back of a column into a name, of a file or in a map: a text that the column reads as this value. */
export function compileNameWriter(plan: ColumnPlan): (value: Value) => string {
  const { words, number } = plan.declaration;
  const write = compileColumnWriter(plan);
  return (value) => {
    const written = write(value);
    if (words && typeof written === 'boolean') return (written ? words.true : words.false)[0] ?? '';
    const text = typeof written === 'string' ? written : canonicalJson(written);
    if (number) return normalDecimal(text).replace('.', number.decimal ?? '.');
    return FULL_TIME.test(text) ? text.replace(/\.?0+Z$/, 'Z') : text;
  };
}

const FULL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/** 1 and 0, or a text of digits as the number that it was. */
function writeNumber(value: Value): JsonValue {
  if (typeof value !== 'string') return Number(value);
  return /^(?:0|-?[1-9]\d*)$/.test(value) ? exactly(value) : value;
}

function writeTyped(value: Value, type: ColumnPlan['column']['type'], reads: ColumnPlan['type']['reads']): JsonValue {
  if (value === null) return null;
  if (reads === 'literal') return String(value);
  switch (type) {
    case 'timestamp':
      return isoTime(String(value));
    case 'json':
      return readFaithfully(String(value)) ?? null;
    case 'boolean':
      return value === true || value === 1;
    case 'decimal':
      return exactly(String(value));
    case 'integer':
    case 'identity':
      return typeof value === 'bigint' ? exactly(String(value)) : value;
    default:
      return typeof value === 'bigint' ? String(value) : value;
  }
}

/** A literal as the value that it was. */
export function writeLiteral(text: string, kind: Value): JsonValue {
  if (kind === 'string') return text;
  return readFaithfully(text) ?? text;
}

function exactly(digits: string): JsonValue {
  return readFaithfully(digits) ?? new ExactNumber(digits);
}

/** Of several values that are stored as one the first is written. A text that reads as JSON may have been that. */
function inverse(values: Readonly<Record<string, unknown>>): ReadonlyMap<string, JsonValue> {
  const back = new Map<string, JsonValue>();
  for (const [source, stored] of Object.entries(values)) {
    const text = String(stored);
    if (stored !== null && !back.has(text)) back.set(text, source);
  }
  return back;
}

const MICROS = { s: 1_000_000n, ms: 1000n, us: 1n } as const;

/** Microseconds since 1970 in the unit, with a fraction where there is one. `any` is the largest unit without one. */
function epochOf(time: string, given: keyof typeof MICROS | 'any'): JsonValue {
  const micros = BigInt(Date.parse(`${time.slice(0, 19).replace(' ', 'T')}Z`)) * 1000n + BigInt(time.slice(20));
  const unit = given === 'any' ? unitOf(micros) : given;
  const [whole, rest] = [micros / MICROS[unit], micros % MICROS[unit]];
  if (rest === 0n) return exactly(String(whole));
  const digits = String(rest)
    .padStart(String(MICROS[unit]).length - 1, '0')
    .replace(/0+$/, '');
  return exactly(`${whole}.${digits}`);
}

function unitOf(micros: bigint): keyof typeof MICROS {
  if (micros % MICROS.s === 0n) return 's';
  return micros % MICROS.ms === 0n ? 'ms' : 'us';
}

function textOf(value: JsonValue): JsonValue {
  return value === null || typeof value === 'string' ? value : canonicalJson(value);
}
