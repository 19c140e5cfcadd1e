import { canonicalJson } from '../json/canonical.ts';
import { wholeNumber } from '../json/decimal.ts';
import { ExactNumber, isOfDoubles, type JsonValue, NonFinite } from '../json/value.ts';
import { type Column, fits } from '../schema/table.ts';
import { readDate, readTimeOfDay } from '../time/time.ts';
import type { MappingContext } from './dataset.ts';
import { inspectJson, TOO_LARGE_FOR_JSON } from './inspect-json.ts';
import { expectation, refuse, wrongType } from './misfits.ts';
import { compileDecimalReader, compileIntegerReader, compileRealReader } from './number-reader.ts';
import { countPlainKeys } from './plain-keys.ts';
import { asNull, type ColumnReader, Refused, Repaired, withForm } from './read-value.ts';
import { booleanOf, isNoValue } from './repairs.ts';

/** How a spec makes the reader of its column, where the declaration of the column does not say enough. */
export type MakeReader = (declared: Column, context: MappingContext) => ColumnReader;

/** The one reader of a column: types, ranges, lengths and formats as its table declares them. */
export function compileColumnReader(declared: Column, context: MappingContext): ColumnReader {
  return declared.type === 'json'
    ? compileJsonReader(context.keepPlainKeys)
    : orNotFinite(compileScalarReader(declared, context), context);
}

function compileScalarReader(declared: Column, context: MappingContext): ColumnReader {
  switch (declared.type) {
    case 'text':
    case 'uuid':
      return declared.oneOf ? compileOneOfReader(declared, declared.oneOf) : compileTextReader(declared, declared.max);
    case 'integer':
      return compileIntegerReader(declared);
    case 'real':
      return compileRealReader(declared);
    case 'boolean':
      return compileBooleanReader(declared);
    case 'timestamp':
      return compileTimestampReader(declared, context);
    case 'date':
      return compileDateReader(declared);
    case 'time':
      return compileClockReader(declared);
    case 'decimal':
      return compileDecimalReader(declared);
    case 'bytes':
      return readBase64;
    default:
      throw new TypeError(`no member fills a column of type ${declared.type}`);
  }
}

/** Text that is checked against the length of its column later. */
export const anyText: MakeReader = (declared, context) => orNotFinite(compileTextReader(declared), context);

/** An id that some applications write as text and some as an integer. */
export const identifier: MakeReader = (declared, context) => compileIdentifierReader(declared, declared.max, context);

/** The same of at most so many characters, whatever the column holds. */
export function identifierUpTo(max: number): MakeReader {
  return (declared, context) => compileIdentifierReader(declared, max, context);
}

/** A version that some files write as text and others as a number, 1.5 for example. */
export const versionNumber: MakeReader = (declared, context) => {
  const readId = compileIdentifierReader(declared, declared.max, context);
  return (value) => readId(typeof value === 'number' ? String(value) : value);
};

/** NaN and Infinity are no values of any column. */
function orNotFinite(read: ColumnReader, { repair }: MappingContext): ColumnReader {
  const isAllowed = repair.includes('non-finite-as-null');
  const readAny: ColumnReader = (value) => {
    if (!(value instanceof NonFinite)) return read(value);
    if (isAllowed) return new Repaired(null, ['non-finite-as-null']);
    return new Refused('non-finite-number', (member) => `${member} is ${value.text}, which is no number`);
  };
  return withForm(readAny, read.form);
}

function compileTextReader(declared: Column, max?: number): ColumnReader {
  const read: ColumnReader = (value) => {
    if (typeof value !== 'string') return wrongType(declared, value);
    return fits(value, max) ? value : refuse('too-long', `must be ${expectation(declared)}`);
  };
  return withForm(read, { kind: 'text', least: 0, most: max ?? Number.MAX_SAFE_INTEGER });
}

function compileIdentifierReader(declared: Column, max: number | undefined, context: MappingContext): ColumnReader {
  const readText = compileTextReader(declared, max);
  return orNotFinite((value) => readText(integerText(value) ?? value), context);
}

function integerText(value: JsonValue): string | undefined {
  if (Number.isSafeInteger(value)) return String(value);
  return value instanceof ExactNumber ? wholeNumber(value.text)?.toString() : undefined;
}

function compileOneOfReader(declared: Column, words: readonly string[]): ColumnReader {
  return (value) => {
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    return typeof value === 'string' && isNoValue(value)
      ? asNull(value)
      : refuse('not-one-of', `must be ${expectation(declared)}`);
  };
}

function compileBooleanReader(declared: Column): ColumnReader {
  const isNeither = refuse('not-one-of', `must be ${expectation(declared)}`);
  const read: ColumnReader = (value) => {
    if (typeof value === 'boolean') return value;
    if (value === 1) return true;
    if (value === 0) return false;
    if (value instanceof ExactNumber) return wrongType(declared, value);
    if (typeof value !== 'string') return isNeither;
    if (isNoValue(value)) return asNull(value);
    const truth = booleanOf(value.trim());
    return truth === undefined ? isNeither : new Repaired(truth, ['boolean-from-text'], value);
  };
  return withForm(read, { kind: 'boolean', asNumber: false });
}

function compileTimestampReader(declared: Column, { readTime }: MappingContext): ColumnReader {
  const read: ColumnReader = (value) => {
    if (typeof value !== 'string') return wrongType(declared, value);
    const result = readTime(value);
    if ('ok' in result) return result.ambiguous ? new Repaired(result.ok, ['ambiguous-local-time']) : result.ok;
    if (isNoValue(value)) return asNull(value);
    const shorter = withoutNanoseconds(value.trim());
    const again = shorter === undefined ? result : readTime(shorter);
    if (!('ok' in again)) return new Refused(again.code, (member) => `${member}: ${again.message}`);
    return new Repaired(again.ok, ['time-truncated', ...(again.ambiguous ? AMBIGUOUS : [])], value);
  };
  return withForm(read, { kind: 'timestamp', offset: readTime.offset });
}

const AMBIGUOUS = ['ambiguous-local-time'] as const;

/** Go writes nine digits, .NET seven. */
function withoutNanoseconds(text: string): string | undefined {
  const shorter = text.replace(/(:\d\d\.\d{6})\d+/, '$1');
  return shorter === text ? undefined : shorter;
}

function compileDateReader(declared: Column): ColumnReader {
  const read: ColumnReader = (value) => {
    if (typeof value !== 'string') return wrongType(declared, value);
    const result = readDate(value);
    if ('ok' in result) return result.ok;
    if (isNoValue(value)) return asNull(value);
    return new Refused(result.code, (member) => `${member}: ${result.message}`);
  };
  return withForm(read, { kind: 'date' });
}

function compileClockReader(declared: Column): ColumnReader {
  return (value) => {
    if (typeof value !== 'string') return wrongType(declared, value);
    const result = readTimeOfDay(value.length === 5 ? `${value}:00` : value);
    if ('ok' in result) return value.length < 15 ? new Repaired(result.ok, [], value) : result.ok;
    if (isNoValue(value)) return asNull(value);
    return new Refused(result.code, (member) => `${member}: ${result.message}`);
  };
}

/** The bytes as they are stored: with padding, without line breaks, in the usual alphabet. */
const readBase64: ColumnReader = (value) => {
  if (typeof value !== 'string') return NO_BASE64;
  const plain = value
    .replace(/[\t\n\r ]/g, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/=+$/, '');
  const stored = Buffer.from(plain, 'base64').toString('base64');
  // Bits behind the last byte would be lost, and so would letters of no alphabet.
  if (stored.replace(/=+$/, '') !== plain) return NO_BASE64;
  return stored === value ? value : new Repaired(stored, [], value);
};

const NO_BASE64 = refuse('wrong-type', 'must be bytes in base64');

/** A UUID in the form that databases give back; another spelling of the same is kept. */
export const uuidReader: MakeReader = (declared, context) => {
  const read: ColumnReader = (value) => {
    if (typeof value !== 'string') return wrongType(declared, value);
    if (!UUID.test(value)) return isNoValue(value) ? asNull(value) : refuse('wrong-type', 'must be a UUID');
    const lower = value.toLowerCase();
    return lower === value ? value : new Repaired(lower, [], value);
  };
  return orNotFinite(withForm(read, { kind: 'uuid' }), context);
};

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;

function compileJsonReader(keepPlainKeys: boolean): ColumnReader {
  return (value) => {
    const hasKeys = !keepPlainKeys && countPlainKeys('', value) > 0;
    if (isOfDoubles(value) && !hasKeys) return canonicalJson(value);
    const { repairs, tooLarge } = inspectJson(value);
    if (tooLarge.length > 0) return new Refused('number-out-of-range', () => TOO_LARGE_FOR_JSON, tooLarge);
    return new Repaired(canonicalJson(value), repairs, undefined, hasKeys ? 'plain-key-stored' : undefined);
  };
}
