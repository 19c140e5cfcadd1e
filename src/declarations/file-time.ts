import type { ChildRows, Fill, RowGroup } from '../schema/row-group.ts';
import { loadColumns, type Row, type Table } from '../schema/table.ts';
import type { ChildPlan, ColumnPlan, RecordPlan } from './plan.ts';
import type { Source } from './source.ts';
import type { TableDraft } from './table-draft.ts';

// `$file.mtime` fills a NULL when a row is inserted. A copy of a file has another time, so that it is never compared: a record is
// read with it and without it, and what the time alone has filled goes beside the rows.

export function isFileTime(source: Source): boolean {
  return source.of === 'file' && source.part === 'mtime';
}

/** Marks the columns that the time of a file may fill, by itself or because they derive from one that it fills. */
export function markFileTimes(
  columns: readonly ColumnPlan[],
  table: TableDraft,
  parent: TableDraft | undefined,
): readonly ColumnPlan[] {
  const isFilled = ({ sources, declaration: { derive = '' } }: ColumnPlan, among: ReadonlySet<string>): boolean =>
    sources.some(isFileTime) ||
    among.has(derive) ||
    (derive.startsWith('$parent.') && parent?.columns.get(derive.slice('$parent.'.length))?.keepsWhenNull === true);
  const filled = new Set<string>();
  for (let before = -1; before < filled.size; ) {
    before = filled.size;
    for (const column of columns) if (isFilled(column, filled)) filled.add(column.name);
  }
  return columns.map((plan) => {
    const stored = table.columns.get(plan.name);
    if (!filled.has(plan.name) || stored === undefined) return plan;
    table.columns.set(plan.name, { ...stored, keepsWhenNull: true });
    return { ...plan, column: { ...plan.column, keepsWhenNull: true } };
  });
}

export function takesFileTime({ columns, children }: RecordPlan): boolean {
  return columns.some(({ sources }) => sources.some(isFileTime)) || children.some(takesFileTime);
}

/** How a record is read without that time, which may leave NULL where nothing else stands. */
export function withoutFileTime<Plan extends RecordPlan>(plan: Plan): Plan {
  const columns = plan.columns.map((each): ColumnPlan => {
    const { notNull: _required, ...column } = each.column;
    return column.keepsWhenNull ? { ...each, column } : each;
  });
  return { ...plan, columns, children: plan.children.map((child): ChildPlan => withoutFileTime(child)) };
}

/** What only the second of two groups of one record has. */
export function fillsBetween(without: RowGroup, group: RowGroup): readonly Fill[] {
  const fillsOf = (table: Table, one: Row, other: Row): Fill[] =>
    loadColumns(table).flatMap((column, index) => {
      const value = other[index] ?? null;
      return (one[index] ?? null) === null && value !== null ? [{ column, value }] : [];
    });
  const ofChildren = ({ table, rows }: ChildRows, others: readonly Row[]): Fill[] =>
    rows.flatMap((row, index) =>
      fillsOf(table, row, others[index] ?? row).map((fill) => ({ ...fill, child: { table: table.name, row: index } })),
    );
  return [
    ...fillsOf(group.root, without.row, group.row),
    ...without.children.flatMap((child, index) => ofChildren(child, group.children[index]?.rows ?? [])),
  ];
}
