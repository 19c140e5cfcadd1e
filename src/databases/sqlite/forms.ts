import type BetterSqlite3 from 'better-sqlite3';
import { normalDecimal } from '../../json/decimal.ts';
import { type Column, digitsOf, fits, type Value } from '../../schema/table.ts';
import { counted } from '../../system/quantities.ts';
import { EPOCH_UNITS, isoText, microsOf, type TimeStyle } from '../../time/iso-text.ts';
import type { ZoneClock } from '../../time/zone-clock.ts';
import { type ColumnRepair, cutText, roundedNumber, roundedTime, roundedToDigits } from '../column-repairs.ts';
import { type Bound, fullTimestamp, isFullTime } from './values.ts';

export type Affinity = 'TEXT' | 'INTEGER' | 'REAL' | 'NUMERIC' | 'BLOB';

/** https://www.sqlite.org/datatype3.html#determination_of_column_affinity */
export function affinityOf(type: string): Affinity {
  if (/INT/i.test(type)) return 'INTEGER';
  if (/CHAR|CLOB|TEXT/i.test(type)) return 'TEXT';
  if (type === '' || /BLOB/i.test(type)) return 'BLOB';
  return /REAL|FLOA|DOUB/i.test(type) ? 'REAL' : 'NUMERIC';
}

/** How a column of some type holds the values of a declared column. An empty one holds them as they are. */
export interface Form {
  /** What it does not hold, for people. */
  readonly note?: string;
  /** Why it cannot hold a value, which is never NULL; nothing where it can. */
  readonly refuses?: (value: Value) => string | undefined;
  /** What becomes of a value that it refuses, where somebody allows it. */
  readonly repair?: ColumnRepair;
  /** What is bound for a value. Default: as for the declared column. */
  readonly write?: (value: Value) => Bound;
  /** An expression of the value in the shared form, where JavaScript does not read it. */
  readonly read?: (value: string) => string;
}

export interface StoredType {
  readonly affinity: Affinity;
  /** The type as the table declares it. */
  readonly type: string;
  readonly isStrict: boolean;
  /** Of times: how the rows that are there write them; undefined where there are none. */
  readonly times: TimeStyle | undefined;
  /** What times without a zone show; undefined for UTC. */
  readonly clock?: ZoneClock | undefined;
}

/** The years 0 to 9999, in microseconds since 1970: what SQLite makes dates of. */
const FIRST = microsOf('0000-01-01 00:00:00.000000');
const LAST = microsOf('9999-12-31 23:59:59.999999');

const AS_IT_IS: Form = {};
const WHOLE = /^(?:0|-?[1-9]\d*)$/;
/** What SQLite takes for a number where its column prefers numbers. */
const LIKE_NUMBER = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;
const MOST = 9_223_372_036_854_775_807n;

const textInInteger: Form = {
  note: 'only whole numbers, written without zeros in front, are held',
  refuses: (value) => {
    const text = String(value);
    const isHeld = WHOLE.test(text) && BigInt(text) <= MOST && BigInt(text) >= -MOST - 1n;
    return isHeld ? undefined : 'the text is no such number';
  },
  write: (value) => BigInt(String(value)),
};

/** A column of a type that SQLite does not know keeps texts, but for those that look like numbers. */
const textInNumeric: Form = {
  note: 'whole numbers stay as they are; other texts that look like numbers are refused',
  refuses: (value) => {
    const text = String(value);
    const isHeld = !LIKE_NUMBER.test(text) || (WHOLE.test(text) && BigInt(text) <= MOST && BigInt(text) >= -MOST - 1n);
    return isHeld ? undefined : 'the column would write the text as a number';
  },
};

const numberInDecimal: Form = {
  note: 'numbers of more than 15 digits are refused',
  repair: roundedToDigits(15),
  refuses: (value) =>
    normalDecimal(String(value)).replace(/[-.]/g, '').length <= 15 ? undefined : 'the column would round the number',
};

const realInInteger: Form = {
  note: 'only whole numbers are held',
  repair: roundedNumber(0),
  refuses: (value) => (Number.isSafeInteger(value) ? undefined : 'the number is not whole'),
};

/** As Django writes them. */
const uuidWithoutDashes: Form = {
  write: (value) => String(value).replaceAll('-', ''),
  read: (value) =>
    `CASE WHEN typeof(${value}) = 'text' AND length(${value}) = 32 THEN ${[
      [1, 8],
      [9, 4],
      [13, 4],
      [17, 4],
      [21, 12],
    ]
      .map(([from, length]) => `substr(${value}, ${from}, ${length})`)
      .join(" || '-' || ")} ELSE ${value} END`,
};

/** How a column holds the values of the declared one; undefined where it cannot. */
export function formOf(declared: Column, stored: StoredType): Form | undefined {
  const form = formIn(declared, stored);
  // SQLite does not look at the length of a VARCHAR(n); the application may.
  return form !== undefined && declared.type === 'text' ? withLimit(form, declared, stored.type) : form;
}

function formIn(declared: Column, stored: StoredType): Form | undefined {
  const { isStrict, times } = stored;
  const isAny = isStrict ? stored.type.toUpperCase() === 'ANY' : stored.affinity === 'BLOB';
  const affinity = isAny ? 'BLOB' : stored.affinity;
  // A strict table takes nothing but bytes there.
  if (affinity === 'BLOB' && !isAny) return declared.type === 'bytes' ? AS_IT_IS : undefined;
  switch (declared.type) {
    case 'text':
      if (affinity === 'TEXT' || isAny) return AS_IT_IS;
      if (affinity === 'INTEGER') return textInInteger;
      return affinity === 'NUMERIC' ? textInNumeric : undefined;
    case 'uuid':
    case 'date':
    case 'time':
    case 'json':
      if (affinity === 'NUMERIC' && declared.type === 'json')
        return { note: 'a number that is the whole value may lose digits' };
      if (declared.type === 'uuid' && /CHAR\s*\(32\)/i.test(stored.type)) return uuidWithoutDashes;
      return affinity === 'TEXT' || affinity === 'NUMERIC' || isAny ? AS_IT_IS : undefined;
    case 'timestamp':
      return timeForm(affinity, isAny, times ?? styleBy(declared, { ...stored, affinity }), stored.clock);
    case 'integer':
    case 'boolean':
      return affinity === 'INTEGER' || affinity === 'NUMERIC' || isAny ? AS_IT_IS : undefined;
    case 'identity':
      return affinity === 'INTEGER' ? AS_IT_IS : undefined;
    case 'real':
      if (affinity === 'INTEGER' && isStrict) return realInInteger;
      return affinity === 'TEXT' ? undefined : AS_IT_IS;
    case 'decimal':
      if (digitsOf(declared).fitsDouble) return affinity === 'INTEGER' && isStrict ? undefined : AS_IT_IS;
      if (affinity === 'TEXT' || isAny) return AS_IT_IS;
      return affinity === 'NUMERIC' || affinity === 'REAL' ? numberInDecimal : undefined;
    case 'bytes':
      return affinity === 'BLOB' ? AS_IT_IS : undefined;
  }
}

/** Columns of these types have texts in them, by all but few applications. */
const FOR_TIMES = /DATE|TIME/i;

/** What a declaration says of numbers, where no row of the table does. */
function styleBy({ epoch }: Column, { affinity, type }: Pick<StoredType, 'affinity' | 'type'>): TimeStyle | undefined {
  const isNumber = affinity === 'INTEGER' || (affinity === 'NUMERIC' && !FOR_TIMES.test(type));
  return epoch !== undefined && isNumber ? { kind: 'number', unit: EPOCH_UNITS[epoch] } : undefined;
}

function timeForm(
  affinity: Affinity,
  isAny: boolean,
  times: TimeStyle | undefined,
  clock: ZoneClock | undefined,
): Form | undefined {
  const isText = affinity === 'TEXT' || affinity === 'NUMERIC' || isAny;
  const hasNoZone = times === undefined || (times.kind === 'text' && times.suffix === '');
  if (clock !== undefined && hasNoZone)
    return isText ? timeOnClock(clock, times?.kind === 'text' ? times : undefined) : undefined;
  if (times === undefined) return isText ? AS_IT_IS : undefined;
  if (times.kind === 'text') return isText ? { write: ofTimes((time) => isoText(time, times)) } : undefined;
  const { unit } = times;
  return {
    note: `times are held as ${unit.words} since 1970`,
    repair: roundedTime(unit.micros),
    refuses: (value) =>
      !isFullTime(String(value)) || microsOf(String(value)) % unit.micros === 0n
        ? undefined
        : 'the column would round the time',
    write: ofTimes((time) => microsOf(time) / unit.micros),
    read: (value) => readNumber(value, Number(unit.micros)),
  };
}

/** What a column holds and is no time is written as it is. */
function ofTimes(write: (time: string) => Bound): (value: Value) => Bound {
  return (value) => {
    const text = String(value);
    return isFullTime(text) ? write(text) : text;
  };
}

function timeOnClock(clock: ZoneClock, times: (TimeStyle & { readonly kind: 'text' }) | undefined): Form {
  return {
    note: `times are those of ${clock.zone}, and the first of two that its clocks show alike is refused`,
    refuses: (value) => (isFullTime(String(value)) ? clock.refuses(String(value)) : undefined),
    write: ofTimes((time) => {
      const shown = clock.local(time);
      return times === undefined ? shown : isoText(shown, times);
    }),
    read: (value) => `${READ_TIME}(${value})`,
  };
}

/** The function that reads a time without a zone in a statement. */
const READ_TIME = 'migrate_json_utc';

/** Before a statement reads times by this clock. */
export function addTimeReader(connection: BetterSqlite3.Database, clock: ZoneClock | undefined): void {
  if (clock === undefined) return;
  connection.function(READ_TIME, { deterministic: true }, (stored: unknown) => {
    if (typeof stored !== 'string') return stored;
    const time = fullTimestamp(stored);
    const hasZone = /[Zz]$|[+-]\d\d:?\d\d$/.test(stored.slice(11));
    return hasZone || !isFullTime(time) ? time : clock.utc(time);
  });
}

/**
 * `value` is a whole number of units of so many microseconds since 1970, or stays what it is. Division and remainder of SQLite go
 * towards zero.
 */
function readNumber(value: string, micros: number): string {
  const perSecond = 1_000_000 / micros;
  const rest = `(((${value} % ${perSecond}) + ${perSecond}) % ${perSecond})`;
  const seconds = `((${value} - ${rest}) / ${perSecond})`;
  const time = `(strftime('%Y-%m-%d %H:%M:%S', ${seconds}, 'unixepoch') || printf('.%06d', ${rest} * ${micros}))`;
  const isTime = `typeof(${value}) = 'integer' AND ${value} BETWEEN ${FIRST / BigInt(micros)} AND ${LAST / BigInt(micros)}`;
  return `(CASE WHEN ${isTime} THEN ${time} ELSE ${value} END)`;
}

function withLimit(form: Form, { max = Number.POSITIVE_INFINITY }: Column, type: string): Form {
  const [, digits] = /CHAR\s*\((\d+)\)/i.exec(type) ?? [];
  const limit = Number(digits ?? Number.POSITIVE_INFINITY);
  if (limit >= max) return form;
  return {
    ...form,
    note: 'longer texts are refused',
    repair: cutText(limit),
    refuses: (value) =>
      fits(String(value), limit) ? form.refuses?.(value) : `it has more than ${counted(limit, 'character')}`,
  };
}
