import { storedKeyPrint } from '../checking/prints.ts';
import { ABSENT, type Comparison } from '../databases/transaction.ts';
import type { RowGroup } from '../schema/row-group.ts';
import {
  cell,
  column,
  comparedColumns,
  keepsStoredWhenNull,
  placeholderColumns,
  type Row,
  type Table,
} from '../schema/table.ts';
import type { LookupRow, LookupRows } from './lookup-rows.ts';

/** What a dry run would have made until now because others name it. Its shadows hold it, and nobody compares with them. */
export class Rehearsal {
  /** Rows that only rejected records named: a run would not have them. By the name of their lookup. */
  vain: LookupRows = new Map();
  /** By the print of their key. */
  private readonly made = new Map<string, LookupRow>();

  note(made: Iterable<LookupRow>, vain: LookupRows): void {
    this.vain = vain;
    for (const each of made) this.made.set(keyOf(each.table, each.row), each);
  }

  /** How a row that was made compares with the record that now comes for it; undefined where none was. */
  compare({ root, row, children }: RowGroup): Comparison | undefined {
    const found = this.made.size === 0 ? undefined : this.made.get(keyOf(root, row));
    if (found === undefined) return undefined;
    if ([...this.vain.values()].some((each) => each.row === found.row)) return ABSENT;
    const isSame = comparedColumns(root).every((name) => {
      const value = cell(root, row, name);
      return (value === null && keepsStoredWhenNull(column(root, name))) || value === cell(root, found.row, name);
    });
    const isPlaceholder = placeholderColumns(root).every((name) => cell(root, found.row, name) === null);
    return {
      ...ABSENT,
      root: isSame ? 'same' : 'differs',
      isPlaceholder: root.hasPlaceholders === true && isPlaceholder,
      children: children.map(({ table, rows }) => {
        return { table: table.name, absent: rows.length, same: 0, differs: 0, surplus: 0 };
      }),
    };
  }
}

function keyOf(table: Table, row: Row): string {
  return storedKeyPrint(table, (name) => cell(table, row, name)).text;
}
