import type { Table } from '../../schema/table.ts';
import { quote } from './ddl.ts';
import { isEqual, type Names } from './names.ts';

/** What is written in place of the columns that a link stands for, of the row under an alias: the key of the row above that they name. */
export function linkTo(
  table: Table,
  names: Names,
): { readonly into: string; readonly of: (alias: string) => string } | undefined {
  const { link } = table;
  const stored = names.known(table).link;
  if (link === undefined || stored === undefined || names.dryRun) return undefined;
  const above = names.declared.get(link.table);
  const from = `SELECT q.${quote(link.to)} FROM ${names.rows(above)} q`;
  const same = (alias: string): string =>
    link.by.map(([own, to]) => isEqual(above, to, `q.${quote(to)}`, `${alias}.${quote(own)}`, names)).join(' AND ');
  return { into: quote(stored.name), of: (alias) => `(${from} WHERE ${same(alias)})` };
}

/** A row whose own key tells it apart may move to another row above. */
export function linkAssignment(table: Table, names: Names): readonly (readonly [string, string])[] {
  const link = linkTo(table, names);
  const isKey = table.link?.by.every(([own]) => table.naturalKey.includes(own));
  return link === undefined || isKey ? [] : [[link.into, link.of('s')]];
}

/** The columns that a link stands for: a dry run writes them as they are. */
export function columnsOfShadow(table: Table, { known, dryRun }: Names): readonly string[] {
  return dryRun ? [...(known(table).link?.columns.keys() ?? [])] : [];
}
