import { ownedRow } from '../datasets/owned-row.ts';
import type { ChildRows, Reference, RowGroup } from '../schema/row-group.ts';
import type { Row, Table } from '../schema/table.ts';
import { bytewise } from '../system/bytewise.ts';
import { openRow } from './named-reader.ts';
import type { ChildPlan, DatasetPlan } from './plan.ts';
import type { ReadRecord } from './record-reader.ts';
import { RECORD_KEY } from './table-draft.ts';

/** The rows of a record that load together. `key` tells it from others where its table has no natural key. */
export function rowGroup(
  plan: DatasetPlan,
  tables: readonly Table[],
  record: ReadRecord,
  key: string | undefined,
): RowGroup {
  const cells = key === undefined ? record.cells : record.cells.with({ [RECORD_KEY]: key });
  if (tables.length === 0 && record.named.length + record.found.length === 0) {
    const { references } = record;
    const alone = ownedBy(plan, record, cells.row);
    return references.length === 0 ? alone : { ...alone, references };
  }
  const rows = new Map<Table, FoundRow[]>(tables.map((table) => [table, []]));
  collect(plan.children, record, key, rows);
  const references = [...referencesOf(record), ...record.named, ...record.found];
  const children = [...rows].map(([table, found]): ChildRows => {
    const sorted = found.toSorted(byKey(table));
    for (const [place, { named }] of sorted.entries())
      references.push(...named.map((each) => ({ ...each, child: { table: table.name, row: place } })));
    return { table, rows: sorted.map(({ cells: each, named }) => openRow(each, named)) };
  });
  const row = openRow(cells, record.named);
  return { ...ownedBy(plan, record, row), children, ...(references.length > 0 && { references }) };
}

function ownedBy({ table }: DatasetPlan, { namesOwner }: ReadRecord, row: Row): RowGroup {
  const owned = ownedRow(table, row);
  return namesOwner ? owned : { ...owned, namesOwner };
}

/** Of the record and all that is below it. */
function referencesOf({ references, children }: ReadRecord): readonly Reference[] {
  if (children.length === 0) return references;
  return [...references, ...children.flatMap((rows) => rows.flatMap(referencesOf))];
}

type FoundRow = Pick<ReadRecord, 'cells' | 'named'>;

/** The rows below a record, by table: those of all levels together. */
function collect(
  plans: readonly ChildPlan[],
  record: ReadRecord,
  key: string | undefined,
  rows: Map<Table, FoundRow[]>,
): void {
  for (const [index, plan] of plans.entries()) {
    for (const child of record.children[index] ?? []) {
      const link = plan.links.find(({ parent }) => parent === RECORD_KEY)?.column ?? plan.table.belongsTo?.by[0];
      const cells = key === undefined || link === undefined ? child.cells : child.cells.with({ [link]: key });
      rows.get(plan.table)?.push({ cells, named: child.named });
      collect(plan.children, child, key, rows);
    }
  }
}

/** As a database sorts them: texts by their bytes. */
function byKey({ naturalKey }: Table): (one: FoundRow, other: FoundRow) => number {
  return (one, other) => {
    for (const name of naturalKey) {
      const [a, b] = [one.cells.get(name), other.cells.get(name)];
      if (a === b) continue;
      if (a === null || b === null) return a === null ? 1 : -1;
      if (typeof a === 'string' && typeof b === 'string') return bytewise(a, b);
      return a < b ? -1 : 1;
    }
    return 0;
  };
}
