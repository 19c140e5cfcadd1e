import type { Database } from '../databases/database.ts';
import type { Finder } from '../databases/transaction.ts';
import { resolveReferences } from '../load/references.ts';
import type { RowGroup } from '../schema/row-group.ts';
import { cell, ownKey, type Row, type Table, type Value } from '../schema/table.ts';
import { differingColumns } from './compare-rows.ts';

/** What the second look at a group has found. */
export interface Look {
  readonly isThere: boolean;
  /** What the record refers to is not there, so that nobody knows how its row should be. */
  readonly isUnresolved: boolean;
  /** To what differs or is missing: none where the group is as it should be. */
  readonly pointers: readonly string[];
  /** How many child rows only the database has, by table. */
  readonly surplus: readonly { readonly table: string; readonly rows: number }[];
}

const NOT_FOUND: Look = { isThere: false, isUnresolved: false, pointers: [''], surplus: [] };

/** Reads the stored rows of groups of one table and compares all values. */
export async function lookAgain(
  groups: readonly RowGroup[],
  database: Database,
  finder: Finder,
): Promise<readonly Look[]> {
  const resolved = await resolveReferences(groups, finder);
  const found = resolved.map((each) => ('group' in each ? each.group : undefined));
  const [first] = groups;
  if (first === undefined) return [];
  const { root } = first;
  const keys = found.flatMap((group) => (group === undefined ? [] : [keyOf(root, group.row)]));
  const rows = new Map((await database.rowsByKey(root, keys)).map((row) => [textOf(keyOf(root, row)), row]));
  const looks: Look[] = [];
  for (const group of found) {
    const stored = group && rows.get(textOf(keyOf(root, group.row)));
    const look = group && stored ? await compareGroup(group, stored, database) : NOT_FOUND;
    looks.push({ ...look, isUnresolved: group === undefined });
  }
  return looks;
}

async function compareGroup(group: RowGroup, stored: Row, database: Database): Promise<Look> {
  const surplus: Look['surplus'][number][] = [];
  const pointers = differingColumns(group.root, group.row, stored);
  const rootKey = keyOf(group.root, group.row);
  for (const table of database.declared.groupOf(group.root).children) {
    const { rows = [] } = group.children.find((child) => child.table === table) ?? {};
    const others = new Map(
      (await database.children(table, [rootKey], 'stored')).map((row) => [textOf(keyOf(table, row)), row]),
    );
    for (const row of rows) {
      const key = keyOf(table, row);
      const other = others.get(textOf(key));
      const at = ['', table.name, ...ownKey(table).map((name) => String(cell(table, row, name)))].join('/');
      others.delete(textOf(key));
      if (other === undefined) pointers.push(at);
      else pointers.push(...differingColumns(table, row, other).map((pointer) => at + pointer));
    }
    if (others.size > 0) surplus.push({ table: table.name, rows: others.size });
  }
  return { isThere: true, isUnresolved: false, pointers, surplus };
}

function keyOf(table: Table, row: Row): readonly Value[] {
  return table.naturalKey.map((name) => cell(table, row, name));
}

function textOf(key: readonly Value[]): string {
  return JSON.stringify(key.map(String));
}
