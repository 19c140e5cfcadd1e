import { type Declarations, defineDataset } from '../../declarations/language.ts';

const TOLD_AT = { from: ['/create_time', '/created_at'], type: 'timestamp' };

const conversations = defineDataset({
  description: 'Conversations of ChatGPT with all branches of their messages.',
  files: ['conversations.json', 'conversations-*.json', '**/conversations.json', '**/conversations-*.json'],
  table: 'conversations',
  key: 'id',
  duplicates: { latest: 'updated_at' },
  functions: 'recipe:chatgpt',
  columns: {
    id: { from: ['/conversation_id', '/id'], type: 'text' },
    title: 'text',
    created_at: { from: '/create_time', values: { 0: null }, type: 'timestamp', epoch: 's' },
    updated_at: { from: '/update_time', values: { 0: null }, type: 'timestamp', epoch: 's' },
    current_node: 'text',
    model: { from: '/default_model_slug', type: 'text' },
    gizmo_id: 'text',
    is_archived: 'boolean',
  },
  children: {
    messages: {
      description:
        'A node of the tree. `depth` counts the steps from its root; `is_active` marks the path to the current node.',
      records: '/mapping/<node>',
      key: ['conversation_id', 'id'],
      columns: {
        id: { from: '$node', type: 'text' },
        parent_id: { from: '/parent', type: 'text' },
        is_active: { from: '/$is_active', type: 'boolean' },
        depth: { from: '/$depth', type: 'integer' },
        role: { from: '/message/author/role', type: 'text' },
        author: { from: '/message/author/name', type: 'text' },
        created_at: { from: '/message/create_time', values: { 0: null }, type: 'timestamp', epoch: 's' },
        updated_at: { from: '/message/update_time', values: { 0: null }, type: 'timestamp', epoch: 's' },
        content_type: { from: '/message/content/content_type', type: 'text' },
        text: { from: '/message/content', with: 'recipe:chatgpt#text' },
        parts: { from: '/message/content/parts', type: 'json' },
        status: { from: '/message/status', type: 'text' },
        recipient: { from: '/message/recipient', type: 'text' },
        model: { from: '/message/metadata/model_slug', type: 'text' },
      },
      children: {
        attachments: {
          records: '/message/metadata/attachments/*',
          columns: {
            position: { from: '$position', type: 'integer' },
            id: 'text',
            name: 'text',
            mime_type: 'text',
            size: 'integer',
            width: 'integer',
            height: 'integer',
          },
        },
      },
    },
  },
});

const users = defineDataset({
  description: 'Whose export it is.',
  files: ['user.json', '**/user.json'],
  table: 'users',
  key: 'id',
  columns: { id: 'text', email: 'text', phone_number: 'text', chatgpt_plus_user: 'boolean', birth_year: 'integer' },
});

const feedback = defineDataset({
  description: 'What the user said of an answer.',
  files: ['message_feedback.json', '**/message_feedback.json'],
  table: 'message_feedback',
  columns: {
    id: 'text',
    conversation_id: 'text',
    user_id: 'text',
    rating: 'text',
    content: 'text',
    created_at: TOLD_AT,
  },
});

const shared = defineDataset({
  description: 'Conversations that everybody with their link can read.',
  files: ['shared_conversations.json', '**/shared_conversations.json'],
  table: 'shared_conversations',
  columns: { id: 'text', conversation_id: 'text', title: 'text', is_anonymous: 'boolean' },
});

const comparisons = defineDataset({
  description: 'Answers of two models beside each other, and which the user took.',
  files: ['model_comparisons.json', '**/model_comparisons.json'],
  table: 'model_comparisons',
  columns: { id: 'text', user_id: 'text', input: 'json', output: 'json', metadata: 'json', created_at: TOLD_AT },
});

export const declarations: Declarations = {
  datasets: {
    chatgpt_conversations: conversations,
    chatgpt_users: users,
    chatgpt_message_feedback: feedback,
    chatgpt_shared_conversations: shared,
    chatgpt_model_comparisons: comparisons,
  },
  tables: {
    messages: {
      indexes: [
        ['conversation_id', 'depth'],
        ['conversation_id', 'parent_id'],
      ],
    },
  },
};
