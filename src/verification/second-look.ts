import type { Database } from '../databases/database.ts';
import type { StoredGroup } from '../databases/stored-rows.ts';
import type { Finder } from '../databases/transaction.ts';
import { resolveReferences } from '../load/references.ts';
import { childrenOf, keyOf as nameOf } from '../load/stored-groups.ts';
import { type Reference, type RowGroup, unknownReferences } from '../schema/row-group.ts';
import { cell, ownKey, type Row, type Table, type Value } from '../schema/table.ts';
import { differingColumns } from './compare-rows.ts';
import type { KnownRows } from './known-rows.ts';

/** What the second look at a group has found. */
export interface Look {
  readonly isThere: boolean;
  /** What the record refers to is not there, so that nobody knows how its row should be. */
  readonly isUnresolved: boolean;
  /** To what differs or is missing: none where the group is as it should be. */
  readonly pointers: readonly string[];
  /** How many child rows only the database has, by table, and how many of them no run has loaded. */
  readonly surplus: readonly { readonly table: string; readonly rows: number; readonly added: number }[];
}

const NOT_FOUND: Look = { isThere: false, isUnresolved: false, pointers: [''], surplus: [] };

export interface SecondLook {
  readonly database: Database;
  readonly finder: Finder;
  readonly known: KnownRows;
}

/** Reads the stored rows of groups of one table and compares all values. */
export async function lookAgain(groups: readonly RowGroup[], context: SecondLook): Promise<readonly Look[]> {
  const { database, finder } = context;
  const resolved = await resolveReferences(groups, finder);
  const found = resolved.map((each) => ('group' in each ? each.group : undefined));
  const [first] = groups;
  if (first === undefined) return [];
  const { root } = first;
  const keys = groups.map((group, index) => {
    const known = found[index] ?? (isKeyOpen(group) ? undefined : group);
    return known && keyOf(root, known.row);
  });
  const there = await database.rowsByKey(
    root,
    keys.filter((key) => key !== undefined),
  );
  const rows = new Map(there.map((row) => [textOf(keyOf(root, row)), row]));
  const looks: Look[] = [];
  for (const [index, key] of keys.entries()) {
    const [group, stored] = [found[index], key && rows.get(textOf(key))];
    const look =
      group && stored ? await compareGroup(group, stored, context) : { ...NOT_FOUND, isThere: stored !== undefined };
    looks.push({ ...look, isUnresolved: group === undefined });
  }
  return looks;
}

/** Whether it is not known which row the group is about: its key names a row that is not there. */
export function isKeyOpen(group: RowGroup): boolean {
  const isOfKey = ({ column, child }: Reference): boolean =>
    child === undefined && group.root.naturalKey.includes(column);
  return unknownReferences(group).some(isOfKey);
}

async function compareGroup(group: RowGroup, row: Row, { database, known }: SecondLook): Promise<Look> {
  const { root } = group;
  const stored: StoredGroup = { root, row, children: await childrenOf(database, root, row) };
  const keepsStored = (await known.originOf(nameOf(root, row))) !== 'made';
  const stays = (table: Table) => (name: string) => keepsStored || database.computedColumns(table).has(name);
  const pointers = differingColumns(root, group.row, row, stays(root));
  const added: { readonly table: Table; readonly rows: readonly Row[] }[] = [];
  for (const { table, rows: storedRows } of stored.children) {
    const { rows = [] } = group.children.find((child) => child.table === table) ?? {};
    const others = new Map(storedRows.map((each) => [textOf(keyOf(table, each)), each]));
    for (const each of rows) {
      const key = textOf(keyOf(table, each));
      const other = others.get(key);
      const at = ['', table.name, ...ownKey(table).map((name) => String(cell(table, each, name)))].join('/');
      others.delete(key);
      if (other === undefined) pointers.push(at);
      else pointers.push(...differingColumns(table, each, other, stays(table)).map((pointer) => at + pointer));
    }
    if (others.size > 0) added.push({ table, rows: [...others.values()] });
  }
  // A trigger of the application may set the time of the last change.
  const isTouched = pointers.length > 0 && pointers.every((pointer) => pointer === `/${root.touched}`);
  if (isTouched && database.changesRows(root) && (await known.isAsLeft(stored))) pointers.length = 0;
  const loaded = added.length === 0 ? undefined : await known.childrenOf(stored);
  const surplus = added.map(({ table, rows }) => {
    const ofApplication = loaded ? rows.filter((each) => !loaded.has(nameOf(table, each))) : [];
    return { table: table.name, rows: rows.length, added: ofApplication.length };
  });
  return { isThere: true, isUnresolved: false, pointers, surplus };
}

function keyOf(table: Table, row: Row): readonly Value[] {
  return table.naturalKey.map((name) => cell(table, row, name));
}

function textOf(key: readonly Value[]): string {
  return JSON.stringify(key.map(String));
}
