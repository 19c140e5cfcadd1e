import { type Config, defineDataset } from '../../declarations/language.ts';

/** What no other record with an e-mail address has. */
const OF_AN_ACCOUNT = [
  ...['/username', '/password_hash', '/passwordHash', '/hashed_password', '/role'],
  ...['/is_active', '/isActive', '/is_admin', '/isAdmin', '/last_login_at'],
];

/** A message has a role, too. */
const OF_A_CHAT = ['/messages', '/content'];

/** Members of a workspace of Slack are no accounts of an application. */
const OF_SLACK = ['/team_id', '/profile/real_name'];

export const users = defineDataset({
  description: 'Accounts of people: users.json as an array, a map by id, an array under "users", or NDJSON.',
  recognise: {
    records: [{ has: ['/email'], any: OF_AN_ACCOUNT }],
    called: '(?:^|[-_.])users?(?:$|[-_.])',
    inside: '^users$',
    expected: [
      { any: ['/email', '/username', '/password_hash'], lacks: OF_A_CHAT },
      { has: ['/id'], any: ['/name', ...OF_AN_ACCOUNT], lacks: [...OF_A_CHAT, ...OF_SLACK] },
    ],
    named: ['users'],
    map_key: ['id', 'email', 'username'],
  },
  key: 'id',
  rest: { to: 'extra', spelled: 'as_column' },
  columns: {
    id: {
      from: ['/id', '/user_id', '/userId', '/_id', '/_id/$oid', '$map_key'],
      type: 'text(128)',
      numbers: 'whole',
    },
    email: { from: '/email', type: 'text(320)', unique: true },
    username: { from: '/username', type: 'text(150)', unique: true },
    password_hash: {
      from: ['/password_hash', '/passwordHash', '/hashed_password'],
      type: 'text',
      column: ['password_hash', 'hashed_password'],
    },
    name: { from: '/name', type: 'text' },
    role: {
      from: '/role',
      type: 'text',
      enum: ['admin', 'operator', 'viewer'],
      default: 'viewer',
      insert_default: 'viewer',
    },
    is_active: { from: ['/is_active', '/isActive'], type: 'boolean', default: true, insert_default: true },
    is_admin: { from: ['/is_admin', '/isAdmin'], type: 'boolean', default: false, insert_default: false },
    last_login_at: { from: ['/last_login_at', '/last_login', '/lastLoginAt'], type: 'timestamp' },
    created_at: { from: ['/created_at', '/createdAt'], type: 'timestamp' },
    updated_at: { from: ['/updated_at', '/updatedAt'], type: 'timestamp' },
  },
});

export const usersTable = { keeps_rest: true, owners: true } satisfies NonNullable<Config['tables']>[string];
