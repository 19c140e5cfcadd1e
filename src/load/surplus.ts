import { childKeyWord } from '../checking/child-keys.ts';
import { GroupPrinter } from '../checking/group-printer.ts';
import type { Comparison, Database, Transaction } from '../databases/database.ts';
import type { RowCodec } from '../databases/row-codec.ts';
import type { StoredGroup } from '../databases/stored-rows.ts';
import type { ChildRows, RowGroup } from '../schema/row-group.ts';
import { cell, ownKey, type Row, type Table } from '../schema/table.ts';
import type { LeftGroup, LeftRows } from './left-rows.ts';
import { keyOf, readStored } from './stored-groups.ts';

/** A group with the child tables of which surplus rows go. */
export interface SurplusGroup {
  readonly group: RowGroup;
  readonly comparison: Comparison;
  readonly tables: ReadonlySet<string>;
}

/**
 * Finds the child rows that records no longer have and that go: rows that a run loaded, and that nobody changed since. The ledger
 * knows them together with the row that they belong to, so that they stay where that was changed.
 */
export class Surplus {
  private readonly database: Database;
  private readonly left: LeftRows;
  private readonly printer: GroupPrinter;
  private undeclared: Promise<readonly string[]> | undefined;

  constructor(database: Database, codec: RowCodec, left: LeftRows) {
    this.database = database;
    this.left = left;
    this.printer = new GroupPrinter(codec);
  }

  /** The comparisons of these groups, with the rows that go. */
  async find(all: readonly SurplusGroup[], transaction: Transaction): Promise<ReadonlyMap<RowGroup, Comparison>> {
    const groups = all.filter(({ comparison, tables }) =>
      comparison.children.some(({ table, surplus }) => surplus > 0 && tables.has(table)),
    );
    const going = new Map<RowGroup, readonly ChildRows[]>();
    if (groups.length === 0) return new Map();
    const stored = await readStored(
      this.database,
      groups.map(({ group }) => group),
    );
    for (const { group, tables } of groups) {
      const found = stored.get(group);
      const rows = found ? await this.goingOf(group, tables, found) : [];
      if (rows.length > 0) going.set(group, rows);
    }
    const loose: ReadonlySet<RowGroup> = going.size === 0 ? new Set() : await transaction.findLoose(going);
    return new Map(
      groups.flatMap(({ group, comparison }) =>
        loose.has(group) ? [[group, withGoing(comparison, going.get(group) ?? [])] as const] : [],
      ),
    );
  }

  private async goingOf(
    group: RowGroup,
    tables: ReadonlySet<string>,
    stored: StoredGroup,
  ): Promise<readonly ChildRows[]> {
    const undeclared = await this.undeclaredColumns();
    const loaded = this.loadedOf(stored, await this.left.find(keyOf(group.root, group.row)));
    return stored.children.flatMap(({ table, rows }) => {
      if (!tables.has(table.name) || undeclared.some((name) => name.startsWith(`${table.name}.`))) return [];
      const own = new Set(group.children.find((each) => each.table === table)?.rows.map((row) => keyOf(table, row)));
      const going = rows.filter((row) => loaded.has(row) && !own.has(keyOf(table, row)));
      return going.length === 0 ? [] : [{ table, rows: going }];
    });
  }

  /** Columns that only the application fills: neither the ledger nor an undo knows what is in them. */
  private undeclaredColumns(): Promise<readonly string[]> {
    this.undeclared ??= this.database.undeclaredColumns();
    return this.undeclared;
  }

  /** The child rows that are as a run left them, together with the row that they belong to. */
  private loadedOf({ root, row, children }: StoredGroup, left: readonly LeftGroup[]): ReadonlySet<Row> {
    const found = new Set<Row>();
    for (const { content, words } of left) {
      const some = children.map(({ table, rows }) => ({
        table,
        rows: rows.filter((each) => mayBe(table, each, words)),
      }));
      const rows = some.flatMap((each) => each.rows);
      const prints = [...this.printer.growing({ root, row, children: some })];
      // Without words, all that follow may have been added.
      const count = words ? prints.length - 1 : prints.indexOf(content);
      if (prints[count] === content) for (const each of rows.slice(0, count)) found.add(each);
    }
    return found;
  }
}

/** Whether a run may have loaded the row: those of an application have no number, or one below 0. */
function mayBe(table: Table, row: Row, words: ReadonlySet<number> | undefined): boolean {
  const value = (name: string): Row[number] => cell(table, row, name);
  if (words) return words.has(childKeyWord(table, value));
  const number = value(ownKey(table)[0] ?? '');
  return number !== null && (typeof number !== 'number' || number >= 0);
}

function withGoing(comparison: Comparison, going: readonly ChildRows[]): Comparison {
  const children = comparison.children.map((child) => {
    const rows = going.find(({ table }) => table.name === child.table)?.rows;
    return rows ? { ...child, going: rows } : child;
  });
  return { ...comparison, children };
}
