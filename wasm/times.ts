// Times and dates as src/time/time.ts reads them; what it would refuse is left to it.
import { NO_ZONE, SLOT_LENGTH, SLOT_SCRATCH, SLOT_TEXT, SLOT_WHOLE } from '../src/checking/blocks/layout';
import { COLON, isDigit, MINUS, PLUS, POINT, SPACE, ZERO } from './bytes';

const DAY: i64 = 86_400;
const SECOND: i64 = 1_000_000;
/** 2000-01-01, from which times are counted, in days from 0000-03-01. */
const EPOCH_DAY: i32 = 730_425;
/** The first and the last second that columns hold, from 2000-01-01: 0001-01-01T00:00:00 and 9999-12-31T23:59:59. */
const FIRST: i64 = -63_082_281_600;
const LAST: i64 = 252_455_615_999;
/** Of `YYYY-MM-DD HH:MM:SS.ffffff`. */
const CANONICAL_LENGTH: u32 = 26;

/** What an offset is not. */
const NO_OFFSET: i32 = i32.MIN_VALUE;

/** The microseconds of a time and its canonical text, in UTC. */
export function readTime(slot: usize, text: usize, length: usize, zone: i32): bool {
  const days = daysAt(text, length);
  if (days === i32.MIN_VALUE || length < 19) return false;
  const separator = load<u8>(text, 10);
  if (separator !== 0x54 && separator !== SPACE && separator !== 0x74) return false;
  const hour = twoDigits(text + 11);
  const minute = twoDigits(text + 14);
  const second = twoDigits(text + 17);
  if (<u32>hour > 23 || <u32>minute > 59 || <u32>second > 59) return false;
  if (load<u8>(text, 13) !== COLON || load<u8>(text, 16) !== COLON) return false;
  const end = text + length;
  let at = text + 19;
  let micros: i64 = 0;
  if (at < end && load<u8>(at) === POINT) {
    const first = ++at;
    let weight: i64 = 100_000;
    for (; at < end && isDigit(load<u8>(at)); at++) {
      const digit = <i64>(load<u8>(at) - ZERO);
      // Finer than a microsecond.
      if (weight === 0 && digit !== 0) return false;
      micros += digit * weight;
      weight /= 10;
    }
    if (at === first) return false;
  }
  const offset = at === end ? zone : offsetAt(at, end);
  if (offset === NO_OFFSET || offset === NO_ZONE) return false;
  const clock = (hour * 60 + minute) * 60 + second;
  const seconds = <i64>days * DAY + clock - offset;
  if (seconds < FIRST || seconds > LAST) return false;
  store<i64>(slot, seconds * SECOND + micros, SLOT_WHOLE);
  const made = slot + SLOT_SCRATCH;
  if (offset === 0) {
    v128.store(made, v128.load(text));
    store<u8>(made, SPACE, 10);
    store<u32>(made, load<u32>(text, 16), 16);
  } else writeTime(made, seconds);
  store<u8>(made, POINT, 19);
  writeDigits(made + 20, <i32>micros, 6);
  store<u32>(slot, <u32>made, SLOT_TEXT);
  store<u32>(slot, CANONICAL_LENGTH, SLOT_LENGTH);
  return true;
}

/** A date `YYYY-MM-DD`, counted in days. */
export function readDate(slot: usize, text: usize, length: usize): bool {
  const days = length === 10 ? daysAt(text, length) : i32.MIN_VALUE;
  store<i64>(slot, <i64>days, SLOT_WHOLE);
  return days !== i32.MIN_VALUE;
}

/** Days from 2000-01-01 of the date that begins here. https://howardhinnant.github.io/date_algorithms.html#days_from_civil */
function daysAt(text: usize, length: usize): i32 {
  if (length < 10 || load<u8>(text, 4) !== MINUS || load<u8>(text, 7) !== MINUS) return i32.MIN_VALUE;
  const century = twoDigits(text);
  const ofCentury = twoDigits(text + 2);
  const month = twoDigits(text + 5);
  const day = twoDigits(text + 8);
  const year = century * 100 + ofCentury;
  if (century < 0 || ofCentury < 0 || year === 0 || month < 1 || month > 12) return i32.MIN_VALUE;
  if (day < 1 || day > daysInMonth(year, month)) return i32.MIN_VALUE;
  const shifted = month > 2 ? year : year - 1;
  const fromMarch = month > 2 ? month - 3 : month + 9;
  const dayOfYear = (153 * fromMarch + 2) / 5 + day - 1;
  return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - EPOCH_DAY;
}

function daysInMonth(year: i32, month: i32): i32 {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** `Z`, ±HH, ±HHMM or ±HH:MM, in seconds. */
function offsetAt(at: usize, end: usize): i32 {
  const sign = load<u8>(at);
  const length = end - at;
  if (sign === 0x5a || sign === 0x7a) return length === 1 ? 0 : NO_OFFSET;
  if (sign !== PLUS && sign !== MINUS) return NO_OFFSET;
  const hours = length >= 3 ? twoDigits(at + 1) : -1;
  let minutes = -1;
  if (length === 3) minutes = 0;
  else if (length === 5) minutes = twoDigits(at + 3);
  else if (length === 6 && load<u8>(at, 3) === COLON) minutes = twoDigits(at + 4);
  if (<u32>hours > 23 || <u32>minutes > 59) return NO_OFFSET;
  const seconds = (hours * 60 + minutes) * 60;
  return sign === MINUS ? -seconds : seconds;
}

/** `YYYY-MM-DD HH:MM:SS`. https://howardhinnant.github.io/date_algorithms.html#civil_from_days */
function writeTime(to: usize, seconds: i64): void {
  const sinceMarch = seconds + <i64>EPOCH_DAY * DAY;
  const days = <i32>(sinceMarch / DAY);
  const clock = <i32>(sinceMarch % DAY);
  const era = days / 146_097;
  const dayOfEra = days % 146_097;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const fromMarch = (5 * dayOfYear + 2) / 153;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  writeDigits(to, era * 400 + yearOfEra + (month > 2 ? 0 : 1), 4);
  store<u8>(to, MINUS, 4);
  writeDigits(to + 5, month, 2);
  store<u8>(to, MINUS, 7);
  writeDigits(to + 8, dayOfYear - (153 * fromMarch + 2) / 5 + 1, 2);
  store<u8>(to, SPACE, 10);
  writeDigits(to + 11, clock / 3600, 2);
  store<u8>(to, COLON, 13);
  writeDigits(to + 14, (clock / 60) % 60, 2);
  store<u8>(to, COLON, 16);
  writeDigits(to + 17, clock % 60, 2);
}

function writeDigits(to: usize, value: i32, length: usize): void {
  let rest = value;
  for (let at = to + length; at > to; rest /= 10) store<u8>(--at, <u8>(ZERO + <u8>(rest % 10)));
}

/** -1 where there are none. */
function twoDigits(at: usize): i32 {
  const tens = load<u8>(at);
  const ones = load<u8>(at, 1);
  return isDigit(tens) && isDigit(ones) ? <i32>(tens - ZERO) * 10 + <i32>(ones - ZERO) : -1;
}
