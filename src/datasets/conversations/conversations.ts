import type { Shape } from '../../json/probe.ts';
import { emptyObject, type JsonObject, type JsonValue } from '../../json/value.ts';
import { fits, type Value } from '../../schema/table.ts';
import { messages as messageTable, conversations as table } from '../../schema/tables/council.ts';
import { identifierUpTo } from '../column-reader.ts';
import type { Dataset, MappingContext, RecordMapper, StoredRecord } from '../dataset.ts';
import { compileMembers, destinations, type MemberSpecs, type Members } from '../members.ts';
import { NOBODY } from '../owner.ts';
import { fallbackContainer, findContainer, hasAny, inDirectory } from '../shapes.ts';
import { withMapKey } from '../source-id.ts';
import { derivedId } from '../uuid.ts';
import { withExtra } from '../with-extra.ts';
import { type Derived, extraOf, withDerived, writeMembers } from '../write-members.ts';
import {
  isMessage,
  MESSAGE_PLACES,
  MESSAGE_SPECS,
  messageRow,
  readMessages,
  splitMessages,
  writeMessages,
} from './messages.ts';

/** Longest id of any application, before it is checked against the column: digits may become a UUID. */
const ANY_ID = 255;

const SPECS: MemberSpecs = {
  id: { reader: identifierUpTo(ANY_ID), identifier: 'text' },
  user_id: { from: ['userId'], identifier: 'text' },
  title: {},
  created_at: { from: ['createdAt'] },
  updated_at: { from: ['updatedAt'] },
};

/** The applications always wrote it. */
const UNDATED = 'the conversation has no created_at, and its row has none either';

export interface Conversation extends Members {
  readonly id: string;
  /** The directory of every user may have the id. */
  readonly isScoped: boolean;
  /** As the source spells it: text or an integer. */
  readonly sourceId: JsonValue;
  readonly messages: readonly Members[];
}

function compile(context: MappingContext): RecordMapper<Conversation> {
  const readConversation = compileMembers(table, SPECS, context);
  const readMessage = compileMembers(messageTable, MESSAGE_SPECS, context);
  return {
    validate(record, source, account) {
      const split = splitMessages(record, account);
      if (split === undefined) return undefined;
      const members = readConversation(split.conversation, '', account);
      const messages = readMessages(split.messages, split.pointer, readMessage, account);
      const id = members?.values.get('id') ?? record.key ?? source.stem;
      const isScoped = isName(String(id));
      if (members && !isScoped && !fits(String(id), table.columns.id.max)) {
        account.reject('too-long', '/id', `id must be text of at most ${table.columns.id.max} characters`);
      }
      if (members === undefined || account.rejected) return undefined;
      const sourceId = split.conversation['id'] ?? String(id);
      const kept = members.values.get('id') === null ? members : withMapKey(members, record.key, ['id']);
      return { ...kept, id: String(id), isScoped, sourceId, messages };
    },
    map(conversation, source, account) {
      const named = conversation.values.get('user_id');
      const derived = {
        ...derivedOf(conversation.values.get('created_at')),
        user_id: named === NOBODY ? NOBODY : null,
      };
      const { values, extra } = withDerived(table, conversation, derived, account);
      const owner = String(named ?? source.owner);
      const id = conversation.isScoped ? derivedId(owner, conversation.id) : conversation.id;
      const kept = withSourceId(conversation, extra, id);
      const { row } = withExtra({ values, extra: kept }).with({ id, user_id: owner });
      const startedAt = values.get('created_at');
      if (startedAt === null) account.warn('missing-created-at', UNDATED);
      const rows = conversation.messages.map((message, position) =>
        messageRow(message, id, position, startedAt, account),
      );
      const namesOwner = named !== null;
      return { root: table, row, owner, namesOwner, children: [{ table: messageTable, rows }] };
    },
  };
}

/** Ids of digits only are counters that every user's directory has anew; `default` is the one conversation of each user. */
function isName(id: string): boolean {
  return /^(?:\d+|default)$/.test(id);
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

function derivedOf(createdAt: Value | undefined): Derived {
  return { updated_at: createdAt };
}

function sourceIdOf({ values }: StoredRecord): string {
  return String(extraOf(values)['id'] ?? values['id']);
}

function hasMessages(shape: Shape): boolean {
  const held = shape.members.get('data')?.members.get('messages');
  return (
    [shape.members.get('messages'), held].some((messages) => messages?.begins === 'array') ||
    shape.members.has('council_deliberation')
  );
}

/** Where the path says conversations, one without messages is one too. Elsewhere `id` and `title` mean nothing. */
function isConversation(shape: Shape): boolean {
  return hasMessages(shape) || (hasAny(shape, ['id', 'title']) && hasAny(shape, ['title', 'created_at', 'createdAt']));
}

export const conversations = {
  name: 'conversations',
  mappingVersion: 2,
  description:
    'Chats with their messages: conversations/<user>/<id>.json, conversations/<id>.json, <user>/<id>.json, or maps of them.',
  tables: [table, messageTable],
  isOwned: true,
  sharedMembers: ['user_id', 'userId'],
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
    if (shape.begins === 'array' && !candidate.lines && isMessage(shape.first)) {
      return { kind: 'document' };
    }
    const found = findContainer(candidate, this.expects(candidate) ? isConversation : hasMessages, ['conversations']);
    if (found || !this.expects(candidate) || shape.members.size > 0) return found;
    return shape.root === 'object' ? fallbackContainer(candidate) : undefined;
  },
  compile,
  layout: {
    table,
    container: 'document',
    path: (record) => ['conversations', String(record.values['user_id']), sourceIdOf(record)],
    write(record) {
      const { values } = record;
      // Without an owner it belongs to "system"; that need not be said.
      const derived = { ...derivedOf(values['created_at']), user_id: NOBODY };
      return Object.assign(writeMembers(table, SPECS, values, derived), { messages: writeMessages(record) });
    },
  },
} as const satisfies Dataset;
