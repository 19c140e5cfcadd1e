import type { StoredRecord, StoredRow } from '../datasets/dataset.ts';
import { writeInOrder } from '../json/canonical.ts';
import { overlay } from '../json/overlay.ts';
import { emptyObject, isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import type { Value } from '../schema/table.ts';
import { compilePlaceMembers, POSITION_MEMBER } from './place-members.ts';
import type { ChildPlan, ColumnPlan, RecordPlan } from './plan.ts';
import type { Source } from './source.ts';
import { wayBackOf } from './ways-back.ts';
import { compileNameWriter } from './write-value.ts';

/** A row on its way back to a record. */
export interface Written {
  readonly row: StoredRow;
  readonly parent: StoredRow | undefined;
  /** Undefined where nobody knows it. */
  readonly position: number | undefined;
}

export type RecordWriter = (written: Written, children: StoredRecord['children']) => JsonValue;

/** Where elements are written: the record, or a list that is one. */
export type Holder = JsonObject | JsonValue[];

export function columnOf({ columns }: RecordPlan, test: (source: Source) => boolean): string | undefined {
  return columns.find(({ sources }) => sources.some(test))?.name;
}

/** What a row says for a captured name, in a path or a map; undefined where no column holds it. A text is as the name was. */
export function compileCaptured({ columns }: RecordPlan): (name: string, row: StoredRow) => string | undefined {
  const isText = (column: ColumnPlan): boolean => column.column.type === 'text' && wayBackOf(column) === 'exact';
  const writers = new Map<string, { readonly column: string; readonly write: (value: Value) => string }>();
  for (const column of [...columns.filter(isText), ...columns]) {
    for (const source of column.sources) {
      if (source.of !== 'capture' || writers.has(source.name)) continue;
      writers.set(source.name, { column: column.name, write: compileNameWriter(column) });
    }
  }
  return (name, row) => {
    const { column = '', write } = writers.get(name) ?? {};
    const value = row[column] ?? null;
    return value === null ? undefined : write?.(value);
  };
}

/** A row on its way to its element. Several children may each have a part of one. */
interface Part {
  readonly child: Child;
  readonly row: StoredRow;
  /** In a map. */
  readonly name: string;
  readonly position: number | undefined;
}

interface Child {
  readonly plan: ChildPlan;
  readonly write: RecordWriter;
  readonly position: string | undefined;
  readonly tellsPosition: boolean;
  readonly captured: ReturnType<typeof compileCaptured>;
}

/** Writes the elements of child tables where they were, in their order. */
export function compileChildrenWriter(
  plans: readonly ChildPlan[],
  compileWriter: (plan: ChildPlan) => RecordWriter,
): (holder: Holder, parent: StoredRow, rows: StoredRecord['children']) => void {
  const children = plans.map((plan): Child => {
    const position = columnOf(plan, ({ of }) => of === 'position');
    const { tellsPosition } = compilePlaceMembers(plan);
    return { plan, write: compileWriter(plan), position, tellsPosition, captured: compileCaptured(plan) };
  });
  return (holder, parent, rows) => {
    for (const [around, parts] of partsIn(holder, children, parent, rows)) {
      const elements = Array.isArray(around) ? elementsOfList(parts) : elementsOfMap(parts);
      for (const [index, element] of elements.entries()) {
        const value = writeElement(element, index, parent, rows);
        if (Array.isArray(around)) around.push(value);
        else around[nameOf(element)] = value;
      }
      const keepsOrder = parts.some(({ child }) => child.position !== undefined);
      if (keepsOrder && !Array.isArray(around)) writeInOrder(around, elements.map(nameOf));
    }
  };
}

/** The rows below a row by the list or map that holds their elements, each by position. */
function partsIn(
  holder: Holder,
  children: readonly Child[],
  parent: StoredRow,
  rows: StoredRecord['children'],
): ReadonlyMap<Holder, readonly Part[]> {
  const found = children.flatMap((child) => {
    const { table, links } = child.plan;
    const mine = (rows[table.name] ?? []).filter((row) =>
      links.every(({ column, parent: key }) => String(row[column]) === String(parent[key])),
    );
    return mine.map((row) => ({ child, row, position: positionIn(row, child) }));
  });
  const places = new Map<Holder, Part[]>();
  for (const part of found.toSorted((one, other) => last(one) - last(other))) {
    const place = openPlace(holder, part.child, part.row);
    if (place === undefined) continue;
    const parts = places.get(place.around) ?? [];
    places.set(place.around, parts);
    parts.push({ ...part, name: place.name });
  }
  return places;
}

function positionIn(row: StoredRow, { position }: Child): number | undefined {
  const stored = position === undefined ? null : (row[position] ?? null);
  return stored === null ? undefined : Number(stored);
}

function last({ position }: Pick<Part, 'position'>): number {
  return position ?? Number.MAX_SAFE_INTEGER;
}

type PartsOfElement = readonly [Part, ...Part[]];

/** Rows of several children at one position are one element. Rows of one child never are: the application may count otherwise. */
function elementsOfList(parts: readonly Part[]): readonly PartsOfElement[] {
  const elements: [Part, ...Part[]][] = [];
  for (const part of parts) {
    const before = elements.at(-1);
    if (before && isPartOf(before, part)) before.push(part);
    else elements.push([part]);
  }
  return elements;
}

function isPartOf(element: PartsOfElement, { child, position }: Part): boolean {
  return position !== undefined && element.every((part) => part.child !== child && part.position === position);
}

function elementsOfMap(parts: readonly Part[]): readonly PartsOfElement[] {
  const elements = new Map<string, [Part, ...Part[]]>();
  for (const part of parts) {
    const known = elements.get(part.name);
    if (known) known.push(part);
    else elements.set(part.name, [part]);
  }
  return [...elements.values()];
}

function nameOf([{ name }]: PartsOfElement): string {
  return name;
}

function writeElement(
  element: PartsOfElement,
  index: number,
  parent: StoredRow,
  rows: StoredRecord['children'],
): JsonValue {
  const value = element
    .map(({ child, row, position }) => child.write({ row, parent, position: position ?? index }, rows))
    .reduce((one, other) => (isJsonObject(one) && isJsonObject(other) ? overlay(one, other) : one));
  const [{ position }] = element;
  // A load counts from 0 what is there.
  const isElsewhere = position !== undefined && position !== index;
  if (isElsewhere && isJsonObject(value) && element.some(({ child }) => child.tellsPosition))
    value[POSITION_MEMBER] = position;
  return value;
}

/** The list or object in which an element lies, made as needed, and its name there. */
function openPlace(
  holder: Holder,
  child: Child,
  row: StoredRow,
): { readonly around: Holder; readonly name: string } | undefined {
  const { steps } = child.plan.path;
  const names = namesOn(child, row);
  let around = holder;
  for (const [index, name] of names.entries()) {
    if (name === undefined && !Array.isArray(around)) return undefined;
    if (index === names.length - 1) return { around, name: name ?? '' };
    if (name === undefined) continue;
    const held = around as JsonObject;
    held[name] ??= steps[index + 1]?.to === 'elements' ? [] : emptyObject();
    around = held[name] as Holder;
  }
  return undefined;
}

/** The names on the way to an element; undefined where it is one of a list. */
function namesOn({ plan, captured }: Child, row: StoredRow): readonly (string | undefined)[] {
  const { steps, captures } = plan.path;
  let taken = 0;
  return steps.map((step) => {
    if (step.to === 'member') return step.name;
    return step.to === 'elements' ? undefined : (captured(captures[taken++] ?? '', row) ?? '');
  });
}
