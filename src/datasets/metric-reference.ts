import { emptyObject, isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import { type Reference, type RowLookup, SOURCE_ID } from '../schema/row-group.ts';
import { metrics as table } from '../schema/tables/operations.ts';
import type { RecordAccount } from './account.ts';
import type { MappingContext } from './dataset.ts';
import { kindOf } from './misfits.ts';
import { referenceId } from './reference-id.ts';
import { isoTime } from './write-members.ts';

/** Members that name the metric that a prediction looked at. */
export const METRIC_MEMBERS = ['metric', 'metric_timestamp', 'metric_source', 'timestamp', 'source', 'metrics_id'];

interface Named {
  /** Where the members are: the record itself, or its member `metric`. */
  readonly holder: JsonObject;
  readonly pointer: string;
  readonly time: string;
  readonly source: string;
}

/**
 * The metric by time and source, else by the id that it had in its old table; no reference where the record names none.
 * In the `extra` that comes back the time is an instant in UTC and the source is said, so that it means the same anywhere.
 */
export function metricReference(
  extra: JsonObject,
  context: MappingContext,
  account: RecordAccount,
): { readonly reference: Reference | undefined; readonly extra: JsonObject } | undefined {
  const copy: JsonObject = Object.assign(emptyObject(), extra);
  const named = namedBy(copy);
  const lookups: RowLookup[] = [];
  let pointer = '/metrics_id';
  if (named !== undefined) {
    const lookup = atTime(named, context, account);
    if (lookup === undefined) return undefined;
    lookups.push(lookup);
    pointer = `${named.pointer}/${named.time}`;
  }
  const id = referenceId(copy, 'metrics_id', account);
  if (account.rejected) return undefined;
  if (id !== undefined) {
    lookups.push({ table, by: [SOURCE_ID], key: [id], words: 'the measurement of this id' });
  }
  const reference = lookups.length === 0 ? undefined : { column: 'metrics_id', pointer, lookups };
  return { reference, extra: copy };
}

/** A time alone says when the prediction was made; with a source it is that of a measurement. */
function namedBy(extra: JsonObject): Named | undefined {
  const { metric } = extra;
  if (isJsonObject(metric) && has(metric, 'timestamp')) {
    const holder: JsonObject = Object.assign(emptyObject(), metric);
    extra['metric'] = holder;
    return { holder, pointer: '/metric', time: 'timestamp', source: 'source' };
  }
  if (has(extra, 'metric_timestamp')) {
    const source = has(extra, 'metric_source') || !has(extra, 'source') ? 'metric_source' : 'source';
    return { holder: extra, pointer: '', time: 'metric_timestamp', source };
  }
  if (!has(extra, 'timestamp') || !has(extra, 'source')) return undefined;
  return { holder: extra, pointer: '', time: 'timestamp', source: 'source' };
}

function has(object: JsonObject, member: string): boolean {
  return (object[member] ?? null) !== null;
}

function atTime(
  { holder, pointer, time, source }: Named,
  context: MappingContext,
  account: RecordAccount,
): RowLookup | undefined {
  const text = textOf(holder[time], `${pointer}/${time}`, account);
  const standard = context.source === undefined || context.source === 'stem' ? 'unknown' : context.source;
  const given = has(holder, source) ? textOf(holder[source], `${pointer}/${source}`, account) : standard;
  if (text === undefined || given === undefined) return undefined;
  const result = context.readTime(text);
  if (!('ok' in result)) {
    account.reject(result.code, `${pointer}/${time}`, `${time}: ${result.message}`);
    return undefined;
  }
  if (result.ambiguous) account.repair('ambiguous-local-time');
  holder[time] = isoTime(result.ok);
  if (given !== 'unknown') holder[source] = given;
  const key = [given, result.ok];
  return { table, by: ['source', 'timestamp'], key, words: 'the measurement of this source at this time' };
}

function textOf(value: JsonValue | undefined, pointer: string, account: RecordAccount): string | undefined {
  if (typeof value === 'string') return value;
  const member = pointer.slice(pointer.lastIndexOf('/') + 1);
  account.reject('wrong-type', pointer, `${member} must be text, not ${kindOf(value)}`);
  return undefined;
}
