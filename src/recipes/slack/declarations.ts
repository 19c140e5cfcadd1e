import { type DatasetDeclaration, type Declarations, defineDataset } from '../../declarations/language.ts';

/** Files beside the directories of channels. */
const LISTS = ['users', 'channels', 'groups', 'dms', 'mpims', 'integration_logs', 'canvases', 'lists'];

/** The file in the root, or in the directory that an unpacked archive has around it. */
function inExport(file: string): string[] {
  return [file, `*/${file}`];
}

const users = defineDataset({
  description: 'The members of the workspace, and its bots.',
  files: inExport('users.json'),
  table: 'users',
  key: 'id',
  columns: {
    id: 'text',
    team_id: 'text',
    name: 'text',
    real_name: 'text',
    email: { from: '/profile/email', type: 'text' },
    tz: 'text',
    is_bot: 'boolean',
    is_admin: 'boolean',
    deleted: 'boolean',
    updated_at: { from: '/updated', values: { 0: null }, type: 'timestamp', epoch: 's' },
  },
});

/** Channels, private ones, and direct messages lie in files of their own. A direct message has no name: its directory is its id. */
function channels(kind: string, file: string, name: '/name' | '/id'): DatasetDeclaration {
  return defineDataset({
    description: `Conversations of the kind ${kind}, with their members.`,
    files: inExport(file),
    table: 'channels',
    key: 'id',
    columns: {
      id: 'text',
      kind: { type: 'text', value: kind },
      name: { from: name, type: 'text', unique: true },
      creator: 'text',
      created_at: { from: '/created', values: { 0: null }, type: 'timestamp', epoch: 's' },
      is_archived: 'boolean',
      is_general: 'boolean',
      topic: { from: '/topic/value', type: 'text' },
      purpose: { from: '/purpose/value', type: 'text' },
    },
    children: {
      channel_members: {
        records: '/members/*',
        order: 'none',
        key: ['channel_id', 'user_id'],
        columns: { user_id: { from: '$value', type: 'text' } },
      },
    },
  });
}

const messages = defineDataset({
  description: 'Messages by the name of their directory and their `ts`, which is unique in it.',
  files: inExport('<channel>/<date>.json'),
  // Where the export lies in a directory, they are beside those of the channels.
  exclude: LISTS.map((name) => `*/${name}.json`),
  table: 'messages',
  key: ['channel', 'ts'],
  columns: {
    channel: { from: '$channel', type: 'text' },
    ts: 'text',
    day: { from: '$date', type: 'date' },
    channel_id: { from: '$channel', references: 'channels.id', by: 'name', orphans: 'set_null' },
    sent_at: { from: '/ts', type: 'timestamp', epoch: 's' },
    thread_ts: 'text',
    type: 'text',
    subtype: 'text',
    user_id: { from: '/user', type: 'text' },
    bot_id: 'text',
    text: 'text',
    edited_ts: { from: '/edited/ts', type: 'text' },
    edited_at: { from: '/edited/ts', type: 'timestamp', epoch: 's' },
    reply_count: 'integer',
    blocks: 'json',
    attachments: 'json',
  },
  children: {
    reactions: {
      records: '/reactions/*',
      link: { channel: 'channel', ts: 'ts' },
      key: ['channel', 'ts', 'name'],
      columns: { position: { from: '$position', type: 'integer' }, name: 'text', count: 'integer' },
      children: {
        reaction_users: {
          records: '/users/*',
          link: { channel: 'channel', ts: 'ts', name: 'name' },
          key: ['channel', 'ts', 'name', 'user_id'],
          columns: { position: { from: '$position', type: 'integer' }, user_id: { from: '$value', type: 'text' } },
        },
      },
    },
    message_files: {
      records: '/files/*',
      link: { channel: 'channel', ts: 'ts' },
      columns: {
        position: { from: '$position', type: 'integer' },
        id: 'text',
        name: 'text',
        title: 'text',
        mimetype: 'text',
        size: 'integer',
        mode: 'text',
        url_private: 'text',
        created_at: { from: '/created', values: { 0: null }, type: 'timestamp', epoch: 's' },
      },
    },
  },
});

const integrationLogs = defineDataset({
  description: 'Who added and removed apps.',
  files: inExport('integration_logs.json'),
  table: 'integration_logs',
  columns: {
    date: 'text',
    logged_at: { from: '/date', values: { 0: null }, type: 'timestamp', epoch: 's' },
    user_id: 'text',
    user_name: 'text',
    change_type: 'text',
    service_type: 'text',
    app_type: 'text',
  },
});

export const declarations: Declarations = {
  datasets: {
    slack_users: users,
    slack_channels: channels('channel', 'channels.json', '/name'),
    slack_groups: channels('group', 'groups.json', '/name'),
    slack_mpims: channels('mpim', 'mpims.json', '/name'),
    slack_dms: channels('dm', 'dms.json', '/id'),
    slack_messages: messages,
    slack_integration_logs: integrationLogs,
  },
  tables: { messages: { indexes: [['channel_id', 'sent_at'], ['channel', 'thread_ts'], ['user_id']] } },
};
