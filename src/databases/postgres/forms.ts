import { isIP } from 'node:net';
import { plainDecimal } from '../../json/decimal.ts';
import { readFaithfully } from '../../json/parse.ts';
import { type Column, type ColumnType, digitsOf, fits, type Value } from '../../schema/table.ts';
import { EPOCH_UNITS, microsOf } from '../../time/iso-text.ts';
import type { ZoneClock } from '../../time/zone-clock.ts';
import { type ColumnRepair, cutClock, cutText, roundedDouble, roundedNumber, roundedTime } from '../column-repairs.ts';
import { zoneOf } from './zones.ts';

/** A column's type as the catalog has it. */
export interface StoredType {
  /** `int4`, `varchar`, `timestamptz`, …; `enum` for each enumerated type, `array` for each array. */
  readonly base: string;
  /** Of an array: the type of its elements. */
  readonly element: string | undefined;
  /**
   * Characters of a varchar(n), digits of a second's fraction, or the digits of a numeric: precision × 65536 + scale. Undefined
   * where there is no limit.
   */
  readonly limit: number | undefined;
  /** Of an enumerated type. */
  readonly labels: readonly string[];
  /** What clocks without a zone show; undefined for UTC. */
  readonly clock?: ZoneClock | undefined;
}

/** How a column of some type holds the values of a declared column. An empty one holds them as they are. */
export interface Form {
  /** What it does not hold, for people. */
  readonly note?: string;
  /** Why it cannot hold a value, which is never NULL; nothing where it can. */
  readonly refuses?: (value: Value) => string | undefined;
  /** What becomes of a value that it refuses, where somebody allows it. */
  readonly repair?: ColumnRepair;
  /** The value as PostgreSQL reads it for this type. Default: as for the declared one. */
  readonly write?: (value: Value) => string;
  /** The value as text in the shared form. Default: as for the declared type. */
  readonly read?: (value: string) => string;
  /** What can be compared with `=`. */
  readonly compared?: (value: string) => string;
  /** The type of a staged value. Default: that of the column, without its limit. */
  readonly staged?: string;
}

type FormOf = (stored: StoredType, declared: Column) => Form | undefined;

const AS_IT_IS: Form = {};
const asItIs: FormOf = () => AS_IT_IS;
const readAsText = (value: string): string => `${value}::text`;

const WHOLE = /^(?:0|-?[1-9]\d*)$/;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** The largest number of each integer type, below zero one more. */
const LARGEST: Readonly<Record<string, bigint>> = {
  int2: 32_767n,
  int4: 2_147_483_647n,
  int8: 9_223_372_036_854_775_807n,
};

function holdsNumber(value: number | bigint, base: string): boolean {
  if (typeof value === 'bigint' || base === 'int8') return isWithin(BigInt(value), base);
  const largest = Number(LARGEST[base]);
  return value <= largest && value >= -largest - 1;
}

function isWithin(number: bigint, base: string): boolean {
  const largest = LARGEST[base] ?? 0n;
  return number <= largest && number >= -largest - 1n;
}

const larger: FormOf = ({ base }) => ({
  note: 'larger numbers are refused',
  refuses: (value) => (holdsNumber(value as number | bigint, base) ? undefined : 'the number is too large'),
});

/** A text of digits in a column of numbers. */
const textInInteger: FormOf = ({ base }) => ({
  note: 'only whole numbers, written without zeros in front, are held',
  refuses: (value) =>
    WHOLE.test(String(value)) && isWithin(BigInt(String(value)), base) ? undefined : 'the text is no such number',
  read: readAsText,
});

const realInInteger: FormOf = ({ base }) => ({
  note: 'only whole numbers are held',
  repair: roundedNumber(0),
  refuses: (value) =>
    Number.isSafeInteger(value) && isWithin(BigInt(value as number), base) ? undefined : 'the number is not whole',
  write: (value) => String(BigInt(value as number)),
});

/** Digits before and behind the point that a numeric holds. */
function numericLimits({ limit }: StoredType): { readonly before: number; readonly behind: number } {
  if (limit === undefined) return { before: 131_072, behind: 16_383 };
  const behind = ((limit & 0x7ff) ^ 0x400) - 0x400;
  return { before: (limit >> 16) - behind, behind };
}

function numericRefusal(stored: StoredType, text: string): string | undefined {
  const { before, behind } = numericLimits(stored);
  const [whole = '', fraction = ''] = plainDecimal(text).replace('-', '').split('.');
  if (fraction.length > behind)
    return `it has ${fraction.length} digits behind the point, and the column holds ${behind}`;
  return whole !== '0' && whole.length > before ? 'the number is too large' : undefined;
}

/** Most numbers need no closer look. */
function quickly(stored: StoredType): RegExp {
  const { before, behind } = numericLimits(stored);
  if (stored.limit === undefined) return /^-?\d{1,15}(?:\.\d{1,15})?$/;
  return before < 1 || behind < 1 ? /^0$/ : new RegExp(`^-?\\d{1,${before}}(?:\\.\\d{1,${behind}})?$`);
}

const inNumeric: FormOf = (stored) => {
  const quick = quickly(stored);
  return {
    ...(stored.limit !== undefined && { note: 'numbers with more digits are refused' }),
    refuses: (value) => {
      const text = String(value);
      return quick.test(text) ? undefined : numericRefusal(stored, text);
    },
    repair: roundedNumber(numericLimits(stored).behind),
    write: (value) => (typeof value === 'string' ? value : plainDecimal(String(value))),
    read: (value) => `trim_scale(${value})`,
  };
};

const decimalInNumeric: FormOf = (stored, declared) => {
  const { before, behind } = numericLimits(stored);
  const { precision, scale } = digitsOf(declared);
  return behind >= scale && before >= precision - scale ? AS_IT_IS : inNumeric(stored, declared);
};

const textInNumeric: FormOf = (stored) => ({
  note: 'only numbers in their shortest spelling are held',
  refuses: (value) => {
    const text = String(value);
    const isNumber = /^-?\d+(?:\.\d+)?$/.test(text) && plainDecimal(text) === text;
    return isNumber ? numericRefusal(stored, text) : 'the text is no such number';
  },
  read: (value) => `trim_scale(${value})::text`,
});

/** The number that a float4 prints for it. */
function asFloat4(value: number): number {
  const single = Math.fround(value);
  for (let digits = 6; digits <= 9; digits++) {
    const printed = Number(single.toPrecision(digits));
    if (Math.fround(printed) === single) return printed;
  }
  return single;
}

const realInFloat4: FormOf = () => ({
  note: 'numbers with more than 6 to 9 digits are refused',
  repair: roundedDouble(asFloat4),
  refuses: (value) => (asFloat4(value as number) === value ? undefined : 'the column would round the number'),
  // Through text: 0.1 stays 0.1.
  read: (value) => `${value}::text::double precision`,
});

const integerInFloat8: FormOf = () => ({
  note: 'numbers beyond 2^53 are refused',
  repair: roundedDouble((value) => value),
  refuses: (value) => (Number.isSafeInteger(Number(value)) ? undefined : 'the column would round the number'),
  // Through text: a cast keeps 15 digits.
  read: (value) => `${value}::text::numeric`,
});

const limitedText: FormOf = ({ limit }, { max = Number.POSITIVE_INFINITY }) => {
  if (limit === undefined || limit >= max) return AS_IT_IS;
  return {
    note: 'longer texts are refused',
    repair: cutText(limit),
    refuses: (value) => (fits(String(value), limit) ? undefined : `it has more than ${limit} characters`),
  };
};

const paddedText: FormOf = ({ limit = 1 }) => ({
  note: `texts of more than ${limit} characters, and those that end with a blank, are refused`,
  refuses: (value) => {
    const text = String(value);
    if (text.endsWith(' ')) return 'the column cuts blanks at the end';
    return fits(text, limit) ? undefined : `it has more than ${limit} characters`;
  },
  repair: cutText(limit, true),
  read: readAsText,
  staged: 'bpchar',
});

const textInUuid: FormOf = () => ({
  note: 'only UUIDs, written in small letters with dashes, are held',
  refuses: (value) => (UUID.test(String(value)) ? undefined : 'the text is no UUID in small letters with dashes'),
  read: readAsText,
});

const textInEnum: FormOf = ({ labels }) => ({
  note: 'only its labels are held',
  refuses: (value) => (labels.includes(String(value)) ? undefined : `it is none of its ${labels.length} labels`),
  read: readAsText,
});

const textInAddress: FormOf = () => ({
  note: 'only addresses, as the database prints them, are held',
  refuses: (value) => (isPlainAddress(String(value)) ? undefined : 'the text is no address as the database prints it'),
  read: (value) => `host(${value})`,
});

function isPlainAddress(text: string): boolean {
  if (isIP(text) === 4) return text.split('.').every((part) => String(Number(part)) === part);
  return isIP(text) === 6 && !text.includes('%') && new URL(`http://[${text}]`).hostname === `[${text}]`;
}

const booleanInInteger: FormOf = () => ({ write: (value) => (value ? '1' : '0'), read: (value) => `(${value} <> 0)` });

/** Digits of a second's fraction. */
const timeOfFewerDigits: FormOf = ({ limit = 6 }, { type }) => {
  if (limit >= 6) return AS_IT_IS;
  return {
    repair: type === 'time' ? cutClock(limit) : roundedTime(10n ** BigInt(6 - limit)),
    note: `times of more than ${limit} digits behind the second are refused`,
    refuses: (value) => (isOfDigits(String(value), limit) ? undefined : 'the column would round the time'),
  };
};

function isOfDigits(text: string, digits: number): boolean {
  return /^0*$/.test(text.slice(text.indexOf('.') + 1 + digits));
}

const timeInInteger: FormOf = ({ base }, { epoch }) => {
  if (epoch === undefined) return undefined;
  const { words, micros } = EPOCH_UNITS[epoch];
  return {
    note: `times are held as ${words} since 1970`,
    repair: roundedTime(micros),
    refuses: (value) => {
      const time = microsOf(String(value));
      if (time % micros !== 0n) return 'the column would round the time';
      return isWithin(time / micros, base) ? undefined : 'the number is too large';
    },
    write: (value) => String(microsOf(String(value)) / micros),
    read: (value) =>
      `to_char(timestamp 'epoch' + ${value} * interval '${micros} microseconds', 'YYYY-MM-DD HH24:MI:SS.US')`,
  };
};

const timeWithoutZone: FormOf = (stored, declared) => {
  const { clock } = stored;
  const { note, refuses, repair } = timeOfFewerDigits(stored, declared) ?? AS_IT_IS;
  const inZone = `times are those of ${clock?.zone ?? 'UTC'}`;
  if (clock === undefined)
    return {
      ...(refuses && { refuses }),
      ...(repair && { repair }),
      note: note === undefined ? inZone : `${inZone}; ${note}`,
      write: String,
      read: (value) => `to_char(${value}, 'YYYY-MM-DD HH24:MI:SS.US')`,
    };
  return {
    note: `${inZone}, and the first of two that its clocks show alike is refused${note === undefined ? '' : `; ${note}`}`,
    refuses: (value) => refuses?.(value) ?? clock.refuses(String(value)),
    ...(repair && { repair }),
    write: (value) => clock.local(String(value)),
    read: (value) => `to_char(${value} AT TIME ZONE ${zoneOf(clock)} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`,
  };
};

const uuidInText: FormOf = ({ base, limit = base === 'bpchar' ? 1 : 36 }) =>
  limit < 36 ? undefined : { read: readAsText, ...(base === 'bpchar' && { staged: 'bpchar' }) };

const jsonInJson: FormOf = () => ({ compared: (value) => `${value}::jsonb`, staged: 'jsonb' });

/** A list of JSON as the array that PostgreSQL reads. https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
const listInArray: FormOf = ({ element = '' }) => {
  const isElement = ELEMENTS[element];
  if (isElement === undefined) return undefined;
  return {
    note: 'only lists of such values are held',
    refuses: (value) => {
      const list = readFaithfully(String(value));
      return Array.isArray(list) && list.every(isElement) ? undefined : 'it is no list of such values';
    },
    write: (value) => {
      const list = readFaithfully(String(value)) as readonly unknown[];
      const written = list.map((each) => (each === null ? 'NULL' : `"${String(each).replace(/["\\]/g, '\\$&')}"`));
      return `{${written.join(',')}}`;
    },
    read: (value) => `to_jsonb(${value})`,
  };
};

const isText = (value: unknown): boolean => value === null || typeof value === 'string';
const isInteger =
  (base: string) =>
  (value: unknown): boolean =>
    value === null ||
    ((typeof value === 'bigint' || Number.isSafeInteger(value)) && isWithin(BigInt(value as number | bigint), base));

const ELEMENTS: Readonly<Record<string, (value: unknown) => boolean>> = {
  text: isText,
  varchar: isText,
  int2: isInteger('int2'),
  int4: isInteger('int4'),
  int8: isInteger('int8'),
  bool: (value) => value === null || typeof value === 'boolean',
};

/** Each declared type in each type that can hold it. What is not here cannot. */
const FORMS: Readonly<Record<ColumnType, Readonly<Record<string, FormOf>>>> = {
  text: {
    text: asItIs,
    varchar: limitedText,
    citext: () => ({ note: 'texts that differ in case only are equal' }),
    bpchar: paddedText,
    uuid: textInUuid,
    enum: textInEnum,
    inet: textInAddress,
    int2: textInInteger,
    int4: textInInteger,
    int8: textInInteger,
    numeric: textInNumeric,
  },
  integer: { int8: asItIs, int4: larger, int2: larger, numeric: inNumeric, float8: integerInFloat8 },
  identity: { int8: asItIs, int4: asItIs, int2: asItIs },
  real: {
    float8: asItIs,
    float4: realInFloat4,
    numeric: inNumeric,
    int8: realInInteger,
    int4: realInInteger,
    int2: realInInteger,
  },
  decimal: { numeric: decimalInNumeric },
  boolean: { bool: asItIs, int2: booleanInInteger, int4: booleanInInteger, int8: booleanInInteger },
  timestamp: {
    timestamptz: timeOfFewerDigits,
    timestamp: timeWithoutZone,
    int8: timeInInteger,
    int4: timeInInteger,
  },
  date: { date: asItIs },
  time: { time: timeOfFewerDigits },
  uuid: { uuid: asItIs, text: uuidInText, varchar: uuidInText, bpchar: uuidInText },
  json: {
    jsonb: asItIs,
    json: jsonInJson,
    text: asItIs,
    varchar: (stored) => (stored.limit === undefined ? AS_IT_IS : undefined),
    array: listInArray,
  },
  bytes: { bytea: asItIs },
};

/** How a column of this type holds the values of the declared one; undefined where it cannot. */
export function formOf(declared: Column, stored: StoredType): Form | undefined {
  return FORMS[declared.type][stored.base]?.(stored, declared);
}
