import type { StoredRecord, StoredRow } from '../datasets/dataset.ts';
import { writeInOrder } from '../json/canonical.ts';
import { emptyObject, isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import { compilePlaceMembers, POSITION_MEMBER } from './place-members.ts';
import type { ChildPlan, RecordPlan } from './plan.ts';
import type { RecordPath, Source } from './source.ts';

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

/** Writes the elements of a child table where they were, in their order. */
export function compileChildWriter(
  plan: ChildPlan,
  write: RecordWriter,
): (holder: Holder, parent: StoredRow, rows: StoredRecord['children']) => void {
  const position = columnOf(plan, ({ of }) => of === 'position');
  const { tellsPosition } = compilePlaceMembers(plan);
  const positionIn = (row: StoredRow): number | undefined => {
    const stored = position === undefined ? null : (row[position] ?? null);
    return stored === null ? undefined : Number(stored);
  };
  const last = (row: StoredRow): number => positionIn(row) ?? Number.MAX_SAFE_INTEGER;
  return (holder, parent, rows) => {
    const mine = (rows[plan.table.name] ?? []).filter((row) =>
      plan.links.every(({ column, parent: key }) => String(row[column]) === String(parent[key])),
    );
    const sorted = position === undefined ? mine : mine.toSorted((one, other) => last(one) - last(other));
    const maps = new Map<Holder, string[]>();
    for (const row of sorted) {
      const place = openPlace(holder, plan, row);
      if (place === undefined) continue;
      const { around, name } = place;
      const names = maps.get(around) ?? [];
      maps.set(around, names);
      const index = Array.isArray(around) ? around.length : names.length;
      const stored = positionIn(row);
      const value = write({ row, parent, position: stored ?? index }, rows);
      // A load counts from 0 what is there.
      const isElsewhere = tellsPosition && stored !== undefined && stored !== index;
      if (isElsewhere && isJsonObject(value)) value[POSITION_MEMBER] = stored;
      if (Array.isArray(around)) around.push(value);
      else {
        around[name] = value;
        names.push(name);
      }
    }
    if (position === undefined) return;
    for (const [around, names] of maps) if (!Array.isArray(around)) writeInOrder(around, names);
  };
}

/** The list or object in which an element lies, made as needed, and its name there. */
function openPlace(
  holder: Holder,
  plan: ChildPlan,
  row: StoredRow,
): { readonly around: Holder; readonly name: string } | undefined {
  const { steps } = plan.path;
  const names = namesOn(plan, plan.path, row);
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
function namesOn(plan: ChildPlan, { steps, captures }: RecordPath, row: StoredRow): readonly (string | undefined)[] {
  let taken = 0;
  return steps.map((step) => {
    if (step.to === 'member') return step.name;
    if (step.to === 'elements') return undefined;
    const capture = captures[taken++];
    const column = columnOf(plan, (source) => source.of === 'capture' && source.name === capture);
    return String(row[column ?? ''] ?? '');
  });
}
