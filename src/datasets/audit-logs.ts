import type { Shape } from '../json/probe.ts';
import { auditLogs as table } from '../schema/tables/incidents.ts';
import type { Candidate, Dataset, MappingContext, RecordMapper } from './dataset.ts';
import { compileFlat } from './flat-records.ts';
import { destinations, type MemberSpecs, type Members } from './members.ts';
import { ownedRow } from './owned-row.ts';
import { recordKey } from './record-key.ts';
import { findRows, hasAny, inDirectory } from './shapes.ts';
import { sourceIdOf, withMapKey } from './source-id.ts';
import { derivedId } from './uuid.ts';
import { withExtra } from './with-extra.ts';
import { writeMembers } from './write-members.ts';

const SPECS: MemberSpecs = {
  user_id: { from: ['userId'], identifier: 'text' },
  action: { required: true },
  resource: {},
  details: {},
  ip_address: { from: ['ip'] },
  user_agent: { from: ['userAgent'] },
  created_at: { from: ['timestamp', 'createdAt'] },
};

const ORIGIN = { dataset: 'audit_logs', name: 'audit_logs' };

function compile(context: MappingContext): RecordMapper<Members> {
  return compileFlat(
    {
      table,
      specs: SPECS,
      kept: ['id'],
      what: 'an entry of an audit log',
      finish: (members, key) => withMapKey(members, key, []),
      map(members, source) {
        const values = withExtra(members);
        const key = recordKey(ORIGIN, sourceIdOf(members.extra ?? {}), values, source);
        return ownedRow(table, values.with({ id: derivedId('audit_logs', key) }).row);
      },
    },
    context,
  );
}

const CIRCUMSTANCES = [
  'user_id',
  'userId',
  'resource',
  'details',
  'ip_address',
  'user_agent',
  'created_at',
  'createdAt',
  'timestamp',
];

function isAction(shape: Shape): boolean {
  return hasAny(shape, ['action']);
}

/** Other rows have an action, too; who did it to what and from where is an audit log's. */
function isEntry(shape: Shape): boolean {
  return isAction(shape) && CIRCUMSTANCES.filter((name) => shape.members.has(name)).length >= 2;
}

function isExpected(candidate: Candidate): boolean {
  return (
    /(?:^|[-_.])audit(?:$|[-_.]|logs?)/i.test(candidate.stem) ||
    ['audit', 'audit_logs'].some((name) => inDirectory(candidate, name))
  );
}

export const auditLogs = {
  name: 'audit_logs',
  mappingVersion: 1,
  description: 'Who did what: audit logs as an array, an array under "audit_logs", or NDJSON.',
  tables: [table],
  isOwned: false,
  sharedMembers: ['user_id', 'userId'],
  destinations: new Map(destinations(table, SPECS)),
  expects: isExpected,
  containerOf(candidate) {
    const expected = isExpected(candidate);
    return findRows(candidate, expected, expected ? isAction : isEntry, ['audit_logs', 'audit_log', 'logs']);
  },
  compile,
  layout: {
    table,
    container: 'array',
    path: () => ['audit_logs'],
    write: ({ values }) => writeMembers(table, SPECS, values),
  },
} as const satisfies Dataset;
