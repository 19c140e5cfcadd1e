import { type Declarations, defineDataset } from '../../declarations/language.ts';

const POSITION = { from: '$position', type: 'integer' } as const;

const conversations = defineDataset({
  description: 'Conversations of Claude with their messages, what these consist of, and what was attached.',
  files: ['conversations.json', '**/conversations.json'],
  table: 'conversations',
  key: 'id',
  duplicates: { latest: 'updated_at' },
  columns: {
    id: { from: '/uuid', type: 'text' },
    account_id: { from: '/account/uuid', type: 'text' },
    project_id: { from: ['/project_uuid', '/project/uuid'], type: 'text' },
    name: 'text',
    summary: 'text',
    created_at: 'timestamp',
    updated_at: 'timestamp',
  },
  children: {
    messages: {
      records: '/chat_messages/*',
      key: ['conversation_id', 'id'],
      columns: {
        id: { from: '/uuid', type: 'text' },
        position: POSITION,
        parent_id: { from: '/parent_message_uuid', type: 'text' },
        sender: 'text',
        text: 'text',
        created_at: 'timestamp',
        updated_at: 'timestamp',
      },
      children: {
        message_parts: {
          description: 'What a message consists of: texts, thoughts, calls of tools and their results.',
          records: '/content/*',
          columns: {
            position: POSITION,
            type: 'text',
            text: { from: ['/text', '/thinking'], type: 'text' },
            tool: { from: '/name', type: 'text' },
            input: 'json',
            result: { from: '/content', type: 'json' },
            is_error: 'boolean',
            started_at: { from: '/start_timestamp', type: 'timestamp' },
            stopped_at: { from: '/stop_timestamp', type: 'timestamp' },
          },
        },
        attachments: {
          description: 'Texts that were attached.',
          records: '/attachments/*',
          columns: {
            position: POSITION,
            file_name: 'text',
            file_type: 'text',
            file_size: 'integer',
            extracted_content: 'text',
          },
        },
        message_files: {
          description: 'Files of which the export has only the names.',
          records: '/files/*',
          columns: { position: POSITION, file_uuid: 'text', file_name: 'text' },
        },
      },
    },
  },
});

const users = defineDataset({
  description: 'Whose export it is.',
  files: ['users.json', '**/users.json'],
  table: 'users',
  key: 'id',
  columns: {
    id: { from: '/uuid', type: 'text' },
    full_name: 'text',
    email: { from: '/email_address', type: 'text' },
    phone: { from: '/verified_phone_number', type: 'text' },
  },
});

const projects = defineDataset({
  description: 'Projects with their documents. No conversation names its project.',
  files: ['projects.json', '**/projects.json'],
  table: 'projects',
  key: 'id',
  duplicates: { latest: 'updated_at' },
  columns: {
    id: { from: '/uuid', type: 'text' },
    name: 'text',
    description: 'text',
    prompt_template: 'text',
    is_private: 'boolean',
    is_starter_project: 'boolean',
    creator_id: { from: '/creator/uuid', type: 'text' },
    created_at: 'timestamp',
    updated_at: 'timestamp',
  },
  children: {
    project_documents: {
      records: '/docs/*',
      key: ['project_id', 'id'],
      columns: {
        id: { from: '/uuid', type: 'text' },
        position: POSITION,
        file_name: { from: '/filename', type: 'text' },
        content: 'text',
        created_at: 'timestamp',
      },
    },
  },
});

const memories = defineDataset({
  description: 'What Claude remembers of an account.',
  files: ['memories.json', '**/memories.json'],
  table: 'memories',
  key: 'account_id',
  columns: {
    account_id: { from: '/account_uuid', type: 'text' },
    conversations_memory: 'text',
    project_memories: 'json',
  },
});

export const declarations: Declarations = {
  datasets: {
    claude_conversations: conversations,
    claude_users: users,
    claude_projects: projects,
    claude_memories: memories,
  },
  tables: { messages: { indexes: [['conversation_id', 'position']] } },
};
