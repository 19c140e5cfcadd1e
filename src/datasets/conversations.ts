import { canonicalJson } from '../json/canonical.ts';
import { joinPointer } from '../json/pointer.ts';
import type { Shape } from '../json/probe.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import { type Row, rowOf, type Value } from '../schema/table.ts';
import { TABLES } from '../schema/tables.ts';
import { addMicroseconds } from '../time.ts';
import type { RecordAccount } from './account.ts';
import { identifierSchema, textSchema } from './column-schema.ts';
import type { Dataset, MappingContext, RecordMapper, SourceRecord, StoredRecord, StoredRow } from './dataset.ts';
import { kindOf } from './member-findings.ts';
import { compileMembers, destinations, type MemberReader, type MemberSpecs, type Members } from './members.ts';
import { NOBODY } from './owner.ts';
import { emptyObject } from './picked.ts';
import { fallbackContainer, findContainer, hasAny, inDirectory } from './shapes.ts';
import { derivedId } from './uuid.ts';
import { type Derived, extraOf, withDerived, writeMembers } from './write-members.ts';

const { conversations: table, messages: messageTable } = TABLES;

/** Longest id of any application, before it is checked against the column: digits may become a UUID. */
const ANY_ID = 255;

const SPECS: MemberSpecs = {
  id: { schema: identifierSchema(ANY_ID), identifier: 'text' },
  user_id: { from: ['userId'], identifier: 'text' },
  title: {},
  created_at: { from: ['createdAt'] },
  updated_at: { from: ['updatedAt'] },
};

const MESSAGE_SPECS: MemberSpecs = {
  role: {},
  content: { from: ['text'] },
  stage1_data: { as: 'stage1' },
  stage2_data: { as: 'stage2' },
  stage3_data: { as: 'stage3' },
  metadata: {},
  created_at: { as: 'timestamp', from: ['createdAt'] },
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
    map(conversation, source, account) {
      const { messages } = conversation;
      const { values, extra } = withDerived(
        table,
        conversation,
        { ...derivedOf(conversation.values), user_id: conversation.values['user_id'] === NOBODY ? NOBODY : undefined },
        account,
      );
      const owner = String(values['user_id'] ?? source.owner);
      const id = isDigits(conversation.id) ? derivedId(owner, conversation.id) : conversation.id;
      const row = rowOf(table, {
        ...values,
        id,
        user_id: owner,
        extra: extraText(withSourceId(conversation, extra, id)),
      });
      const rows = messages.map((message, position) =>
        messageRow(message, id, position, values['created_at'], account),
      );
      const namesOwner = conversation.values['user_id'] !== undefined;
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
    return members ? [members] : [];
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

function withSourceId(
  { id: given, sourceId }: Conversation,
  extra: JsonObject | undefined,
  id: string,
): JsonObject | undefined {
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
  message: Members,
  conversation: string,
  position: number,
  startedAt: Value | undefined,
  account: RecordAccount,
): Row {
  const derived = derivedOfMessage(message.extra ?? {}, position, startedAt);
  const { values, extra } = withDerived(messageTable, message, derived, account);
  return rowOf(messageTable, { ...values, conversation_id: conversation, position, extra: extraText(extra) });
}

function derivedOf({ created_at: createdAt }: StoredRow | Members['values']): Derived {
  return { updated_at: createdAt };
}

function derivedOfMessage(extra: JsonObject, position: number, startedAt: Value | undefined): Derived {
  return {
    role: roleOf(extra),
    created_at: typeof startedAt === 'string' ? laterBy(startedAt, position) : undefined,
  };
}

/** The messages in their order; those that the application added later have no position and come last, by time. */
function writeMessages({ values, children }: StoredRecord): JsonObject[] {
  const place = (row: StoredRow): number =>
    typeof row['position'] === 'number' ? row['position'] : Number.POSITIVE_INFINITY;
  return children
    .toSorted((one, other) => place(one) - place(other) || 0)
    .map((row) => {
      const { position } = row;
      const startedAt = typeof position === 'number' ? values['created_at'] : undefined;
      const derived = derivedOfMessage(extraOf(row), Number(position), startedAt);
      return writeMembers(messageTable, MESSAGE_SPECS, row, derived);
    });
}

function sourceIdOf({ values }: StoredRecord): string {
  return String(extraOf(values)['id'] ?? values['id']);
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
  layout: {
    table,
    children: messageTable,
    container: 'document',
    path: (record) => ['conversations', String(record.values['user_id']), sourceIdOf(record)],
    write(record) {
      const { values } = record;
      // Without an owner it belongs to "system"; that need not be said.
      const derived = { ...derivedOf(values), user_id: NOBODY };
      return Object.assign(writeMembers(table, SPECS, values, derived), { messages: writeMessages(record) });
    },
  },
} as const satisfies Dataset;
