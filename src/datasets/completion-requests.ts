import type { Shape } from '../json/probe.ts';
import { ExactNumber, isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import { completionRequests as table } from '../schema/tables/completions.ts';
import type { RecordAccount } from './account.ts';
import type { Candidate, Dataset, MappingContext, RecordMapper } from './dataset.ts';
import { compileFlat } from './flat-records.ts';
import { destinations, type MemberSpecs, type Members } from './members.ts';
import { ownedRow } from './owned-row.ts';
import { recordKey } from './record-key.ts';
import { findRows, inDirectory } from './shapes.ts';
import { MAP_KEY, sourceIdOf, withMapKey } from './source-id.ts';
import { withExtra } from './with-extra.ts';
import { writeMembers } from './write-members.ts';

const TIMING = {
  response_time_ms: { as: 'timing/response_time_ms', from: ['latency_ms'] },
  time_to_first_token_ms: { as: 'timing/time_to_first_token_ms' },
  time_to_last_token_ms: { as: 'timing/time_to_last_token_ms' },
} as const satisfies MemberSpecs;

const TOKENS = {
  prompt_tokens: { as: 'tokens/prompt', from: ['input_tokens'] },
  completion_tokens: { as: 'tokens/completion', from: ['output_tokens'] },
  total_tokens: { as: 'tokens/total' },
} as const satisfies MemberSpecs;

/** The reference shape is nested; older exports are flat, under the names of the columns. */
const SPECS: MemberSpecs = {
  timestamp: {},
  is_streaming: {},
  success: { required: true },
  status_code: {},
  error_type: {},
  error_message: {},
  message_count: {},
  ...TIMING,
  ...TOKENS,
  tokens_per_second: {},
  model: {},
  origin: {},
  max_tokens: {},
  temperature: {},
  top_p: {},
  finish_reason: {},
  app_version: {},
};

/** Ids that the old table or the proxy gave. */
const KEPT = ['id', 'request_id', MAP_KEY];

const ORIGIN = { dataset: 'completion_requests', name: 'completion_requests' };

/** What SQLite's own clock writes, which is UTC wherever the application ran. */
const SQLITE_TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

/** Prompt, completion and total tokens that a repair of the old application made up from the latency. */
const INVENTED = new Set(['50/25/75', '100/50/150', '200/100/300', '300/150/450']);

/** No provider has reasons of this kind: larger numbers are a latency or a count of another column. */
const MOST_OF_A_REASON = 1000;

const SUSPECT = 'its counts of tokens are three that an earlier repair made up from the latency';

function compile(context: MappingContext): RecordMapper<Members> {
  const readTime: MappingContext['readTime'] = (text) => context.readTime(SQLITE_TIME.test(text) ? `${text}Z` : text);
  return compileFlat(
    {
      table,
      specs: SPECS,
      kept: KEPT,
      what: 'a completion request',
      inspect: rejectShifted,
      finish(members, key, _source, account) {
        if (isInvented(members)) account.warn('suspect-token-triple', SUSPECT);
        return withMapKey(members, key, []);
      },
      map(members, source) {
        const values = withExtra(members);
        const record_key = recordKey(ORIGIN, ownId(members.extra ?? {}), values, source);
        return ownedRow(table, values.with({ record_key }).row);
      },
    },
    { ...context, readTime },
  );
}

/** The id of a row of the old table, else of the request: logs that grow repeat it. */
function ownId(extra: JsonObject): string | undefined {
  const request = extra['request_id'];
  return sourceIdOf(extra) ?? (typeof request === 'string' ? `request ${request}` : undefined);
}

/** A column that was dropped by its position moved the values of its neighbours: nothing in such a row can be trusted. */
function rejectShifted(value: JsonObject, account: RecordAccount): void {
  for (const member of Object.entries(TOKENS).flatMap(([name, { as }]) => [name, as])) {
    if (typeof memberAt(value, member) === 'string')
      account.reject('shifted-row', `/${member}`, `${member} holds text in place of a count of tokens`);
  }
  if (numberOf(value['finish_reason']) > MOST_OF_A_REASON)
    account.reject('shifted-row', '/finish_reason', 'finish_reason holds a large number in place of a reason');
}

/** `tokens/total` is the member `total` of the object `tokens`. */
function memberAt(value: JsonObject, path: string): JsonValue | undefined {
  const [outer = path, inner] = path.split('/');
  const found = value[outer];
  if (inner === undefined) return found;
  return isJsonObject(found) ? found[inner] : undefined;
}

/** Also of digits in text: a column of text turns every number into one. */
function numberOf(value: JsonValue | undefined): number {
  if (value instanceof ExactNumber) return Number(value.text);
  if (typeof value === 'string') return /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  return typeof value === 'number' ? value : Number.NaN;
}

function isInvented({ values }: Members): boolean {
  return INVENTED.has(
    Object.keys(TOKENS)
      .map((name) => values.get(name))
      .join('/'),
  );
}

const SIGNS = [
  'success',
  'is_streaming',
  'finish_reason',
  'message_count',
  'tokens_per_second',
  ...Object.keys(TOKENS),
  'input_tokens',
  'output_tokens',
];

function signsOf(shape: Shape): number {
  const flat = [...SIGNS, 'time_to_first_token_ms', 'time_to_last_token_ms'];
  const nested = [...Object.values(TIMING), ...Object.values(TOKENS)].some(({ as }) => hasNested(shape, as));
  return flat.filter((name) => shape.members.has(name)).length + (nested ? 1 : 0);
}

function hasNested(shape: Shape, path: string): boolean {
  const [outer = path, inner = ''] = path.split('/');
  return shape.members.get(outer)?.members.has(inner) ?? false;
}

function isExpected(candidate: Candidate): boolean {
  return (
    /^(?:completion[_-]?requests?|llm[_-]usage)/i.test(candidate.stem) || inDirectory(candidate, 'completion_requests')
  );
}

export const completionRequests = {
  name: 'completion_requests',
  mappingVersion: 1,
  description:
    'Requests that an LLM proxy passed on: exports with timing and tokens, flat exports, or rows of its table.',
  tables: [table],
  isOwned: false,
  destinations: new Map(destinations(table, SPECS)),
  expects: isExpected,
  containerOf(candidate) {
    const expected = isExpected(candidate);
    const least = expected ? 1 : 2;
    return findRows(candidate, expected, (shape) => signsOf(shape) >= least, ['completion_requests', 'requests']);
  },
  compile,
  layout: {
    table,
    container: 'array',
    path: () => ['completion_requests'],
    write: ({ values }) => writeMembers(table, SPECS, values),
  },
} as const satisfies Dataset;
