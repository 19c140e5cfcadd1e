import { childKeyWord } from '../checking/child-keys.ts';
import type { GroupPrinter } from '../checking/group-printer.ts';
import type { RowCodec } from '../databases/row-codec.ts';
import type { StoredGroup } from '../databases/stored-rows.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import { cell, ownKey, type Row, type Table } from '../schema/table.ts';
import type { LeftGroup } from './left-rows.ts';
import { unpackBefore } from './memory.ts';
import { keyOf } from './stored-groups.ts';

/** The child rows that are as a run left them, together with the row that they belong to; undefined where that is not so. */
export function rowsAsLeft(
  { root, row, children }: StoredGroup,
  { content, words }: LeftGroup,
  printer: GroupPrinter,
): readonly Row[] | undefined {
  const some = children.map(({ table, rows }) => ({
    table,
    rows: rows.filter((each) => mayBeLoaded(table, (name) => cell(table, each, name), words)),
  }));
  const rows = some.flatMap((each) => each.rows);
  const prints = [...printer.growing({ root, row, children: some })];
  // Without words, all that follow may have been added.
  const count = words ? prints.length - 1 : prints.indexOf(content);
  return prints[count] === content ? rows.slice(0, count) : undefined;
}

/** Whether a run may have loaded the child row: those of an application have no number, or one below 0. See `childKeys`. */
export function mayBeLoaded(
  table: Table,
  value: (column: string) => Row[number],
  words: ReadonlySet<number> | undefined,
): boolean {
  if (words) return words.has(childKeyWord(table, value));
  const number = value(ownKey(table)[0] ?? '');
  return number !== null && (typeof number !== 'number' || number >= 0);
}

/**
 * The keys of all child rows that runs have loaded into a group, from how each of them left it, the last one first. Undefined where
 * that cannot be told, because somebody has changed the rows in between.
 */
export function loadedChildren(
  stored: StoredGroup,
  left: readonly LeftGroup[],
  {
    printer,
    codec,
    declared,
  }: { readonly printer: GroupPrinter; readonly codec: RowCodec; readonly declared: DeclaredTables },
): ReadonlySet<string> | undefined {
  const loaded = new Set<string>();
  let group = stored;
  for (const each of left) {
    const rows = each.words ? rowsByWords(group, each.words) : rowsAsLeft(group, each, printer);
    if (rows === undefined) return undefined;
    const known = new Set(rows);
    for (const { table, rows: all } of group.children)
      for (const row of all) if (known.has(row)) loaded.add(keyOf(table, row));
    if (each.isFirst) break;
    if (each.before) group = unpackBefore(each.before, codec, declared);
  }
  return loaded;
}

function rowsByWords({ children }: StoredGroup, words: ReadonlySet<number>): readonly Row[] {
  return children.flatMap(({ table, rows }) =>
    rows.filter((row) => words.has(childKeyWord(table, (name) => cell(table, row, name)))),
  );
}
