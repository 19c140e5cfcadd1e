// Times and days as PostgreSQL counts them, from 2000-01-01, and as text. Most are in the shared form: `YYYY-MM-DD HH:MM:SS.ffffff`,
// UTC. The shared form has no place for `infinity` and `-infinity`, years after 9999, which have more digits here, and years before 1,
// which have ` BC` at the end.

const DAY_MICROS = 86_400_000_000;
/** 2000-01-01 counted in days from 0000-03-01. */
const EPOCH_DAY = 730_425;
const ENDLESS = { infinity: 2n ** 63n - 1n, '-infinity': -(2n ** 63n) } as const;
const ENDLESS_DAY = { infinity: 2 ** 31 - 1, '-infinity': -(2 ** 31) } as const;

/** Whether a text that stands for a time, or a day, is in the shared form. */
export function isSharedForm(text: string): boolean {
  return text.charCodeAt(4) === 45 && !text.endsWith('C');
}

/** An expression of a time without a zone as text. `pattern` is one of `to_char`. */
export function timeText(value: string, pattern: string): string {
  return `CASE WHEN NOT isfinite(${value}) THEN ${value}::text
    WHEN ${value} < '0001-01-01' THEN to_char(${value}, '${pattern} BC') ELSE to_char(${value}, '${pattern}') END`;
}

/** A text of `timeText` as one of a time with a zone: UTC. */
export function inUtc(text: string): string {
  if (isSharedForm(text)) return `${text}+00`;
  if (text.endsWith('infinity')) return text;
  return text.endsWith(' BC') ? `${text.slice(0, -3)}+00 BC` : `${text}+00`;
}

export function daysOf(text: string): number {
  if (!isSharedForm(text)) return oddDaysOf(text);
  return daysFrom(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2));
}

function oddDaysOf(text: string): number {
  if (text === 'infinity' || text === '-infinity') return ENDLESS_DAY[text];
  const [, year = '', month = '', day = ''] = /^(\d+)-(\d\d)-(\d\d)/.exec(text) ?? [];
  return daysFrom(text.endsWith(' BC') ? 1 - Number(year) : Number(year), Number(month), Number(day));
}

/** Days from 2000-01-01; the year before 1 is 0. https://howardhinnant.github.io/date_algorithms.html#days_from_civil */
function daysFrom(civilYear: number, month: number, day: number): number {
  const year = civilYear - (month > 2 ? 0 : 1);
  const fromMarch = month > 2 ? month - 3 : month + 9;
  const dayOfYear = Math.floor((153 * fromMarch + 2) / 5) + day - 1;
  const leaps = Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400);
  return year * 365 + leaps + dayOfYear - EPOCH_DAY;
}

/** A number where it is safe. Undefined for a text that is none of these times. */
export function microsOf(text: string): number | bigint | undefined {
  if (text === 'infinity' || text === '-infinity') return ENDLESS[text];
  if (!isSharedForm(text) && !/^\d{4,}-/.test(text)) return undefined;
  const days = daysOf(text);
  const micros = clockMicrosOf(text, isSharedForm(text) ? 11 : text.indexOf(' ') + 1);
  const sum = days * DAY_MICROS + micros;
  return Number.isSafeInteger(sum) ? sum : BigInt(days) * BigInt(DAY_MICROS) + BigInt(micros);
}

/** Since midnight, of a clock `HH:MM:SS.ffffff` that begins at a place of the text. */
export function clockMicrosOf(text: string, from: number): number {
  const clock = (digits(text, from, 2) * 60 + digits(text, from + 3, 2)) * 60 + digits(text, from + 6, 2);
  return clock * 1e6 + digits(text, from + 9, 6);
}

function digits(text: string, from: number, length: number): number {
  let value = 0;
  for (let i = from; i < from + length; i++) value = value * 10 + text.charCodeAt(i) - 48;
  return value;
}

/** Of microseconds; 9999 years of them are no safe integer. */
export function timeOf(micros: bigint): string {
  if (micros === ENDLESS.infinity) return 'infinity';
  if (micros === ENDLESS['-infinity']) return '-infinity';
  const sum = Number(micros);
  const isSafe = Number.isSafeInteger(sum);
  const day = isSafe ? Math.floor(sum / DAY_MICROS) : Number(floorDivided(micros, BigInt(DAY_MICROS)));
  const rest = isSafe ? sum - day * DAY_MICROS : Number(micros - BigInt(day) * BigInt(DAY_MICROS));
  const date = dayOf(day);
  const clock = clockOf(rest);
  return date.endsWith('C') ? `${date.slice(0, -3)} ${clock} BC` : `${date} ${clock}`;
}

/** Microseconds since midnight as `HH:MM:SS.ffffff`. */
export function clockOf(micros: number): string {
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

/** Rows often have the same day. */
export function dayOf(day: number): string {
  if (day === lastDay) return lastDayText;
  lastDay = day;
  lastDayText = dayText(day);
  return lastDayText;
}

/** https://howardhinnant.github.io/date_algorithms.html#civil_from_days */
function dayText(day: number): string {
  if (day === ENDLESS_DAY.infinity) return 'infinity';
  if (day === ENDLESS_DAY['-infinity']) return '-infinity';
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
  const shown = String(year < 1 ? 1 - year : year).padStart(4, '0');
  return `${shown}-${twoDigits(month)}-${twoDigits(date)}${year < 1 ? ' BC' : ''}`;
}
