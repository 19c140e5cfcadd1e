import {
  type ChildDeclaration,
  type DatasetDeclaration,
  type Declarations,
  defineDataset,
} from '../../declarations/language.ts';

const FILES = ['result.json', '**/result.json'];

const messages: ChildDeclaration = {
  description: 'Messages, and what happened in the chat (`type` is `service`).',
  records: '/messages/*',
  key: ['chat_id', 'id'],
  columns: {
    id: 'integer',
    position: { from: '$position', type: 'integer' },
    type: 'text',
    date_unixtime: 'text',
    sent_at: { from: '/date_unixtime', values: { 0: null }, type: 'timestamp', epoch: 's' },
    local_time: { from: '/date', type: 'text' },
    edited_unixtime: 'text',
    edited_at: { from: '/edited_unixtime', values: { 0: null }, type: 'timestamp', epoch: 's' },
    sender_id: { from: '/from_id', type: 'text' },
    sender: { from: '/from', type: 'text' },
    action: 'text',
    actor_id: 'text',
    actor: 'text',
    parts: { from: '/text', type: 'json', with: 'recipe:telegram#parts' },
    text: { from: '/text', type: 'text', with: 'recipe:telegram#text' },
    reply_to_id: { from: '/reply_to_message_id', type: 'integer' },
    forwarded_from: 'text',
    media_type: 'text',
    file: 'text',
    photo: 'text',
    mime_type: 'text',
  },
  children: {
    reactions: {
      records: '/reactions/*',
      columns: { position: { from: '$position', type: 'integer' }, type: 'text', emoji: 'text', count: 'integer' },
    },
  },
};

function chats(description: string, records: string | readonly string[], hasLeft: boolean): DatasetDeclaration {
  return defineDataset({
    description,
    files: FILES,
    records: typeof records === 'string' ? records : [...records],
    when: { has: ['/id', '/type'] },
    table: 'chats',
    key: 'id',
    columns: { id: 'integer', type: 'text', name: 'text', has_left: { type: 'boolean', value: hasLeft } },
    children: { messages },
  });
}

/** Lists of an export of everything, beside its chats. */
function list(description: string, table: string, columns: DatasetDeclaration['columns']): DatasetDeclaration {
  return defineDataset({ description, files: FILES, records: `/${table}/list/*`, table, columns });
}

/** Parts of an export of everything about which it says something, for people. */
const EXPLAINED = ['contacts', 'frequent_contacts', 'sessions', 'web_sessions', 'chats', 'left_chats'] as const;

const account = defineDataset({
  description: 'Whose export of everything it is.',
  files: FILES,
  records: '/personal_information',
  table: 'accounts',
  key: 'user_id',
  columns: {
    user_id: 'integer',
    first_name: 'text',
    last_name: 'text',
    username: 'text',
    phone_number: 'text',
    bio: 'text',
  },
});

const exported = defineDataset({
  description: 'What the export of everything says of itself and of its parts, for people.',
  files: FILES,
  records: '',
  when: { lacks: ['/type'] },
  table: 'exports',
  key: 'path',
  columns: {
    path: { from: '$file.path', type: 'text' },
    about: 'text',
    ...Object.fromEntries(EXPLAINED.map((part) => [`about_${part}`, { from: `/${part}/about`, type: 'text' }])),
  },
});

const pictures = defineDataset({
  description: 'Pictures of the user.',
  files: FILES,
  records: '/profile_pictures/*',
  table: 'profile_pictures',
  columns: { local_time: { from: '/date', type: 'text' }, photo: 'text' },
});

const others = defineDataset({
  description: 'Settings, drafts and the like, as JSON.',
  files: FILES,
  records: '/other_data',
  table: 'other_data',
  columns: {},
});

export const declarations: Declarations = {
  datasets: {
    telegram_chats: chats(
      'Chats with their messages: all of an account, or the one that was exported.',
      ['/chats/list/*', ''],
      false,
    ),
    telegram_left_chats: chats('Chats that the user has left.', '/left_chats/list/*', true),
    telegram_accounts: account,
    telegram_exports: exported,
    telegram_profile_pictures: pictures,
    telegram_other_data: others,
    telegram_contacts: list('The address book.', 'contacts', {
      user_id: 'integer',
      first_name: 'text',
      last_name: 'text',
      phone_number: 'text',
      date_unixtime: 'text',
      added_at: { from: '/date_unixtime', values: { 0: null }, type: 'timestamp', epoch: 's' },
    }),
    telegram_frequent_contacts: list('With whom the user writes most.', 'frequent_contacts', {
      id: 'integer',
      category: 'text',
      type: 'text',
      name: 'text',
      rating: 'real',
    }),
    telegram_sessions: list('Devices that are logged in.', 'sessions', {
      device_model: 'text',
      platform: 'text',
      application_name: 'text',
      last_ip: 'text',
      last_country: 'text',
    }),
    telegram_web_sessions: list('Sites that are logged in.', 'web_sessions', {
      bot_username: 'text',
      domain_name: 'text',
      browser: 'text',
      platform: 'text',
      last_ip: 'text',
    }),
  },
  tables: { messages: { indexes: [['chat_id', 'sent_at']] } },
};
