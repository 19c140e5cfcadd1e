import type { ExportLayout, StoredRow } from '../datasets/dataset.ts';
import type { JsonObject } from '../json/value.ts';
import { comparedColumns, placeholderColumns, type Table } from '../schema/table.ts';
import { compileCondition } from './conditions.ts';
import type { DatasetPlan, RecognisePlan } from './plan.ts';
import { NOWHERE } from './row-owner.ts';

/** Where records go that are known by their looks; a row that only stands for an owner is made again by what he owns. */
export function compileLooks(
  { name, table }: DatasetPlan,
  written: RecognisePlan['written'],
  write: ExportLayout['write'],
): Pick<ExportLayout, 'container' | 'path' | 'key'> {
  const parts = written === undefined ? [name] : written.file.split('/');
  const isMade = table.holdsOwners ? compilePlaceholder(table) : () => false;
  const pathOf = (values: StoredRow): readonly string[] =>
    parts.map((part) => part.replace(/<(\w+)>/g, (_text, column: string) => String(values[column])));
  const isLeftOut = written?.unless && compileCondition(written.unless);
  return {
    container: written === undefined || written.as === 'list' ? 'array' : written.as,
    path: (record) =>
      isMade(record.values) || isLeftOut?.(write(record), NOWHERE) ? undefined : pathOf(record.values),
    ...(written?.name !== undefined && { key: ({ values }) => String(values[written.name ?? '']) }),
  };
}

/** Whether a row has nothing but its key, and what the database fills in by itself. */
function compilePlaceholder(table: Table): (values: StoredRow) => boolean {
  const told = new Set(placeholderColumns(table));
  return (values) =>
    comparedColumns(table).every((name) => {
      const stored = values[name] ?? null;
      return told.has(name) ? stored === null : stored === (table.columns[name]?.default ?? null);
    });
}

/** A row that the application inserted has no id of an old table: its number is one, of a table that no file has. */
export function idOfApplication({ rowKey, table }: DatasetPlan, values: StoredRow): JsonObject {
  const key = values[table.recordKey ?? ''];
  const [member] = rowKey?.ids ?? [];
  if (!rowKey?.tables || !member || typeof key !== 'string' || !key.startsWith('row ')) return {};
  return { [member.member]: key.slice('row '.length), [rowKey.tables.member]: 'database' };
}
