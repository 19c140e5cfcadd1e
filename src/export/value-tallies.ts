import type { ExportLayout, StoredRecord, StoredRow } from '../datasets/dataset.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import { loadColumns, type Table } from '../schema/table.ts';
import { isTyped } from '../schema/typed-value.ts';

/** Counts, by `table.column`, the values that files cannot give back. */
export class ValueTallies {
  /** What an application wrote and is none of the type of its column. */
  readonly notOfType: Record<string, number> = {};
  /** Hashes and stars in place of secrets, which are not written. */
  readonly secrets: Record<string, number> = {};
  private readonly declared: DeclaredTables;

  constructor(declared: DeclaredTables) {
    this.declared = declared;
  }

  add(layout: ExportLayout, { values, children }: StoredRecord): void {
    this.addRow(layout, layout.table, values);
    for (const child of this.declared.groupOf(layout.table).children)
      for (const row of children[child.name] ?? []) this.addRow(layout, child, row);
  }

  private addRow({ secrets }: ExportLayout, table: Table, row: StoredRow): void {
    for (const name of loadColumns(table)) {
      const value = row[name] ?? null;
      const column = `${table.name}.${name}`;
      if (!isTyped(this.declared.readColumn(table, name), value)) count(this.notOfType, column);
      else if (value !== null && secrets?.has(column)) count(this.secrets, column);
    }
  }
}

function count(tally: Record<string, number>, column: string): void {
  tally[column] = (tally[column] ?? 0) + 1;
}
