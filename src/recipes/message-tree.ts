import { isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';

// A conversation with branches is a map of nodes, each of which names the one before it.

/** Members that a node has only on its way into the database. */
const IS_ACTIVE = '$is_active';
const DEPTH = '$depth';

export interface Tree {
  readonly nodes: JsonObject;
  /** The member that names the node before. */
  readonly parent: string;
  /** The node that the user sees last. */
  readonly current: JsonValue | undefined;
}

/** Tells each node whether it lies on the path to the current one, and how far from its root. */
export function withPath(tree: Tree): JsonObject {
  const active = activePath(tree);
  const depths = depthsOf(tree);
  return mapNodes(tree.nodes, (node, id) => ({
    ...node,
    ...(active && { [IS_ACTIVE]: active.has(id) }),
    [DEPTH]: depths.get(id) ?? null,
  }));
}

/** A record of which a node has a member of the names that nodes get here: nothing of it may be taken for ours. */
export const NAMES_TAKEN = {
  reject: `a node has a member ${IS_ACTIVE} or ${DEPTH}, which the recipe needs for itself`,
};

export function hasOwnNames(nodes: JsonValue): boolean {
  const isTaken = (node: JsonValue): boolean =>
    isJsonObject(node) && (Object.hasOwn(node, IS_ACTIVE) || Object.hasOwn(node, DEPTH));
  return isJsonObject(nodes) && Object.values(nodes).some(isTaken);
}

/** The way back. */
export function withoutPath(nodes: JsonObject): JsonObject {
  return mapNodes(nodes, ({ [IS_ACTIVE]: _active, [DEPTH]: _depth, ...own }) => own);
}

function mapNodes(nodes: JsonObject, change: (node: JsonObject, id: string) => JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(nodes).map(([id, node]) => [id, isJsonObject(node) ? change(node, id) : node]),
  );
}

/** From the current node up; undefined where nothing is the current node. A circle ends where it closes. */
function activePath(tree: Tree): ReadonlySet<string> | undefined {
  const { nodes, current } = tree;
  if (typeof current !== 'string' || !Object.hasOwn(nodes, current)) return undefined;
  const path = new Set<string>();
  for (let id: string | undefined = current; id !== undefined && !path.has(id); id = parentOf(tree, id)) path.add(id);
  return path;
}

/** Steps from the root, or from a node whose parent is not there; none for nodes that a circle leads to. */
function depthsOf(tree: Tree): ReadonlyMap<string, number | null> {
  const depths = new Map<string, number | null>();
  for (const start of Object.keys(tree.nodes)) {
    const open = new Set<string>();
    let at: string | undefined = start;
    while (at !== undefined && !depths.has(at) && !open.has(at)) {
      open.add(at);
      at = parentOf(tree, at);
    }
    const before = at === undefined ? -1 : (depths.get(at) ?? null);
    for (const [index, id] of [...open].reverse().entries())
      depths.set(id, before === null ? null : before + index + 1);
  }
  return depths;
}

function parentOf({ nodes, parent }: Tree, id: string): string | undefined {
  const node = nodes[id] ?? null;
  const before = isJsonObject(node) ? node[parent] : undefined;
  return typeof before === 'string' && Object.hasOwn(nodes, before) ? before : undefined;
}
