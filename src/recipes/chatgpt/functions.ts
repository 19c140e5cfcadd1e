import type { FunctionContext } from '../../declarations/functions.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/value.ts';

/** Members that a message has only on its way into the database. */
const IS_ACTIVE = '$is_active';
const DEPTH = '$depth';

/** Tells each node of a conversation whether it lies on the path to the current one, and how far from its root. */
export function prepare(record: JsonValue): JsonValue {
  if (!isJsonObject(record) || !isJsonObject(record['mapping'] ?? null)) return record;
  const nodes = record['mapping'] as JsonObject;
  const active = activePath(nodes, record['current_node']);
  const depths = depthsOf(nodes);
  const mapping = Object.entries(nodes).map(([id, node]) => {
    if (!isJsonObject(node)) return [id, node];
    return [id, { ...node, ...(active && { [IS_ACTIVE]: active.has(id) }), [DEPTH]: depths.get(id) ?? null }];
  });
  return { ...record, mapping: Object.fromEntries(mapping) };
}

/** The way back. */
export function write(record: JsonValue): JsonValue {
  if (!isJsonObject(record) || !isJsonObject(record['mapping'] ?? null)) return record;
  const mapping = Object.entries(record['mapping'] as JsonObject).map(([id, node]) => {
    if (!isJsonObject(node)) return [id, node];
    const { [IS_ACTIVE]: _active, [DEPTH]: _depth, ...own } = node;
    return [id, own];
  });
  return { ...record, mapping: Object.fromEntries(mapping) };
}

/** From the current node up; undefined where nothing is the current node. A circle ends where it closes. */
function activePath(nodes: JsonObject, current: JsonValue | undefined): ReadonlySet<string> | undefined {
  if (typeof current !== 'string' || !Object.hasOwn(nodes, current)) return undefined;
  const path = new Set<string>();
  for (let id = current; !path.has(id) && Object.hasOwn(nodes, id); id = parentOf(nodes, id) ?? id) path.add(id);
  return path;
}

/** Steps from the root, or from a node whose parent is not there; none for nodes that a circle leads to. */
function depthsOf(nodes: JsonObject): ReadonlyMap<string, number | null> {
  const depths = new Map<string, number | null>();
  for (const start of Object.keys(nodes)) {
    const open = new Set<string>();
    let at: string | undefined = start;
    while (at !== undefined && !depths.has(at) && !open.has(at)) {
      open.add(at);
      at = parentOf(nodes, at);
    }
    const before = at === undefined ? -1 : (depths.get(at) ?? null);
    for (const [index, id] of [...open].reverse().entries())
      depths.set(id, before === null ? null : before + index + 1);
  }
  return depths;
}

function parentOf(nodes: JsonObject, id: string): string | undefined {
  const node = nodes[id] ?? null;
  const parent = isJsonObject(node) ? node['parent'] : undefined;
  return typeof parent === 'string' && Object.hasOwn(nodes, parent) ? parent : undefined;
}

/** What a person reads of a message: its texts one below the other. Images and files are in `parts` and `attachments`. */
export function text(content: JsonValue, _record: JsonValue, _context: FunctionContext): JsonValue {
  if (!isJsonObject(content)) return null;
  const parts = Array.isArray(content['parts']) ? content['parts'] : [content['text'] ?? content['result'] ?? null];
  const texts = parts.flatMap((part) => textOf(part) ?? []);
  return texts.length === 0 ? null : texts.join('\n\n');
}

function textOf(part: JsonValue | undefined): string | undefined {
  if (typeof part === 'string') return part === '' ? undefined : part;
  // A part of a spoken message.
  return part !== undefined && isJsonObject(part) && typeof part['text'] === 'string' ? part['text'] : undefined;
}
