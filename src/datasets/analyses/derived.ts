import { readFaithfully } from '../../json/parse.ts';
import { ExactNumber, isJsonObject, type JsonObject, type JsonValue } from '../../json/value.ts';
import type { Value } from '../../schema/table.ts';
import { compileTimeReader, readEpoch } from '../../time/time.ts';
import type { RecordAccount } from '../account.ts';
import type { MappingContext, StoredRow } from '../dataset.ts';
import type { Derived } from '../write-members.ts';

/** Answers what a column holds. */
type Columns = (name: string) => Value;

/** Members of the response that have columns of their own. */
const TEXTS = ['status', 'root_cause'] as const;
const NUMBERS = ['confidence', 'processing_time_ms'] as const;

/** The application counted its analyses by the time: `analysis_` and milliseconds since 1970. */
export const OWN_ID = /^analysis_(\d+)$/;

/** Zones are whole quarters of an hour apart, and at most 14 hours from UTC. */
const QUARTER = 15 * 60;
const MOST_QUARTERS = 14 * 4;

const readUtc = compileTimeReader('UTC');

/** What a record does not say in its own columns, but its request, response or id do. */
export function derivedOf(values: Columns, context: MappingContext, account: RecordAccount): Derived {
  const given = values('created_at');
  if (given === null) return { ...ofResponse(values), created_at: createdAt(values, context, account) };
  return derivedOfStored(values);
}

/** The same of a stored row, for `export`. */
export function derivedOfRow(row: StoredRow): Derived {
  return derivedOfStored((name) => row[name] ?? null);
}

function derivedOfStored(values: Columns): Derived {
  const stored = values('created_at');
  return { ...ofResponse(values), created_at: isDerivable(stored, values) ? stored : undefined };
}

/** The columns that repeat a member of the response. One of another type stays in the response alone. */
function ofResponse(values: Columns): Derived {
  const response = objectIn(values('response'));
  if (response === undefined) return {};
  const texts = TEXTS.map((name): [string, Value | undefined] => [name, textOf(response[name])]);
  const numbers = NUMBERS.map((name): [string, Value | undefined] => [name, numberOf(response[name])]);
  return Object.fromEntries([...texts, ...numbers]);
}

/** The time of the request, else the one that the id counts. */
function createdAt(values: Columns, context: MappingContext, account: RecordAccount): string | undefined {
  const text = requestTime(values);
  const read = text === undefined ? undefined : context.readTime(text);
  if (read === undefined || !('ok' in read)) return epochOf(values);
  if (read.ambiguous) account.repair('ambiguous-local-time');
  return read.ok;
}

/** Whether the time follows from the rest in some zone: no row says in which one its naive times were read. */
function isDerivable(time: Value | undefined, values: Columns): boolean {
  if (typeof time !== 'string') return false;
  const text = requestTime(values);
  const read = text === undefined ? undefined : readUtc(text);
  return time === epochOf(values) || (read !== undefined && 'ok' in read && isSameClock(time, read.ok));
}

function isSameClock(one: string, other: string): boolean {
  const quarters = (secondsOf(one) - secondsOf(other)) / QUARTER;
  return one.slice(20) === other.slice(20) && Number.isInteger(quarters) && Math.abs(quarters) <= MOST_QUARTERS;
}

function secondsOf(time: string): number {
  return Date.parse(`${time.slice(0, 10)}T${time.slice(11, 19)}Z`) / 1000;
}

function requestTime(values: Columns): string | undefined {
  return textOf(objectIn(values('request'))?.['timestamp']);
}

function epochOf(values: Columns): string | undefined {
  const [, digits] = OWN_ID.exec(String(values('analysis_id') ?? '')) ?? [];
  const read = digits === undefined ? undefined : readEpoch(digits, 'ms');
  return read !== undefined && 'ok' in read ? read.ok : undefined;
}

/** The object that a JSON column holds. */
function objectIn(text: Value | undefined): JsonObject | undefined {
  const value = typeof text === 'string' ? readFaithfully(text) : undefined;
  return isJsonObject(value) ? value : undefined;
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: JsonValue | undefined): number | undefined {
  const number = value instanceof ExactNumber ? Number(value.text) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
