import { MigrateError } from '../errors.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const SAMPLE = 6 * HOUR;
const CACHED_DAYS = 20_000;

/** What becomes of a local time: the instant in UTC seconds, the earlier one if it occurs twice. */
export interface LocalInstant {
  readonly utc: number;
  readonly ambiguous: boolean;
}

/** A zone with one offset for ever (in seconds east of UTC), or one with rules. */
export type Zone =
  | { readonly offset: number }
  /** Local seconds since 1970-01-01T00:00:00 of that clock; undefined if the clocks skipped this time. */
  | {
      readonly resolve: (local: number) => LocalInstant | undefined;
      /** The spans around a day, by its number since 1970. */
      readonly spansOf: (day: number) => readonly Span[];
    };

/** A stretch of time with one offset: UTC seconds, `from` inclusive, `to` exclusive. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly offset: number;
}

type OffsetAt = (utc: number) => number;

/** What the clocks of a zone show, in seconds. */
export interface Clock {
  readonly local: (utc: number) => number;
  /** Of a local time that occurs twice the later instant; of one that the clocks skipped, by the offset before. As PostgreSQL does. */
  readonly utc: (local: number) => number;
}

/** The two digits at `at` as a number, -1 if there are none. */
export function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

/** Reads `Z`, ±HH:MM, ±HHMM or ±HH from `at` to the end of the text, in seconds; NaN for anything else. */
export function readOffset(text: string, at: number): number {
  const sign = text[at];
  const length = text.length - at;
  if (sign === 'Z' || sign === 'z') return length === 1 ? 0 : Number.NaN;
  if (sign !== '+' && sign !== '-') return Number.NaN;
  const hours = twoDigits(text, at + 1);
  const minutes = offsetMinutes(text, at + 3, length - 3);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return Number.NaN;
  const seconds = hours * HOUR + minutes * 60;
  return sign === '-' && seconds !== 0 ? -seconds : seconds;
}

function offsetMinutes(text: string, at: number, length: number): number {
  if (length === 0) return 0;
  if (length === 2) return twoDigits(text, at);
  return length === 3 && text[at] === ':' ? twoDigits(text, at + 1) : -1;
}

/** Whether `UTC`, a fixed offset or an IANA name that this Node knows. */
export function isTimeZone(zone: string): boolean {
  return zone === 'UTC' || !Number.isNaN(readOffset(zone, 0)) || namedZone(zone) !== undefined;
}

/** @throws MigrateError `invalid-option` if the zone is unknown. */
export function compileZone(zone: string): Zone {
  if (zone === 'UTC') return { offset: 0 };
  const offset = readOffset(zone, 0);
  if (!Number.isNaN(offset)) return { offset };
  const format = namedZone(zone);
  if (format === undefined) throw new MigrateError('invalid-option', `Unknown time zone ${JSON.stringify(zone)}.`);
  const spansOf = compileRules((utc) => offsetFrom(format, utc));
  return { spansOf, resolve: (local) => resolveIn(spansOf(Math.floor(local / DAY)), local) };
}

/** @throws MigrateError `invalid-option` if the zone is unknown. */
export function compileClock(zone: string): Clock {
  const compiled = compileZone(zone);
  if ('offset' in compiled) {
    const { offset } = compiled;
    return { local: (utc) => utc + offset, utc: (local) => local - offset };
  }
  const { spansOf } = compiled;
  const offsetIn = (time: number, isAfter: (span: Span) => boolean): number =>
    spansOf(Math.floor(time / DAY)).findLast(isAfter)?.offset ?? 0;
  return {
    local: (utc) => utc + offsetIn(utc, ({ from }) => utc >= from),
    utc: (local) => local - offsetIn(local, ({ from, offset }) => local - offset >= from),
  };
}

/** Made once: fifty columns that name a zone name one or two. */
const NAMED = new Map<string, Intl.DateTimeFormat | undefined>();

function namedZone(zone: string): Intl.DateTimeFormat | undefined {
  if (!NAMED.has(zone)) NAMED.set(zone, formatOf(zone));
  return NAMED.get(zone);
}

function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  } catch {
    return undefined;
  }
}

/** Parses what `longOffset` prints: `GMT`, `GMT+02:00`, and before standard time also `GMT+00:53:28`. */
function offsetFrom(format: Intl.DateTimeFormat, utc: number): number {
  const name = format.formatToParts(utc * 1000).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const [hours = 0, minutes = 0, seconds = 0] = name.slice(4).split(':').map(Number);
  const size = hours * HOUR + minutes * 60 + seconds;
  return name[3] === '-' || name[3] === '\u2212' ? -size : size;
}

/** Asks Intl a few times per calendar day and remembers the answers: a million times of one day cost as much as one. */
function compileRules(offsetAt: OffsetAt): (day: number) => readonly Span[] {
  const days = new Map<number, readonly Span[]>();
  return (day) => {
    let spans = days.get(day);
    if (spans === undefined) {
      if (days.size >= CACHED_DAYS) days.clear();
      spans = spansAround(day * DAY, offsetAt);
      days.set(day, spans);
    }
    return spans;
  };
}

function resolveIn(spans: readonly Span[], local: number): LocalInstant | undefined {
  let found: number | undefined;
  for (const span of spans) {
    const utc = local - span.offset;
    if (utc < span.from || utc >= span.to) continue;
    if (found !== undefined) return { utc: found, ambiguous: true };
    found = utc;
  }
  return found === undefined ? undefined : { utc: found, ambiguous: false };
}

/** The spans that a local time of this day can fall into, in order: no offset exceeds 24 hours. */
function spansAround(dayStart: number, offsetAt: OffsetAt): readonly Span[] {
  const end = dayStart + 2 * DAY;
  const spans: Span[] = [];
  let from = dayStart - DAY;
  let offset = offsetAt(from);
  for (let at = from; at < end; at += SAMPLE) {
    const next = offsetAt(at + SAMPLE);
    if (next === offset) continue;
    const change = changeBetween(at, at + SAMPLE, offsetAt);
    spans.push({ from, to: change, offset });
    from = change;
    offset = next;
  }
  spans.push({ from, to: end, offset });
  return spans;
}

/** The first second of the new offset. */
function changeBetween(before: number, after: number, offsetAt: OffsetAt): number {
  const offset = offsetAt(before);
  let low = before;
  let high = after;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle) === offset) low = middle;
    else high = middle;
  }
  return high;
}
