import type { Shape } from '../json/probe.ts';
import type { Cells } from '../schema/cells.ts';
import { fits, placeholderColumns } from '../schema/table.ts';
import { users as table } from '../schema/tables/accounts.ts';
import type { RecordAccount } from './account.ts';
import type { Dataset, MappingContext, RecordMapper, StoredRow } from './dataset.ts';
import { compileFlat } from './flat-records.ts';
import { destinations, type MemberSpecs, type Members } from './members.ts';
import { ownedRow } from './owned-row.ts';
import { findRows, hasAny } from './shapes.ts';
import { MAP_KEY, withMapKey } from './source-id.ts';
import { withExtra } from './with-extra.ts';
import { writeMembers } from './write-members.ts';

const SPECS: MemberSpecs = {
  id: { from: ['user_id', 'userId', '_id', '_id/$oid'], identifier: 'text' },
  email: {},
  username: {},
  password_hash: { from: ['passwordHash', 'hashed_password'] },
  name: {},
  role: {},
  is_active: { from: ['isActive'] },
  is_admin: { from: ['isAdmin'] },
  last_login_at: { from: ['last_login', 'lastLoginAt'] },
  created_at: { from: ['createdAt'] },
  updated_at: { from: ['updatedAt'] },
};

/** What the old application took for granted where a record says nothing. */
const DEFAULTS = { role: 'viewer', is_active: true, is_admin: false } as const;

/** A user without any of these is known by nothing but an id. */
const TOLD = placeholderColumns(table);

function compile(context: MappingContext): RecordMapper<Members> {
  return compileFlat(
    {
      table,
      specs: SPECS,
      kept: [MAP_KEY],
      what: 'a user',
      finish: (members, key, _source, account) => withId(members, key, account),
      map({ values, extra }, _source, account) {
        // What tells a user of whom nothing is known from the placeholder of an owner.
        const isBare = TOLD.every((name) => values.get(name) === null);
        const filled = { values: withDefaults(values, account), extra: extra ?? (isBare ? {} : undefined) };
        return ownedRow(table, withExtra(filled).row);
      },
    },
    context,
  );
}

/** In a map the name of the record is the id of a user that has none. */
function withId(members: Members, key: string | undefined, account: RecordAccount): Members | undefined {
  if (members.values.get('id') !== null) return withMapKey(members, key, ['id', 'email', 'username']);
  if (key === undefined) account.reject('missing-member', '', 'the member id is missing');
  else if (fits(key, table.columns.id.max)) return { ...members, values: members.values.with({ id: key }) };
  else account.reject('too-long', '', `id must be text of at most ${table.columns.id.max} characters`);
  return undefined;
}

function withDefaults(values: Cells, account: RecordAccount): Cells {
  const missing = Object.entries(DEFAULTS).filter(([name]) => values.get(name) === null);
  account.derived += missing.length;
  return values.with(Object.fromEntries(missing));
}

const STRONG = [
  'username',
  'password_hash',
  'passwordHash',
  'hashed_password',
  'role',
  'is_active',
  'isActive',
  'is_admin',
  'isAdmin',
  'last_login_at',
];

function isUser(shape: Shape): boolean {
  return hasAny(shape, ['email']) && hasAny(shape, STRONG);
}

/** Where the path says users, fewer signs are enough; a message has a role, too, but no id. */
function isLikelyUser(shape: Shape): boolean {
  if (hasAny(shape, ['messages', 'content'])) return false;
  return (
    hasAny(shape, ['email', 'username', 'password_hash']) ||
    (hasAny(shape, ['id']) && hasAny(shape, ['name', ...STRONG]))
  );
}

export const users = {
  name: 'users',
  mappingVersion: 2,
  description: 'Accounts of people: users.json as an array, a map by id, an array under "users", or NDJSON.',
  tables: [table],
  isOwned: false,
  destinations: new Map(destinations(table, SPECS)),
  expects: ({ stem, segments }) => /(?:^|[-_.])users?(?:$|[-_.])/i.test(stem) || segments.at(-2) === 'users',
  containerOf(candidate) {
    const isExpected = this.expects(candidate);
    const found = findRows(candidate, isExpected, isExpected ? isLikelyUser : isUser, ['users']);
    const named = candidate.shape.members.get('users')?.first;
    // The name of the list says as much as the name of a file.
    return found ?? (named && isLikelyUser(named) ? { kind: 'member', name: 'users' } : undefined);
  },
  compile,
  layout: {
    table,
    container: 'array',
    path: ({ values }) => (isPlaceholder(values) ? undefined : ['users']),
    write: ({ values }) => writeMembers(table, SPECS, values),
  },
} as const satisfies Dataset;

/** Made for the owner of other records, which make it again. */
function isPlaceholder(values: StoredRow): boolean {
  const isUntold = TOLD.every((name) => (values[name] ?? null) === null);
  return isUntold && Object.entries(DEFAULTS).every(([name, value]) => values[name] === value);
}
