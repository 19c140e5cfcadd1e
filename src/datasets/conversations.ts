import { canonicalJson } from '../json/canonical.ts';
import { joinPointer } from '../json/pointer.ts';
import type { Shape } from '../json/probe.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import { type Row, rowOf, type Value } from '../schema/table.ts';
import { TABLES } from '../schema/tables.ts';
import { addMicroseconds } from '../time.ts';
import type { RecordAccount } from './account.ts';
import { identifierSchema, textSchema } from './column-schema.ts';
import type { Dataset, MappingContext, RecordMapper, SourceRecord } from './dataset.ts';
import { compileMembers, destinations, kindOf, type MemberReader, type MemberSpecs, type Members } from './members.ts';
import { emptyObject } from './picked.ts';
import { fallbackContainer, findContainer, hasAny, inDirectory } from './shapes.ts';
import { derivedId } from './uuid.ts';

const { conversations: table, messages: messageTable } = TABLES;

/** Longest id of any application, before it is checked against the column: digits may become a UUID. */
const ANY_ID = 255;

const SPECS: MemberSpecs = {
  id: { schema: identifierSchema(ANY_ID) },
  user_id: { from: ['userId'], schema: identifierSchema(table.columns.user_id.max ?? ANY_ID) },
  title: {},
  created_at: { from: ['createdAt'] },
  updated_at: { from: ['updatedAt'] },
};

const MESSAGE_SPECS: MemberSpecs = {
  role: {},
  content: { from: ['text'] },
  stage1_data: { from: ['stage1'] },
  stage2_data: { from: ['stage2'] },
  stage3_data: { from: ['stage3'] },
  metadata: {},
  created_at: { from: ['timestamp', 'createdAt'] },
};

/** Where messages lie in a conversation; a bare array is one of messages. */
const MESSAGE_PLACES = ['/messages', '/council_deliberation/messages', ''];

export interface Conversation extends Members {
  readonly id: string;
  /** As the source spells it: text or an integer. */
  readonly sourceId: JsonValue;
  readonly messages: readonly Members[];
}

function compile(context: MappingContext): RecordMapper<Conversation> {
  const readConversation = compileMembers(table, SPECS, context);
  const readMessage = compileMembers(messageTable, MESSAGE_SPECS, context);
  const idLength = textSchema(table.columns.id.max);
  return {
    validate(record, source, account) {
      const split = splitMessages(record, account);
      if (split === undefined) return undefined;
      const members = readConversation(split.conversation, '', account);
      const messages = readMessages(split.messages, split.pointer, readMessage, account);
      const id = members?.values['id'] ?? record.key ?? source.stem;
      if (members && !isDigits(String(id)) && !idLength.safeParse(id).success) {
        account.reject('too-long', '/id', `id must be text of at most ${table.columns.id.max} characters`);
      }
      if (members === undefined || account.rejected) return undefined;
      const sourceId = split.conversation['id'] ?? String(id);
      return { ...members, id: String(id), sourceId, messages };
    },
    map(conversation, source) {
      const { values, messages } = conversation;
      const owner = String(values['user_id'] ?? source.owner);
      const id = isDigits(conversation.id) ? derivedId(owner, conversation.id) : conversation.id;
      const row = rowOf(table, {
        ...values,
        id,
        user_id: owner,
        updated_at: values['updated_at'] ?? values['created_at'],
        extra: extraText(withSourceId(conversation, id)),
      });
      const rows = messages.map((message, position) => messageRow(message, id, position, values['created_at']));
      const namesOwner = values['user_id'] !== undefined;
      return { root: table, row, owner, namesOwner, children: [{ table: messageTable, rows }] };
    },
  };
}

interface Split {
  readonly conversation: JsonObject;
  readonly messages: readonly JsonValue[];
  /** Where the messages are in the record. */
  readonly pointer: string;
}

/** Finds the messages: a bare array, under `messages`, or moved under `council_deliberation.messages`. */
function splitMessages({ value }: SourceRecord, account: RecordAccount): Split | undefined {
  if (Array.isArray(value)) return { conversation: emptyObject(), messages: value, pointer: '' };
  if (!isJsonObject(value) || !looksLikeConversation(Object.keys(value))) {
    account.reject('wrong-shape', '', `a conversation must be an object with messages, not ${kindOf(value)}`);
    return undefined;
  }
  const conversation = without(value, 'messages');
  const messages = value['messages'] ?? [];
  if (!Array.isArray(messages)) {
    account.reject('wrong-type', '/messages', `messages must be a list, not ${kindOf(messages)}`);
    return undefined;
  }
  const deliberation = value['council_deliberation'];
  if (messages.length > 0 || !isJsonObject(deliberation) || !Array.isArray(deliberation['messages'])) {
    return { conversation, messages, pointer: '/messages' };
  }
  conversation['council_deliberation'] = without(deliberation, 'messages');
  return { conversation, messages: deliberation['messages'], pointer: '/council_deliberation/messages' };
}

function without(object: JsonObject, member: string): JsonObject {
  const copy = emptyObject();
  for (const name of Object.keys(object)) if (name !== member) copy[name] = object[name] ?? null;
  return copy;
}

function looksLikeConversation(members: readonly string[]): boolean {
  return ['messages', 'council_deliberation', 'title', 'created_at', 'createdAt'].some((name) =>
    members.includes(name),
  );
}

function readMessages(
  messages: readonly JsonValue[],
  pointer: string,
  read: MemberReader,
  account: RecordAccount,
): readonly Members[] {
  return messages.flatMap((message, index) => {
    const place = joinPointer(pointer, index);
    if (!isJsonObject(message)) {
      account.reject('wrong-type', place, `a message must be an object, not ${kindOf(message)}`);
      return [];
    }
    const members = read(message, place, account);
    if (members && (members.values['role'] ?? roleOf(message)) === undefined) {
      account.reject('missing-member', place, 'the member role is missing');
    }
    return members
      ? [{ ...members, values: { ...members.values, role: members.values['role'] ?? roleOf(message) } }]
      : [];
  });
}

/** A sibling application wrote `isBot` in place of a role. The member itself stays in `extra`. */
function roleOf(message: JsonObject): string | undefined {
  const isBot = message['isBot'];
  if (typeof isBot !== 'boolean') return undefined;
  return isBot ? 'assistant' : 'user';
}

/** Ids of digits only are counters that every user's directory has anew. */
function isDigits(id: string): boolean {
  return /^\d+$/.test(id);
}

function withSourceId({ extra, id: given, sourceId }: Conversation, id: string): JsonObject | undefined {
  if (id === given) return extra;
  const kept = extra ?? emptyObject();
  kept['id'] = sourceId;
  return kept;
}

function extraText(extra: JsonObject | undefined): string | null {
  return extra === undefined ? null : canonicalJson(extra);
}

/** A message without a time takes its conversation's, plus its position in microseconds, so that it sorts by time. */
function messageRow(
  { values, extra }: Members,
  conversation: string,
  position: number,
  startedAt: Value | undefined,
): Row {
  const derived = typeof startedAt === 'string' ? laterBy(startedAt, position) : null;
  return rowOf(messageTable, {
    ...values,
    conversation_id: conversation,
    position,
    created_at: values['created_at'] ?? derived,
    extra: extraText(extra),
  });
}

/** Behind the last moment that a column can hold there is nothing: then messages share it. */
function laterBy(time: string, micros: number): string {
  return time > '9999-12-31 23:59' ? time : addMicroseconds(time, micros);
}

function hasMessages(shape: Shape): boolean {
  return shape.members.get('messages')?.begins === 'array' || shape.members.has('council_deliberation');
}

/** Where the path says conversations, one without messages is one too. Elsewhere `id` and `title` mean nothing. */
function isConversation(shape: Shape): boolean {
  return hasMessages(shape) || (hasAny(shape, ['id', 'title']) && hasAny(shape, ['title', 'created_at', 'createdAt']));
}

function isMessage(shape: Shape | undefined): boolean {
  return shape?.root === 'object' && hasAny(shape, ['role', 'isBot']);
}

export const conversations = {
  name: 'conversations',
  mappingVersion: 1,
  description:
    'Chats with their messages: conversations/<user>/<id>.json, conversations/<id>.json, <user>/<id>.json, or maps of them.',
  tables: [table, messageTable],
  isOwned: true,
  destinations: new Map([
    ...destinations(table, SPECS),
    ...MESSAGE_PLACES.flatMap((place): [string, string][] => [
      [`${place}/*`, 'messages'],
      ...destinations(messageTable, MESSAGE_SPECS, `${place}/*`),
    ]),
  ]),
  expects: (candidate) => inDirectory(candidate, 'conversations'),
  containerOf(candidate) {
    const { shape } = candidate;
    if (
      shape.begins === 'array' &&
      !candidate.lines &&
      (isMessage(shape.first) || (this.expects(candidate) && !shape.first))
    ) {
      return { kind: 'document' };
    }
    const found = findContainer(candidate, this.expects(candidate) ? isConversation : hasMessages);
    if (found || !this.expects(candidate) || shape.members.size > 0) return found;
    return shape.root === 'object' ? fallbackContainer(candidate) : undefined;
  },
  compile,
} as const satisfies Dataset;
