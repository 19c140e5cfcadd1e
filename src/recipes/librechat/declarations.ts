import { type Declarations, defineDataset } from '../../declarations/language.ts';

const conversations = defineDataset({
  description: 'Conversations of LibreChat, each a file of its own, with their messages as a list or as a tree.',
  when: { has: ['/conversationId', '/exportAt'] },
  table: 'conversations',
  key: 'id',
  functions: 'recipe:librechat',
  columns: {
    id: { from: '/conversationId', type: 'text' },
    title: 'text',
    endpoint: 'text',
    exported_at: { from: '/exportAt', type: 'text' },
    branches: 'boolean',
    recursive: 'boolean',
    is_tree: { from: '/$is_tree', type: 'boolean' },
    options: 'json',
  },
  children: {
    messages: {
      records: '/messages/*',
      key: ['conversation_id', 'id'],
      columns: {
        id: { from: '/messageId', type: 'text' },
        position: { from: '$position', type: 'integer' },
        parent_id: { from: '/parentMessageId', type: 'text' },
        sender: 'text',
        is_created_by_user: { from: '/isCreatedByUser', type: 'boolean' },
        model: 'text',
        text: 'text',
        content_text: { from: '/$content_text', type: 'text' },
        content: 'json',
        created_at: { from: '/createdAt', type: 'timestamp' },
        updated_at: { from: '/updatedAt', type: 'timestamp' },
        error: 'boolean',
        unfinished: 'boolean',
      },
      children: {
        message_files: {
          records: '/files/*',
          columns: {
            position: { from: '$position', type: 'integer' },
            file_id: 'text',
            filename: 'text',
            type: 'text',
            bytes: 'integer',
          },
        },
      },
    },
  },
});

export const declarations: Declarations = {
  datasets: { librechat_conversations: conversations },
  tables: {
    messages: {
      indexes: [
        ['conversation_id', 'position'],
        ['conversation_id', 'parent_id'],
      ],
    },
  },
};
