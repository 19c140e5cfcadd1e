import { z } from 'zod';
import { canonicalJson } from '../json/canonical.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import { rowOf } from '../schema/table.ts';
import { TABLES } from '../schema/tables.ts';
import { columnSchema } from './column-schema.ts';
import type { Dataset, MappingContext, RecordMapper } from './dataset.ts';
import { kindOf } from './member-findings.ts';
import { compileMembers, destinations, type MemberSpecs, type Members } from './members.ts';
import { findContainer, hasAny, inDirectory } from './shapes.ts';
import { withMapKey } from './source-id.ts';
import { writeMembers } from './write-members.ts';

/** What the old application granted, by tier: where a file names no limit, it had these. */
const TIER_LIMITS: Readonly<Record<string, { readonly daily: number; readonly monthly: number }>> = {
  free: { daily: 10, monthly: 100 },
  pro: { daily: 100, monthly: 3000 },
  enterprise: { daily: 999_999, monthly: 999_999 },
};

/** The number that the old application stored for "unlimited". */
const UNLIMITED = 999_999;

const { usage: table } = TABLES;

const SPELLINGS = {
  user_id: { from: ['userId'], identifier: 'text' },
  tier: {},
  daily_used: { as: 'daily_count', from: ['daily_queries_used'] },
  daily_limit: { from: ['daily_queries_limit'] },
  monthly_used: { as: 'monthly_count', from: ['monthly_queries_used'] },
  monthly_limit: { from: ['monthly_queries_limit'] },
  total_queries: {},
  last_reset_daily: { as: 'last_daily_reset' },
  last_reset_monthly: { as: 'last_monthly_reset' },
  created_at: { from: ['createdAt'] },
  updated_at: { from: ['updatedAt'] },
} as const satisfies MemberSpecs;

function specs(context: MappingContext): MemberSpecs {
  const limit = z.union([
    z
      .string()
      .refine((text) => text === 'unlimited')
      .transform(() => UNLIMITED),
    columnSchema(table.columns.daily_limit, context),
  ]);
  return {
    ...SPELLINGS,
    daily_limit: { ...SPELLINGS.daily_limit, schema: limit },
    monthly_limit: { ...SPELLINGS.monthly_limit, schema: limit },
  };
}

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
  const read = compileMembers(table, specs(context), context);
  return {
    validate(record, _source, account) {
      const { value, key } = record;
      if (!isUsage(value)) {
        account.reject('wrong-shape', '', `usage counters must be an object with counters, not ${kindOf(value)}`);
        return undefined;
      }
      const members = read(value, '', account);
      if (members === undefined) return undefined;
      return { ...(members.values['user_id'] === undefined ? members : withMapKey(members, key, ['user_id'])), key };
    },
    map({ values, extra, key }, source) {
      const owner = String(values['user_id'] ?? key ?? source.owner);
      const tier = String(values['tier'] ?? 'free');
      const limits = TIER_LIMITS[tier];
      const row = rowOf(table, {
        ...values,
        user_id: owner,
        tier,
        daily_used: values['daily_used'] ?? 0,
        daily_limit: values['daily_limit'] ?? limits?.daily,
        monthly_used: values['monthly_used'] ?? 0,
        monthly_limit: values['monthly_limit'] ?? limits?.monthly,
        total_queries: values['total_queries'] ?? 0,
        extra: extra && canonicalJson(extra),
      });
      return {
        root: table,
        row,
        owner,
        namesOwner: values['user_id'] !== undefined || key !== undefined,
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
  mappingVersion: 1,
  description: 'Usage counters of a user: usage/<user>/usage.json, <user>/usage.json, or exports of them.',
  tables: [table],
  isOwned: true,
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
