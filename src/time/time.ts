import { compileZone, readOffset, twoDigits, type Zone } from './time-zone.ts';

export { isTimeZone } from './time-zone.ts';

export interface TimeFailure {
  readonly code: 'invalid-time' | 'nonexistent-local-time';
  /** Plain words that never quote the value. */
  readonly message: string;
}

/** `ok` is canonical UTC text, `YYYY-MM-DD HH:MM:SS.ffffff`: it sorts as the instants do. */
export type TimeResult =
  | {
      readonly ok: string;
      readonly ambiguous?: true /** Digits after the microseconds were cut off. */;
      readonly truncated?: true;
    }
  | TimeFailure;

export interface TimeReader {
  (text: string): TimeResult;
  /** Of text without one, in seconds east of UTC, where it is the same at all times. */
  readonly offset?: number | undefined;
}

export type EpochUnit = 's' | 'ms' | 'us';

const DAY = 86_400;
const FIRST = -62_135_596_800; // 0001-01-01T00:00:00Z
const LAST = 253_402_300_799; // 9999-12-31T23:59:59Z
const EPOCH_FROM = 631_152_000e6; // 1990-01-01T00:00:00Z in microseconds
const EPOCH_TO = 4_133_980_800e6; // 2101-01-01T00:00:00Z
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
const EPOCH_DIGITS = { s: 6, ms: 3, us: 0 } as const satisfies Record<EpochUnit, number>;

const invalid = (message: string): TimeFailure => ({ code: 'invalid-time', message });
const NOT_A_TIME = invalid('not a date and time like 2025-01-31T12:00:00.000000Z');
const NOT_A_DATE = invalid('not a date like 2025-01-31');
const NOT_A_CLOCK = invalid('not a time of day like 12:00:00.000000');
const NO_SUCH_DATE = invalid('this date is not in the calendar');
const NO_SUCH_CLOCK = invalid('no clock shows this time of day');
const NOT_AN_OFFSET = invalid('what follows the time is not Z or an offset like +02:00');
const TOO_FINE = invalid('finer than a microsecond');
const OUT_OF_YEARS = invalid('outside the years 0001 to 9999');
const NOT_AN_EPOCH = invalid('not a number of seconds, milliseconds or microseconds since 1970');
const OUT_OF_EPOCH = invalid('counts to a time outside the years 1990 to 2100');
const SKIPPED: TimeFailure = {
  code: 'nonexistent-local-time',
  message: 'the clocks of the zone skipped this local time',
};

/**
 * A reader of ISO date-times. Text without an offset is taken in `naiveZone`: UTC, a fixed offset or an IANA name.
 * The result depends on neither TZ nor locale.
 * @throws MigrateError `invalid-option` if the zone is unknown.
 */
export function compileTimeReader(naiveZone: string): TimeReader {
  const zone = compileZone(naiveZone);
  const read = (text: string): TimeResult => readTime(text, zone);
  return Object.assign(read, { offset: 'offset' in zone ? zone.offset : undefined });
}

function readTime(text: string, naive: Zone): TimeResult {
  const failure = checkDate(text, NOT_A_TIME) ?? checkClock(text);
  if (failure !== undefined) return failure;
  const end = fractionEnd(text);
  if (typeof end !== 'number') return end;
  if (end < text.length) return atOffset(text, end, readOffset(text, end));
  return 'offset' in naive ? atOffset(text, end, naive.offset) : inZone(text, end, naive.resolve);
}

/** Checks the first ten characters. */
function checkDate(text: string, malformed: TimeFailure): TimeFailure | undefined {
  const century = twoDigits(text, 0);
  const yearOfCentury = twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (century < 0 || yearOfCentury < 0 || month < 0 || day < 0) return malformed;
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return malformed;
  const year = century * 100 + yearOfCentury;
  return year > 0 && day > 0 && day <= daysInMonth(year, month) ? undefined : NO_SUCH_DATE;
}

function daysInMonth(year: number, month: number): number {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return leap ? 29 : (MONTH_DAYS[month - 1] ?? 0);
}

/** Checks the separator and HH:MM:SS, characters 10 to 18. */
function checkClock(text: string): TimeFailure | undefined {
  const separator = text.charCodeAt(10);
  if (separator !== 84 && separator !== 32 && separator !== 116) return NOT_A_TIME;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  if (hour < 0 || minute < 0 || second < 0) return NOT_A_TIME;
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return NOT_A_TIME;
  return hour < 24 && minute < 60 && second < 60 ? undefined : NO_SUCH_CLOCK;
}

/** Where the fraction ends; 19 without one. Digits after the sixth may only be zeros. */
function fractionEnd(text: string): number | TimeFailure {
  if (text.charCodeAt(19) !== 46) return 19;
  let at = 20;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) break;
    if (at >= 26 && code !== 48) return TOO_FINE;
  }
  return at > 20 ? at : NOT_A_TIME;
}

function microsText(text: string, end: number): string {
  if (end >= 26) return text.slice(20, 26);
  return end === 19 ? '000000' : text.slice(20, end).padEnd(6, '0');
}

function atOffset(text: string, end: number, offset: number): TimeResult {
  if (Number.isNaN(offset)) return NOT_AN_OFFSET;
  if (offset === 0 && end >= 26) return { ok: `${text.slice(0, 10)} ${text.slice(11, 26)}` };
  if (offset === 0) return { ok: `${text.slice(0, 10)} ${text.slice(11, 19)}.${microsText(text, end)}` };
  return canonical(secondsOf(text) - offset, microsText(text, end));
}

function inZone(text: string, end: number, resolve: Extract<Zone, { resolve: unknown }>['resolve']): TimeResult {
  const instant = resolve(secondsOf(text));
  if (instant === undefined) return SKIPPED;
  const result = canonical(instant.utc, microsText(text, end));
  return instant.ambiguous && 'ok' in result ? { ok: result.ok, ambiguous: true } : result;
}

/** Seconds from 1970-01-01T00:00:00 on the clock that the checked text shows. */
function secondsOf(text: string): number {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const clock = twoDigits(text, 11) * 3600 + twoDigits(text, 14) * 60 + twoDigits(text, 17);
  return daysSinceEpoch(year, twoDigits(text, 5), twoDigits(text, 8)) * DAY + clock;
}

/** https://howardhinnant.github.io/date_algorithms.html#days_from_civil */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** https://howardhinnant.github.io/date_algorithms.html#civil_from_days, for years from 1 on */
function dateText(days: number): string {
  const era = Math.floor((days + 719_468) / 146_097);
  const dayOfEra = days + 719_468 - era * 146_097;
  const leaps = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return `${String(yearOfEra + era * 400 + (month <= 2 ? 1 : 0)).padStart(4, '0')}-${pad2(month)}-${pad2(day)}`;
}

function pad2(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

function canonical(seconds: number, micros: string): TimeResult {
  if (seconds < FIRST || seconds > LAST) return OUT_OF_YEARS;
  const days = Math.floor(seconds / DAY);
  const minutes = Math.floor((seconds - days * DAY) / 60);
  const clock = `${pad2(Math.floor(minutes / 60))}:${pad2(minutes % 60)}:${pad2(seconds - days * DAY - minutes * 60)}`;
  return { ok: `${dateText(days)} ${clock}.${micros}` };
}

/** Reads `YYYY-MM-DD` and nothing else. */
export function readDate(text: string): { readonly ok: string } | TimeFailure {
  if (text.length !== 10) return NOT_A_DATE;
  return checkDate(text, NOT_A_DATE) ?? { ok: text };
}

/** Reads `HH:MM:SS` with up to six decimals, as `HH:MM:SS.ffffff`. */
export function readTimeOfDay(text: string): { readonly ok: string } | TimeFailure {
  const dated = `2000-01-01 ${text}`;
  const failure = checkClock(dated);
  if (failure !== undefined) return failure === NO_SUCH_CLOCK ? failure : NOT_A_CLOCK;
  const end = fractionEnd(dated);
  if (end === TOO_FINE) return TOO_FINE;
  if (typeof end !== 'number' || end !== dated.length) return NOT_A_CLOCK;
  return { ok: `${text.slice(0, 8)}.${microsText(dated, end)}` };
}

/**
 * Reads a count since 1970 inside the years 1990 to 2100, where its magnitude alone tells the unit. Only decimal digits
 * are used, no float arithmetic; what is finer than a microsecond is cut off.
 */
export function readEpoch(value: number | string, unit?: EpochUnit): TimeResult {
  const match = /^(\d{1,16})(?:\.(\d+))?$/.exec(String(value));
  if (match === null) return /^-\d+(?:\.\d+)?$/.test(String(value)) ? OUT_OF_EPOCH : NOT_AN_EPOCH;
  for (const candidate of unit === undefined ? (['s', 'ms', 'us'] as const) : [unit]) {
    const micros = epochMicros(match[1] ?? '', match[2] ?? '', EPOCH_DIGITS[candidate]);
    if (micros < EPOCH_FROM || micros >= EPOCH_TO) continue;
    const result = canonical(Math.floor(micros / 1e6), String(micros % 1e6).padStart(6, '0'));
    const isTruncated = /[1-9]/.test((match[2] ?? '').slice(EPOCH_DIGITS[candidate]));
    return isTruncated && 'ok' in result ? { ...result, truncated: true } : result;
  }
  return OUT_OF_EPOCH;
}

/** Exact inside the accepted years: they stay below 2^53 microseconds. */
function epochMicros(whole: string, fraction: string, digits: number): number {
  return Number(whole + fraction.slice(0, digits).padEnd(digits, '0'));
}

/**
 * Moves a canonical time by whole microseconds, exactly.
 * @throws RangeError if `micros` is no safe integer or the result leaves the years 0001 to 9999.
 */
export function addMicroseconds(time: string, micros: number): string {
  if (!Number.isSafeInteger(micros)) throw new RangeError('Only whole microseconds can be added');
  const whole = Math.floor(micros / 1e6);
  const sum = Number(time.slice(20)) + (micros - whole * 1e6);
  const carry = sum >= 1e6 ? 1 : 0;
  const seconds = whole + carry;
  const fraction = String(sum - carry * 1e6).padStart(6, '0');
  if (seconds === 0) return time.slice(0, 20) + fraction;
  const result = canonical(secondsOf(time) + seconds, fraction);
  if ('ok' in result) return result.ok;
  throw new RangeError('The time leaves the years 0001 to 9999');
}
