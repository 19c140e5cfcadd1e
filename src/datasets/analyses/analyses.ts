import { readFaithfully } from '../../json/parse.ts';
import type { Shape } from '../../json/probe.ts';
import { emptyObject, isJsonObject, type JsonObject } from '../../json/value.ts';
import { fits, type Value } from '../../schema/table.ts';
import { analyses as table } from '../../schema/tables/incidents.ts';
import type { RecordAccount } from '../account.ts';
import type { Candidate, Dataset, MappingContext, RecordMapper, SourceContext } from '../dataset.ts';
import { compileMembers, destinations, type MemberSpecs, type Members, spellings } from '../members.ts';
import { objectOf } from '../misfits.ts';
import { ownedRow } from '../owned-row.ts';
import { recordKey } from '../record-key.ts';
import { findRows, hasAny, inDirectory } from '../shapes.ts';
import { MAP_KEY, sourceIdOf, withMapKey } from '../source-id.ts';
import { derivedId } from '../uuid.ts';
import { withExtra } from '../with-extra.ts';
import { withDerived, writeMembers } from '../write-members.ts';
import { derivedOf, derivedOfRow, OWN_ID } from './derived.ts';

/** What stands beside the response, also in dumps that are the response alone. */
const ENVELOPE = {
  analysis_id: { from: ['analysisId'], identifier: 'text' },
  user_id: { from: ['userId'], identifier: 'text' },
  request: {},
  response: {},
  created_at: { from: ['createdAt'] },
} as const satisfies MemberSpecs;

const SPECS: MemberSpecs = { ...ENVELOPE, status: {}, confidence: {}, root_cause: {}, processing_time_ms: {} };

const KEPT = ['id', MAP_KEY];

const BESIDE = new Set([...KEPT, ...Object.entries(ENVELOPE).flatMap(([name, spec]) => spellings(name, spec))]);

const ORIGIN = { dataset: 'analyses', name: 'analyses' };

function compile(context: MappingContext): RecordMapper<Members> {
  const read = compileMembers(table, SPECS, context, { kept: KEPT });
  return {
    validate({ value, key }, source, account) {
      const record = objectOf(value, 'an analysis', account);
      if (record === undefined) return undefined;
      const members = read(withResponse(record, account), '', account);
      return members && withId(members, key, source, account);
    },
    map(members, source, account) {
      const derived = derivedOf((name) => members.values.get(name), context, account);
      const filled = withDerived(table, members, derived, account);
      const values = withExtra(filled);
      const key = values.get('analysis_id') ?? recordKey(ORIGIN, sourceIdOf(filled.extra ?? {}), values, source);
      return ownedRow(table, values.with({ id: derivedId('analyses', String(key)) }).row);
    },
  };
}

/** Some dumps are the response alone: then all of it that names no analysis is the response. */
function withResponse(value: JsonObject, account: RecordAccount): JsonObject {
  if (['request', 'response'].some((name) => (value[name] ?? null) !== null)) return value;
  const record = emptyObject();
  const response = emptyObject();
  for (const member of Object.keys(value)) (BESIDE.has(member) ? record : response)[member] = value[member] ?? null;
  const members = Object.keys(response).length;
  if (members === 0) return record;
  // They are counted as one otherwise.
  account.columns += members - 1;
  record['response'] = response;
  return record;
}

/** The id that the response has. */
function idIn(response: Value): string | undefined {
  const value = typeof response === 'string' ? readFaithfully(response) : undefined;
  const ids = isJsonObject(value) ? NAMES.map((name) => value[name]) : [];
  return ids.find((id) => typeof id === 'string');
}

/** The id is the member's, else the response's, else the name in a map, else that of the file where it looks like one. */
function withId(
  members: Members,
  key: string | undefined,
  source: SourceContext,
  account: RecordAccount,
): Members | undefined {
  if (members.values.get('analysis_id') !== null) return withMapKey(members, key, ['analysis_id']);
  const inside = idIn(members.values.get('response'));
  const stem = source.container === 'document' && OWN_ID.test(source.stem) ? source.stem : undefined;
  const id = inside ?? key ?? stem;
  if (id === undefined || fits(id, table.columns.analysis_id.max))
    return withMapKey({ ...members, values: members.values.with({ analysis_id: id }) }, key, ['analysis_id']);
  account.reject('too-long', '', `analysis_id must be text of at most ${table.columns.analysis_id.max} characters`);
  return undefined;
}

/** What no other response of an application has. */
const OF_AN_INCIDENT = ['root_cause', 'timeline', 'recommended_actions', 'alternative_hypotheses', 'agent_history'];

const NAMES = ['analysis_id', 'analysisId'];

function isResponse(shape: Shape | undefined): boolean {
  return shape !== undefined && hasAny(shape, ['status', 'confidence']) && hasAny(shape, OF_AN_INCIDENT);
}

function isAnalysis(shape: Shape): boolean {
  if (isResponse(shape) || isResponse(shape.members.get('response'))) return true;
  return hasAny(shape, NAMES) && hasAny(shape, ['request', 'response', 'status', 'confidence']);
}

/** Where the path says analyses, fewer signs are enough. */
function isLikelyAnalysis(shape: Shape): boolean {
  return hasAny(shape, [...NAMES, 'request', 'response', 'confidence', ...OF_AN_INCIDENT]);
}

function isExpected(candidate: Candidate): boolean {
  return (
    /^analys[ei]s$/i.test(candidate.stem) ||
    OWN_ID.test(candidate.stem) ||
    ['analyses', 'analysis'].some((name) => inDirectory(candidate, name))
  );
}

export const analyses = {
  name: 'analyses',
  mappingVersion: 1,
  description: 'Analyses of incidents: dumps as an array or a map by id, or one file each, <analysis id>.json.',
  tables: [table],
  isOwned: false,
  sharedMembers: ['user_id', 'userId'],
  destinations: new Map(destinations(table, SPECS)),
  expects: isExpected,
  containerOf(candidate) {
    const expected = isExpected(candidate);
    return findRows(candidate, expected, expected ? isLikelyAnalysis : isAnalysis, ['analyses']);
  },
  compile,
  layout: {
    table,
    container: 'array',
    path: () => ['analyses'],
    write: ({ values }) => writeMembers(table, SPECS, values, derivedOfRow(values)),
  },
} as const satisfies Dataset;
