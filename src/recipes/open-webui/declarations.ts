import { type Declarations, defineDataset } from '../../declarations/language.ts';

const chats = defineDataset({
  description: 'Chats of Open WebUI with all branches of their messages.',
  when: { has: ['/id', '/chat'] },
  table: 'chats',
  key: 'id',
  duplicates: { latest: 'updated_at' },
  functions: 'recipe:open-webui',
  columns: {
    id: 'text',
    user_id: 'text',
    title: 'text',
    created_at: { type: 'timestamp', epoch: 'any' },
    updated_at: { type: 'timestamp', epoch: 'any' },
    archived: 'boolean',
    pinned: 'boolean',
    folder_id: 'text',
    share_id: 'text',
    models: { from: '/chat/models', type: 'json' },
    current_id: { from: '/chat/history/currentId', type: 'text' },
  },
  children: {
    messages: {
      records: '/chat/history/messages/<node>',
      key: ['chat_id', 'id'],
      columns: {
        id: { from: '$node', type: 'text' },
        parent_id: { from: '/parentId', type: 'text' },
        is_active: { from: '/$is_active', type: 'boolean' },
        depth: { from: '/$depth', type: 'integer' },
        role: 'text',
        sent_at: { from: '/timestamp', type: 'timestamp', epoch: 'any' },
        model: 'text',
        parts: { from: '/content', type: 'json', with: 'recipe:open-webui#parts' },
        text: { from: '/content', type: 'text', with: 'recipe:open-webui#text' },
        done: 'boolean',
        usage: 'json',
      },
      children: {
        message_files: {
          records: '/files/*',
          columns: {
            position: { from: '$position', type: 'integer' },
            type: 'text',
            id: 'text',
            name: 'text',
            url: 'text',
          },
        },
      },
    },
  },
});

export const declarations: Declarations = {
  datasets: { open_webui_chats: chats },
  tables: { messages: { indexes: [['chat_id', 'depth']] } },
};
