import type { DeclaredTables } from '../schema/declared-tables.ts';
import type { Reference, RowGroup, RowLookup } from '../schema/row-group.ts';
import { cell, type Row, type Table } from '../schema/table.ts';

/** A reference that many records have, each with the values of its own root row: these are not packed again. */
export interface LayoutReference extends Omit<Reference, 'lookups' | 'isEnforced'> {
  readonly lookup: Omit<RowLookup, 'table' | 'key'> & { readonly table: string };
  /** The columns of the root row that hold what is looked up. */
  readonly from: readonly string[];
}

/** The references of a group in this form; undefined where its root row does not hold what one of them looks up. */
export function layoutReferences(group: RowGroup): readonly LayoutReference[] | undefined {
  const found: LayoutReference[] = [];
  for (const { column, pointer, lookups } of group.references ?? []) {
    const [lookup, ...others] = lookups;
    if (lookup === undefined || others.length > 0) return undefined;
    const { table, key, ...rest } = lookup;
    const names = [column, ...Object.keys(group.root.columns)];
    const from = key.flatMap((part) => names.find((name) => cell(group.root, group.row, name) === part) ?? []);
    if (from.length < key.length) return undefined;
    found.push({ column, pointer, lookup: { ...rest, table: table.name }, from });
  }
  return found;
}

/** Whether a group has these references and no others. */
export function hasReferences({ root, row, references }: RowGroup, known: readonly LayoutReference[]): boolean {
  if (references === undefined) return known.length === 0;
  if (references.length !== known.length) return false;
  for (let at = 0; at < known.length; at++) {
    const [one, other] = [known[at] as LayoutReference, references[at] as Reference];
    if (one.column !== other.column || one.pointer !== other.pointer || other.lookups.length !== 1) return false;
    const { table, by, key, words, answer } = other.lookups[0] as RowLookup;
    const { lookup, from } = one;
    if (lookup.table !== table.name || lookup.words !== words || lookup.answer !== answer) return false;
    if (key.length !== from.length) return false;
    for (let part = 0; part < key.length; part++) {
      if (lookup.by[part] !== by[part] || cell(root, row, from[part] as string) !== key[part]) return false;
    }
  }
  return true;
}

/** The references of a record, with the values of its root row. */
export function referencesOf(
  known: readonly LayoutReference[],
  root: Table,
  row: Row,
  declared: DeclaredTables,
): readonly Reference[] {
  return known.map(({ column, pointer, lookup, from }) => {
    const key = from.map((name) => cell(root, row, name));
    return { column, pointer, isEnforced: true, lookups: [{ ...lookup, table: declared.get(lookup.table), key }] };
  });
}
