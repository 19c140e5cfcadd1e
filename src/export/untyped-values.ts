import type { StoredRecord, StoredRow } from '../datasets/dataset.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import { loadColumns, type Table } from '../schema/table.ts';
import { isTyped } from '../schema/typed-value.ts';

/** Counts the values that an application wrote and that are none of the type of their column. */
export class UntypedValues {
  /** By `table.column`. */
  readonly counts: Record<string, number> = {};
  private readonly declared: DeclaredTables;

  constructor(declared: DeclaredTables) {
    this.declared = declared;
  }

  add(root: Table, { values, children }: StoredRecord): void {
    this.addRow(root, values);
    for (const child of this.declared.groupOf(root).children)
      for (const row of children[child.name] ?? []) this.addRow(child, row);
  }

  private addRow(table: Table, row: StoredRow): void {
    for (const name of loadColumns(table)) {
      if (isTyped(this.declared.readColumn(table, name), row[name] ?? null)) continue;
      const column = `${table.name}.${name}`;
      this.counts[column] = (this.counts[column] ?? 0) + 1;
    }
  }
}
