import type { WayBack } from '../datasets/dataset.ts';
import { joinPointer } from '../json/pointer.ts';
import { pointerOf } from './destinations.ts';
import type { ColumnPlan, DatasetPlan, RecordPlan } from './plan.ts';

/** Steps of a column after which `export` spells a value otherwise. */
const RESPELLING = [
  'trim',
  'empty',
  'capture',
  'join',
  'lower',
  'number',
  'words',
  'format',
  'zone',
  'zones',
  'derive',
] as const;

/** What `export` makes of the members that a declaration names, by pointer, where it does not write them as they were. */
export function waysBackOf(plan: DatasetPlan): ReadonlyMap<string, WayBack> {
  if (plan.functions?.prepare && plan.functions.write === undefined) return new Map([['', 'one-way']]);
  const members = membersOf(plan, '');
  // Of several columns of one member an exact one is written.
  const exact = new Set(members.flatMap(([pointer, way]) => (way === 'exact' ? [pointer] : [])));
  return new Map(members.filter(([pointer]) => !exact.has(pointer)));
}

function membersOf({ columns, children, rest }: RecordPlan, prefix: string): readonly (readonly [string, WayBack])[] {
  const ignored = rest.to === 'ignore' ? rest.members : [];
  return [
    ...columns.flatMap((column) => ofColumn(column, prefix)),
    ...ignored.map((way) => [way.reduce(joinPointer, prefix), 'one-way'] as const),
    ...children.flatMap((child) => membersOf(child, pointerOf(prefix, child.path))),
  ];
}

function ofColumn(column: ColumnPlan, prefix: string): readonly (readonly [string, WayBack])[] {
  // What a function makes of a member leaves the member to others.
  if (column.made && !column.made.back) return [];
  const way = wayBackOf(column);
  return column.sources.flatMap((source, rank) => {
    if (source.of === 'value') return [[prefix, way] as const];
    if (source.of !== 'record') return [];
    const own = source.way.reduce(joinPointer, '');
    const isWritten = column.declaration.to === undefined ? rank === 0 : own === column.declaration.to;
    return [[prefix + own, way === 'exact' && !isWritten ? 'respelled' : way] as const];
  });
}

export function wayBackOf({ declaration, named }: ColumnPlan): WayBack {
  const { secret } = declaration;
  if (secret === 'api_key') return 'respelled';
  if (secret !== undefined || named?.orphans === 'set_null') return 'one-way';
  if (named?.fold || RESPELLING.some((step) => declaration[step])) return 'respelled';
  const { values = {}, epoch } = declaration;
  if (epoch === 'any') return 'respelled';
  const stored = Object.values(values).map(String);
  return new Set(stored).size < stored.length ? 'respelled' : 'exact';
}
