import type { PageTable } from './page.ts';

/** A line from a table to another one, both by index. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly kind: 'child' | 'enforced' | 'kept' | 'likely';
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The left upper corner of each table that is drawn, by index. */
  readonly places: ReadonlyMap<number, Point>;
  readonly edges: readonly Edge[];
  /** Between which points a line passes columns, from its start to its end; each is the left one of the column. */
  readonly ways: ReadonlyMap<Edge, readonly Point[]>;
}

interface Drawing {
  readonly places: Map<number, Point>;
  readonly ways: Map<Edge, readonly Point[]>;
}

export const BOX = { width: 200, height: 44 };
const GAP = { x: 72, y: 16 };
/** Boxes in one column of the drawing. */
const MOST_IN_COLUMN = 16;
const SWEEPS = 6;

/** Tables that others refer to stand to the left of those; what refers to nothing stands below, in rows. */
export function layOut(tables: readonly PageTable[], most: number): Layout {
  const all = edgesOf(tables);
  const linked = new Set(all.flatMap(({ from, to }) => [from, to]));
  const order = [...tables.keys()].toSorted((a, b) => Number(linked.has(b)) - Number(linked.has(a)) || a - b);
  const drawn = new Set(order.slice(0, most));
  const edges = all.filter(({ from, to }) => drawn.has(from) && drawn.has(to));
  const places = new Map<number, Point>();
  const ways = new Map<Edge, readonly Point[]>();
  let top = 0;
  for (const members of componentsOf(
    [...drawn].filter((each) => linked.has(each)),
    edges,
  )) {
    top += placeComponent(members, edges, top, { places, ways }) + 2 * GAP.y;
  }
  const width = Math.max(3 * (BOX.width + GAP.x), ...[...places.values()].map(({ x }) => x + BOX.width));
  const inRow = Math.max(1, Math.floor((width + GAP.x) / (BOX.width + GAP.x)));
  const alone = [...drawn].filter((each) => !linked.has(each));
  for (const [at, each] of alone.entries())
    places.set(each, {
      x: (at % inRow) * (BOX.width + GAP.x),
      y: top + Math.floor(at / inRow) * (BOX.height + GAP.y),
    });
  const rights = [...places.values()].map(({ x }) => x + BOX.width);
  const bottoms = [...places.values()].map(({ y }) => y + BOX.height);
  return { width: Math.max(0, ...rights), height: Math.max(0, ...bottoms), places, edges, ways };
}

/** One line for each pair of tables. */
function edgesOf(tables: readonly PageTable[]): readonly Edge[] {
  const edges = new Map<string, Edge>();
  for (const [from, { parent, references }] of tables.entries()) {
    if (parent !== undefined) edges.set(`${from} ${parent}`, { from, to: parent, kind: 'child' });
    for (const { to, kind } of references) {
      const known = edges.get(`${from} ${to}`);
      if (known === undefined || (known.kind !== 'child' && kind === 'enforced'))
        edges.set(`${from} ${to}`, { from, to, kind });
    }
  }
  return [...edges.values()];
}

/** Tables that lines connect, the largest group first. */
function componentsOf(members: readonly number[], edges: readonly Edge[]): readonly (readonly number[])[] {
  const neighbours = new Map<number, number[]>();
  for (const { from, to } of edges) {
    neighbours.set(from, [...(neighbours.get(from) ?? []), to]);
    neighbours.set(to, [...(neighbours.get(to) ?? []), from]);
  }
  const seen = new Set<number>();
  const components: number[][] = [];
  for (const start of members) {
    if (seen.has(start)) continue;
    const component = [start];
    seen.add(start);
    for (const each of component) {
      for (const next of neighbours.get(each) ?? []) {
        if (!seen.has(next)) component.push(next);
        seen.add(next);
      }
    }
    components.push(component.toSorted((a, b) => a - b));
  }
  return components.toSorted((a, b) => b.length - a.length || (a[0] ?? 0) - (b[0] ?? 0));
}

/** What stands in a column: a table, or a gap that lets a long line through. */
interface Slot {
  readonly table: number | undefined;
  /** Slots that a line leads to and from. */
  readonly linked: Slot[];
}

/** Places a group below `top`, and gives its height. */
function placeComponent(
  members: readonly number[],
  edges: readonly Edge[],
  top: number,
  { places, ways }: Pick<Drawing, 'places' | 'ways'>,
): number {
  const own = edges.filter(({ from, to }) => members.includes(from) && from !== to);
  const { columns, passed } = columnsOf(members, own);
  const heights = columns.map((column) => column.reduce((sum, slot) => sum + heightOf(slot) + GAP.y, 0));
  const tallest = Math.max(...heights);
  const gaps = new Map<Slot, Point>();
  for (const [at, column] of columns.entries()) {
    const x = at * (BOX.width + GAP.x);
    let y = top + (tallest - (heights[at] ?? 0)) / 2;
    for (const slot of column) {
      if (slot.table === undefined) gaps.set(slot, { x, y: y + heightOf(slot) / 2 });
      else places.set(slot.table, { x, y });
      y += heightOf(slot) + GAP.y;
    }
  }
  for (const [edge, slots] of passed)
    ways.set(
      edge,
      slots.flatMap((slot) => gaps.get(slot) ?? []),
    );
  return tallest;
}

function heightOf({ table }: Slot): number {
  return table === undefined ? 0 : BOX.height;
}

function columnsOf(
  members: readonly number[],
  edges: readonly Edge[],
): { readonly columns: readonly (readonly Slot[])[]; readonly passed: ReadonlyMap<Edge, readonly Slot[]> } {
  const levels = levelsOf(members, edges);
  const layers: Slot[][] = Array.from({ length: Math.max(...levels.values()) + 1 }, () => []);
  const slots = new Map(members.map((table): [number, Slot] => [table, { table, linked: [] }]));
  for (const [table, slot] of slots) layers[levels.get(table) ?? 0]?.push(slot);
  const passed = new Map<Edge, readonly Slot[]>();
  for (const edge of edges) {
    const [start, end] = [levels.get(edge.from) ?? 0, levels.get(edge.to) ?? 0];
    const gaps = layers.slice(end + 1, Math.max(end + 1, start)).map((layer) => {
      const gap: Slot = { table: undefined, linked: [] };
      layer.push(gap);
      return gap;
    });
    passed.set(edge, gaps.toReversed());
    const way = [slots.get(edge.to), ...gaps, slots.get(edge.from)].filter((slot) => slot !== undefined);
    for (const [at, slot] of way.entries()) {
      const next = way[at + 1];
      if (next === undefined) continue;
      slot.linked.push(next);
      next.linked.push(slot);
    }
  }
  orderLayers(layers);
  // A long column would be no picture: it is folded.
  const columns = layers.flatMap((layer) => {
    const parts = Math.ceil(layer.filter(({ table }) => table !== undefined).length / MOST_IN_COLUMN);
    const size = Math.ceil(layer.length / parts);
    return Array.from({ length: parts }, (_, part) => layer.slice(part * size, (part + 1) * size));
  });
  return { columns, passed };
}

/** How many lines lead from a table on, at most; a line of a circle does not count. */
function levelsOf(members: readonly number[], edges: readonly Edge[]): ReadonlyMap<number, number> {
  const targets = new Map<number, number[]>();
  for (const { from, to } of edges) targets.set(from, [...(targets.get(from) ?? []), to]);
  const levels = new Map<number, number>();
  const open = new Set<number>();
  const levelOf = (each: number): number => {
    const known = levels.get(each);
    if (known !== undefined) return known;
    open.add(each);
    const below = (targets.get(each) ?? []).filter((to) => !open.has(to)).map((to) => levelOf(to) + 1);
    open.delete(each);
    const level = Math.max(0, ...below);
    levels.set(each, level);
    return level;
  };
  for (const each of members) levelOf(each);
  return levels;
}

/** Each table near the middle of those that it is linked with, so that few lines cross. */
function orderLayers(layers: readonly Slot[][]): void {
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const layer of sweep % 2 === 0 ? layers : layers.toReversed()) {
      const rows = new Map(layers.flatMap((each) => each.map((slot, row) => [slot, row - each.length / 2] as const)));
      const wanted = ({ linked }: Slot): number =>
        linked.reduce((sum, other) => sum + (rows.get(other) ?? 0), 0) / Math.max(1, linked.length);
      const heights = new Map(layer.map((slot) => [slot, wanted(slot)]));
      layer.sort((a, b) => (heights.get(a) ?? 0) - (heights.get(b) ?? 0) || (rows.get(a) ?? 0) - (rows.get(b) ?? 0));
    }
  }
}
