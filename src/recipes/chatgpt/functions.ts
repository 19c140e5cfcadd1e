import { isJsonObject, type JsonObject, type JsonValue } from '../../json/value.ts';
import { hasOwnNames, NAMES_TAKEN, withoutPath, withPath } from '../message-tree.ts';

/** Tells each node of a conversation whether it lies on the path to the current one, and how far from its root. */
export function prepare(record: JsonValue): JsonValue {
  if (hasOwnNames(nodesOf(record))) return NAMES_TAKEN;
  return changed(record, (nodes, { current_node: current }) => withPath({ nodes, parent: 'parent', current }));
}

/** The way back. */
export function write(record: JsonValue): JsonValue {
  return changed(record, withoutPath);
}

function changed(record: JsonValue, change: (nodes: JsonObject, record: JsonObject) => JsonObject): JsonValue {
  const nodes = nodesOf(record);
  return isJsonObject(record) && isJsonObject(nodes) ? { ...record, mapping: change(nodes, record) } : record;
}

function nodesOf(record: JsonValue): JsonValue {
  return isJsonObject(record) ? (record['mapping'] ?? null) : null;
}

/** What a person reads of a message: its texts one below the other. Images and files are in `parts` and `attachments`. */
export function text(content: JsonValue): JsonValue {
  if (!isJsonObject(content)) return null;
  const parts = Array.isArray(content['parts']) ? content['parts'] : [content['text'] ?? content['result'] ?? null];
  const texts = parts.flatMap((part) => textOf(part) ?? []);
  return texts.length === 0 ? null : texts.join('\n\n');
}

function textOf(part: JsonValue): string | undefined {
  if (typeof part === 'string') return part === '' ? undefined : part;
  // A part of a spoken message.
  return isJsonObject(part) && typeof part['text'] === 'string' ? part['text'] : undefined;
}
