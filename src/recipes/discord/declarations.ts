import { type Declarations, defineDataset } from '../../declarations/language.ts';

const POSITION = { from: '$position', type: 'integer' } as const;

const exports = defineDataset({
  description: 'The files of an export, each with the channel that it is of.',
  records: '/dateRange',
  when: { has: ['$document/channel/id', '$document/exportedAt'] },
  table: 'exports',
  key: 'file',
  columns: {
    file: { from: '$file.path', type: 'text' },
    exported_at: { from: '$document/exportedAt', type: 'timestamp' },
    message_count: { from: '$document/messageCount', type: 'integer' },
    after: 'timestamp',
    before: 'timestamp',
    guild_id: { from: '$document/guild/id', type: 'text' },
    guild: { from: '$document/guild/name', type: 'text' },
    guild_icon: { from: '$document/guild/iconUrl', type: 'text' },
    channel_id: { from: '$document/channel/id', type: 'text' },
    channel: { from: '$document/channel/name', type: 'text' },
    channel_type: { from: '$document/channel/type', type: 'text' },
    channel_topic: { from: '$document/channel/topic', type: 'text' },
    channel_icon: { from: '$document/channel/iconUrl', type: 'text' },
    category_id: { from: '$document/channel/categoryId', type: 'text' },
    category: { from: '$document/channel/category', type: 'text' },
    // As the file says it, with what has no column.
    guild_details: { from: '$document/guild', type: 'json' },
    channel_details: { from: '$document/channel', type: 'json' },
  },
});

const messages = defineDataset({
  description: 'Messages by their id, which is unique in all of Discord.',
  records: '/messages/*',
  when: { has: ['/id', '/timestamp', '/author', '$document/channel/id'] },
  table: 'messages',
  key: 'id',
  columns: {
    id: 'text',
    channel_id: { from: '$document/channel/id', type: 'text' },
    guild_id: { from: '$document/guild/id', type: 'text' },
    type: 'text',
    sent_at: { from: '/timestamp', type: 'timestamp' },
    edited_at: { from: '/timestampEdited', type: 'timestamp' },
    author_id: { from: '/author/id', type: 'text' },
    author: { from: '/author/name', type: 'text' },
    nickname: { from: '/author/nickname', type: 'text' },
    is_bot: { from: '/author/isBot', type: 'boolean' },
    content: 'text',
    is_pinned: { from: '/isPinned', type: 'boolean' },
    reply_to_id: { from: '/reference/messageId', type: 'text' },
    reply_to_channel_id: { from: '/reference/channelId', type: 'text' },
    embeds: 'json',
    mentions: 'json',
  },
  children: {
    attachments: {
      records: '/attachments/*',
      columns: {
        position: POSITION,
        id: 'text',
        file_name: { from: '/fileName', type: 'text' },
        size: { from: '/fileSizeBytes', type: 'integer' },
        url: 'text',
      },
    },
    reactions: {
      records: '/reactions/*',
      columns: {
        position: POSITION,
        emoji_id: { from: '/emoji/id', type: 'text' },
        emoji: { from: '/emoji/name', type: 'text' },
        count: 'integer',
      },
      children: {
        reaction_users: { records: '/users/*', columns: { position: POSITION, id: 'text', name: 'text' } },
      },
    },
  },
});

export const declarations: Declarations = {
  datasets: { discord_exports: exports, discord_messages: messages },
  tables: { messages: { indexes: [['channel_id', 'sent_at'], ['author_id']] } },
};
