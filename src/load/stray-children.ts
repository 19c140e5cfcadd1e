import { childKeyWord } from '../checking/child-keys.ts';
import { GroupPrinter } from '../checking/group-printer.ts';
import type { Database } from '../databases/database.ts';
import type { RowCodec } from '../databases/row-codec.ts';
import type { Comparison } from '../databases/transaction.ts';
import type { RowGroup } from '../schema/row-group.ts';
import { cell, linkOf, ownKey, type Row, rowOf, type Table } from '../schema/table.ts';
import type { EarlierRows } from './earlier-rows.ts';
import type { LeftRows } from './left-rows.ts';
import { rowsAsLeft } from './loaded-children.ts';
import { childrenOf, keyOf } from './stored-groups.ts';

/**
 * Finds child rows that have a key of their own, without that of the row above, and are there below another row. A run may move
 * those that runs have loaded. Those of the application stay where they are.
 */
export class StrayChildren {
  private readonly database: Database;
  private readonly earlier: EarlierRows;
  private readonly left: LeftRows;
  private readonly printer: GroupPrinter;

  constructor(database: Database, codec: RowCodec, known: { readonly earlier: EarlierRows; readonly left: LeftRows }) {
    this.database = database;
    this.earlier = known.earlier;
    this.left = known.left;
    this.printer = new GroupPrinter(codec);
  }

  /** The table of a row of the application that the group would take from another one. */
  async takenBy(group: RowGroup, comparison: Comparison | undefined): Promise<Table | undefined> {
    if (comparison === undefined || comparison.root === 'absent') return undefined;
    for (const { table, rows } of group.children) {
      const compared = comparison.children.find((child) => child.table === table.name);
      const isWhole = compared === undefined || compared.absent + compared.differs === 0;
      if (isWhole || ownKey(table).length < table.naturalKey.length) continue;
      const keys = rows.map((row) => table.naturalKey.map((name) => cell(table, row, name)));
      for (const stored of await this.database.rowsByKey(table, keys))
        if (await this.isApplications(group, table, stored)) return table;
    }
    return undefined;
  }

  private async isApplications(group: RowGroup, table: Table, stored: Row): Promise<boolean> {
    const { root } = group;
    const above = linkOf(table, root).map(([name, key]) => [key, cell(table, stored, name)] as const);
    if (above.every(([key, value]) => String(value) === String(cell(root, group.row, key)))) return false;
    const owner = keyOf(root, rowOf(root, Object.fromEntries(above)));
    const left = await this.left.find(owner);
    // What runs without undo memory have loaded, nobody can tell.
    if (left.length === 0 && (await this.earlier.originOf(owner)) !== 'unknown') return false;
    const word = childKeyWord(table, (name) => cell(table, stored, name));
    const all = [...left, ...(await this.left.find(keyOf(root, group.row)))];
    if (all.some(({ words }) => words?.has(word))) return false;
    const [row] = await this.database.rowsByKey(root, [above.map(([, value]) => value)]);
    const others = row && { root, row, children: await childrenOf(this.database, root, row) };
    const isLeft = left.some((each) => {
      const rows = others && each.words === undefined ? rowsAsLeft(others, each, this.printer) : undefined;
      return rows?.some((one) => keyOf(table, one) === keyOf(table, stored));
    });
    return !isLeft;
  }
}
