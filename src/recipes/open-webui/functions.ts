import { isJsonObject, type JsonObject, type JsonValue } from '../../json/value.ts';
import { hasOwnNames, NAMES_TAKEN, withoutPath, withPath } from '../message-tree.ts';

/** Tells each message of a chat whether it lies on the path to the current one, and how far from its root. */
export function prepare(record: JsonValue): JsonValue {
  if (hasOwnNames(member(member(member(record, 'chat'), 'history'), 'messages'))) return NAMES_TAKEN;
  return changed(record, (nodes, { currentId: current }) => withPath({ nodes, parent: 'parentId', current }));
}

/** The way back. */
export function write(record: JsonValue): JsonValue {
  return changed(record, withoutPath);
}

function changed(record: JsonValue, change: (nodes: JsonObject, history: JsonObject) => JsonObject): JsonValue {
  const chat = member(record, 'chat');
  const history = member(chat, 'history');
  const messages = member(history, 'messages');
  if (!isJsonObject(record) || !isJsonObject(chat) || !isJsonObject(history) || !isJsonObject(messages)) return record;
  return { ...record, chat: { ...chat, history: { ...history, messages: change(messages, history) } } };
}

function member(value: JsonValue, name: string): JsonValue {
  return isJsonObject(value) ? (value[name] ?? null) : null;
}
