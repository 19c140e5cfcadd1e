import { joinPointer } from '../../json/pointer.ts';
import type { Shape } from '../../json/probe.ts';
import { emptyObject, isJsonObject, type JsonObject, type JsonValue } from '../../json/value.ts';
import type { Row, Value } from '../../schema/table.ts';
import { messages as messageTable } from '../../schema/tables/council.ts';
import { addMicroseconds } from '../../time/time.ts';
import type { RecordAccount } from '../account.ts';
import type { SourceRecord, StoredRecord, StoredRow } from '../dataset.ts';
import type { MemberReader, MemberSpecs, Members } from '../members.ts';
import { kindOf } from '../misfits.ts';
import { hasAny } from '../shapes.ts';
import { withExtra } from '../with-extra.ts';
import { type Derived, extraOf, withDerived, writeMembers } from '../write-members.ts';
import { contentReader } from './content-parts.ts';

export const MESSAGE_SPECS: MemberSpecs = {
  role: {},
  content: { from: ['text'], reader: contentReader },
  stage1_data: { as: 'stage1' },
  stage2_data: { as: 'stage2' },
  stage3_data: { as: 'stage3' },
  metadata: {},
  created_at: { as: 'timestamp', from: ['createdAt'] },
};

/** Where messages lie in a conversation; a bare array is one of messages. */
export const MESSAGE_PLACES = ['/messages', '/council_deliberation/messages', '/data/messages', ''];

/** Members that hold the messages where a conversation has none of its own. */
const HOLDERS = ['council_deliberation', 'data'] as const;

interface Split {
  readonly conversation: JsonObject;
  readonly messages: readonly JsonValue[];
  /** Where the messages are in the record. */
  readonly pointer: string;
}

/** Finds the messages: a bare array, under `messages`, or moved under `council_deliberation.messages` or `data.messages`. */
export function splitMessages({ value }: SourceRecord, account: RecordAccount): Split | undefined {
  if (Array.isArray(value)) return { conversation: emptyObject(), messages: value, pointer: '' };
  if (!isJsonObject(value) || !looksLikeConversation(value)) {
    account.reject('wrong-shape', '', `a conversation must be an object with messages, not ${kindOf(value)}`);
    return undefined;
  }
  const conversation = withoutMember(value, 'messages');
  const messages = value['messages'] ?? [];
  if (!Array.isArray(messages)) {
    account.reject('wrong-type', '/messages', `messages must be a list, not ${kindOf(messages)}`);
    return undefined;
  }
  const holder = messages.length > 0 ? undefined : HOLDERS.find((name) => Array.isArray(messagesIn(value[name])));
  const held = holder === undefined ? undefined : value[holder];
  if (holder === undefined || !isJsonObject(held)) return { conversation, messages, pointer: '/messages' };
  const rest = withoutMember(held, 'messages');
  if (Object.keys(rest).length === 0) delete conversation[holder];
  else conversation[holder] = rest;
  const found = held['messages'];
  return { conversation, messages: Array.isArray(found) ? found : [], pointer: `/${holder}/messages` };
}

function messagesIn(value: JsonValue | undefined): JsonValue | undefined {
  return isJsonObject(value) ? value['messages'] : undefined;
}

function withoutMember(object: JsonObject, member: string): JsonObject {
  const copy = emptyObject();
  for (const name of Object.keys(object)) if (name !== member) copy[name] = object[name] ?? null;
  return copy;
}

function looksLikeConversation(value: JsonObject): boolean {
  const names = ['messages', 'council_deliberation', 'title', 'created_at', 'createdAt'];
  return names.some((name) => Object.hasOwn(value, name)) || Array.isArray(messagesIn(value['data']));
}

export function readMessages(
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
    if (members && (members.values.get('role') ?? roleOf(message)) === undefined) {
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

/** A message without a time takes its conversation's, plus its position in microseconds, so that it sorts by time. */
export function messageRow(
  message: Members,
  conversation: string,
  position: number,
  startedAt: Value | undefined,
  account: RecordAccount,
): Row {
  const derived = derivedOfMessage(message.extra ?? {}, position, startedAt);
  const values = withExtra(withDerived(messageTable, message, derived, account));
  return values.with({ conversation_id: conversation, position }).row;
}

function derivedOfMessage(extra: JsonObject, position: number, startedAt: Value | undefined): Derived {
  return {
    role: roleOf(extra),
    created_at: typeof startedAt === 'string' ? laterBy(startedAt, position) : undefined,
  };
}

/** The messages in their order; those that the application added later have no position and come last, by time. */
export function writeMessages({ values, children }: StoredRecord): JsonObject[] {
  const place = (row: StoredRow): number =>
    typeof row['position'] === 'number' ? row['position'] : Number.POSITIVE_INFINITY;
  const { [messageTable.name]: messages = [] } = children;
  return messages
    .toSorted((one, other) => place(one) - place(other) || 0)
    .map((row) => {
      const { position } = row;
      const startedAt = typeof position === 'number' ? values['created_at'] : undefined;
      const derived = derivedOfMessage(extraOf(row), Number(position), startedAt);
      return writeMembers(messageTable, MESSAGE_SPECS, row, derived);
    });
}

/** Behind the last moment that a column can hold there is nothing: then messages share it. */
function laterBy(time: string, micros: number): string {
  return time > '9999-12-31 23:59' ? time : addMicroseconds(time, micros);
}

export function isMessage(shape: Shape | undefined): boolean {
  return shape?.root === 'object' && hasAny(shape, ['role', 'isBot']);
}
