import { isJsonObject, type JsonObject, type JsonValue } from '../../json/value.ts';

// An export has its messages as a list, or as a tree of them under another name. Here both are a list.

const IS_TREE = '$is_tree';
const CONTENT_TEXT = '$content_text';

export function prepare(record: JsonValue): JsonValue {
  if (!isJsonObject(record)) return record;
  if (Object.hasOwn(record, IS_TREE))
    return { reject: `it has a member ${IS_TREE}, which the recipe needs for itself` };
  const { messagesTree: tree = null, messages = null, ...others } = record;
  if (tree !== null && messages !== null) return { reject: 'it has messages twice, as a list and as a tree' };
  const list = tree ?? messages;
  if (!Array.isArray(list)) return record;
  // Some versions write the tree under the name of the list.
  const isTree = tree !== null || list.some(hasAnswers);
  const all = isTree ? list.flatMap(flattened) : list;
  return { ...others, ...(isTree && { [IS_TREE]: true }), messages: all.map(withText) };
}

function hasAnswers(message: JsonValue): boolean {
  return isJsonObject(message) && Array.isArray(message['children']) && message['children'].length > 0;
}

export function write(record: JsonValue): JsonValue {
  if (!isJsonObject(record)) return record;
  const { [IS_TREE]: isTree, messages, ...others } = record;
  const list = Array.isArray(messages) ? messages.map(withoutText) : [];
  return isTree === true ? { ...others, messagesTree: nested(list) } : { ...others, messages: list };
}

/** A message and all below it, each after the one that it answers. */
function flattened(message: JsonValue): JsonValue[] {
  if (!isJsonObject(message) || !Array.isArray(message['children'])) return [message];
  const { children, ...own } = message;
  return [own, ...(Array.isArray(children) ? children.flatMap(flattened) : [])];
}

/** The other way: a message whose parent is in the list is below it. */
function nested(list: readonly JsonValue[]): JsonValue[] {
  const children = new Map<JsonValue | undefined, JsonObject[]>();
  const ids = new Set(list.map((message) => isJsonObject(message) && message['messageId']));
  for (const message of list) {
    if (!isJsonObject(message)) continue;
    const parent = message['parentMessageId'];
    const key = typeof parent === 'string' && ids.has(parent) ? parent : undefined;
    children.set(key, [...(children.get(key) ?? []), message]);
  }
  const below = (id: JsonValue | undefined): JsonValue[] =>
    (children.get(id) ?? []).map((message) => ({ ...message, children: below(message['messageId']) }));
  return below(undefined);
}

/** What a person reads of a message that consists of parts. */
function withText(message: JsonValue): JsonValue {
  if (!isJsonObject(message) || !Array.isArray(message['content'])) return message;
  const texts = message['content'].flatMap((part) => textOf(part) ?? []);
  return texts.length === 0 ? message : { ...message, [CONTENT_TEXT]: texts.join('\n\n') };
}

function withoutText(message: JsonValue): JsonValue {
  if (!isJsonObject(message)) return message;
  const { [CONTENT_TEXT]: _text, ...own } = message;
  return own;
}

function textOf(part: JsonValue): string | undefined {
  const text = isJsonObject(part) ? (part['text'] ?? null) : null;
  if (typeof text === 'string') return text;
  return isJsonObject(text) && typeof text['value'] === 'string' ? text['value'] : undefined;
}
