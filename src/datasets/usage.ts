import { isJsonObject, type JsonValue } from '../json/value.ts';
import { usage as table } from '../schema/tables/council.ts';
import { compileColumnReader, type MakeReader } from './column-reader.ts';
import type { Dataset, MappingContext, RecordMapper } from './dataset.ts';
import { compileMembers, destinations, type MemberSpecs, type Members } from './members.ts';
import { kindOf } from './misfits.ts';
import { findContainer, hasAny, inDirectory } from './shapes.ts';
import { withMapKey } from './source-id.ts';
import { withExtra } from './with-extra.ts';
import { writeMembers } from './write-members.ts';

/** What the old application granted, by tier: where a file names no limit, it had these. */
const TIER_LIMITS: Readonly<Record<string, { readonly daily: number; readonly monthly: number }>> = {
  free: { daily: 10, monthly: 100 },
  pro: { daily: 100, monthly: 3000 },
  enterprise: { daily: 999_999, monthly: 999_999 },
};

/** The number that the old application stored for "unlimited". */
const UNLIMITED = 999_999;

/** "unlimited" or a number. */
const limit: MakeReader = (declared, context) => {
  const read = compileColumnReader(declared, context);
  return (value) => (value === 'unlimited' ? UNLIMITED : read(value));
};

const SPELLINGS = {
  user_id: { from: ['userId'], identifier: 'text' },
  tier: {},
  daily_used: { as: 'daily_count', from: ['daily_queries_used'] },
  daily_limit: { from: ['daily_queries_limit'], reader: limit },
  monthly_used: { as: 'monthly_count', from: ['monthly_queries_used'] },
  monthly_limit: { from: ['monthly_queries_limit'], reader: limit },
  total_queries: {},
  last_reset_daily: { as: 'last_daily_reset' },
  last_reset_monthly: { as: 'last_monthly_reset' },
  created_at: { from: ['createdAt'] },
  updated_at: { from: ['updatedAt'] },
} as const satisfies MemberSpecs;

const COUNTERS = [
  'daily_count',
  'daily_used',
  'daily_queries_used',
  'monthly_count',
  'monthly_used',
  'monthly_queries_used',
  'last_daily_reset',
  'last_reset_daily',
];
const MEMBERS = [
  ...COUNTERS,
  'tier',
  'total_queries',
  'last_monthly_reset',
  'last_reset_monthly',
  'daily_limit',
  'monthly_limit',
];

function compile(context: MappingContext): RecordMapper<Members & { readonly key: string | undefined }> {
  const read = compileMembers(table, SPELLINGS, context);
  return {
    validate(record, _source, account) {
      const { value, key } = record;
      if (!isUsage(value)) {
        account.reject('wrong-shape', '', `usage counters must be an object with counters, not ${kindOf(value)}`);
        return undefined;
      }
      const members = read(value, '', account);
      if (members === undefined) return undefined;
      return { ...(members.values.get('user_id') === null ? members : withMapKey(members, key, ['user_id'])), key };
    },
    map(members, source) {
      const { values, key } = members;
      const owner = String(values.get('user_id') ?? key ?? source.owner);
      const tier = String(values.get('tier') ?? 'free');
      const limits = TIER_LIMITS[tier];
      const { row } = withExtra(members).with({
        user_id: owner,
        tier,
        daily_used: values.get('daily_used') ?? 0,
        daily_limit: values.get('daily_limit') ?? limits?.daily,
        monthly_used: values.get('monthly_used') ?? 0,
        monthly_limit: values.get('monthly_limit') ?? limits?.monthly,
        total_queries: values.get('total_queries') ?? 0,
      });
      return {
        root: table,
        row,
        owner,
        namesOwner: values.get('user_id') !== null || key !== undefined,
        children: [],
      };
    },
  };
}

function isUsage(value: JsonValue): value is Extract<JsonValue, { [member: string]: JsonValue }> {
  return isJsonObject(value) && MEMBERS.some((member) => Object.hasOwn(value, member));
}

export const usage = {
  name: 'usage',
  mappingVersion: 2,
  description: 'Usage counters of a user: usage/<user>/usage.json, <user>/usage.json, or exports of them.',
  tables: [table],
  isOwned: true,
  sharedMembers: ['user_id', 'userId'],
  keyNamesOwner: true,
  destinations: new Map(destinations(table, SPELLINGS)),
  expects: (candidate) => candidate.stem === 'usage' || inDirectory(candidate, 'usage'),
  containerOf(candidate) {
    // Where the path says usage, fewer signs are enough.
    const members = this.expects(candidate) ? MEMBERS : COUNTERS;
    return findContainer(candidate, (shape) => hasAny(shape, members), ['usage']);
  },
  compile,
  layout: {
    table,
    container: 'document',
    path: ({ values }) => ['usage', String(values['user_id']), 'usage'],
    write: ({ values }) => writeMembers(table, SPELLINGS, values),
  },
} as const satisfies Dataset;
