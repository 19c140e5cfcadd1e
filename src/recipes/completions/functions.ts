import type { Complaint, DatasetFunctions } from '../../declarations/functions.ts';
import { resolvePointer } from '../../json/pointer.ts';
import { ExactNumber, type JsonValue } from '../../json/value.ts';

/** Every way to write a count of tokens, but for those of other programs. */
const COUNTS = [
  ...['/prompt_tokens', '/tokens/prompt', '/completion_tokens', '/tokens/completion'],
  ...['/total_tokens', '/tokens/total'],
];

/** Prompt, completion and total tokens that a repair of the old application made up from the latency. */
const INVENTED = new Set(['50/25/75', '100/50/150', '200/100/300', '300/150/450']);

/** No provider has reasons of this kind: larger numbers are a latency or a count of another column. */
const MOST_OF_A_REASON = 1000;

/** A column that was dropped by its position moved the values of its neighbours: nothing in such a row can be trusted. */
function inspect(record: JsonValue): readonly Complaint[] {
  const texts = COUNTS.filter((at) => typeof resolvePointer(record, at) === 'string');
  const complaints = texts.map((at): Complaint => {
    return { code: 'shifted-row', at, reject: `${at.slice(1)} holds text in place of a count of tokens` };
  });
  const isNumber = numberOf(resolvePointer(record, '/finish_reason')) > MOST_OF_A_REASON;
  const reject = 'finish_reason holds a large number in place of a reason';
  return isNumber ? [...complaints, { code: 'shifted-row', at: '/finish_reason', reject }] : complaints;
}

/** Also of digits in text: a column of text turns every number into one. */
function numberOf(value: JsonValue | undefined): number {
  if (value instanceof ExactNumber) return Number(value.text);
  if (typeof value === 'string') return /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  return typeof value === 'number' ? value : Number.NaN;
}

function doubt(row: Readonly<Record<string, unknown>>): ReturnType<NonNullable<DatasetFunctions['doubt']>> {
  const counts = [row['prompt_tokens'], row['completion_tokens'], row['total_tokens']].join('/');
  const words = 'its counts of tokens are three that an earlier repair made up from the latency';
  return INVENTED.has(counts) ? { code: 'suspect-token-triple', words } : undefined;
}

export const FUNCTIONS = { inspect, doubt } satisfies DatasetFunctions;
