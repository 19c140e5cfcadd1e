import type pg from 'pg';
import type { Table } from '../../schema/table.ts';
import { nameIn, placeIn } from '../../schema/table-place.ts';
import { declaredReferences, type RowReference } from '../row-undo.ts';
import type { KnownTable } from './known-table.ts';
import type { Tables } from './names.ts';

export function holdsOurRows(table: Table, { exists, known }: Tables): boolean {
  return exists(table.name) && known(table).isKeyed;
}

/** Those of the declaration, and every foreign key of the database. */
export async function referencesOf(
  client: pg.ClientBase,
  tables: Tables,
  dbSchema: string,
): Promise<readonly RowReference[]> {
  const { rows } = await client.query<
    Record<'from' | 'schema' | 'name' | 'to_schema' | 'to' | 'columns' | 'keys', string>
  >(FOREIGN_KEYS, places(dbSchema, tables.declared.list));
  const found = rows.flatMap(({ from, schema, name, to_schema, to, columns, keys }): RowReference[] => {
    const target = tables.declared.find(nameIn(dbSchema, { schema: to_schema, name: to }));
    const table = tables.declared.find(nameIn(dbSchema, { schema, name }));
    if (target === undefined) return [];
    const named = (of: Table, inTable: readonly string[]): readonly string[] =>
      inTable.flatMap((each) => declaredName(tables.known(of), of, each) ?? []);
    const stored: readonly string[] = JSON.parse(columns);
    const link = table && linkBy(table, target, stored, tables.known(table));
    if (table && link) return [{ name, from: tables.rows(table), table, to: target, ...link }];
    const reference = { name, to: target, keys: named(target, JSON.parse(keys)) };
    const declared = table && named(table, stored);
    // Rows of a declared table are told apart by declared columns.
    if (table && declared && declared.length === stored.length)
      return [{ ...reference, from: tables.rows(table), table, columns: declared }];
    return [{ ...reference, from, table: undefined, columns: stored }];
  });
  const declared = declaredReferences(tables.declared, tables.rows, (table) => holdsOurRows(table, tables));
  const isKnown = (one: RowReference): boolean =>
    found.some((other) => other.table === one.table && other.to === one.to && `${other.columns}` === `${one.columns}`);
  return [...found, ...declared.filter((each) => !isKnown(each))];
}

/** The columns that name a row above, where what refers to it is a key that stands for them. */
function linkBy(
  { link }: Table,
  target: Table,
  stored: readonly string[],
  known: KnownTable,
): Pick<RowReference, 'columns' | 'keys'> | undefined {
  if (link === undefined || known.link?.name !== String(stored) || target.name !== link.table) return undefined;
  return { columns: link.by.map(([own]) => own), keys: link.by.map(([, above]) => above) };
}

function declaredName({ columns }: KnownTable, table: Table, inTable: string): string | undefined {
  if (columns.size === 0) return inTable in table.columns ? inTable : undefined;
  return [...columns].find(([, { name }]) => name === inTable)?.[0];
}

/** Schemas and names, as a query takes them. */
function places(dbSchema: string, list: readonly Table[]): [schemas: string[], names: string[]] {
  const found = list.map(({ name }) => placeIn(dbSchema, name));
  return [found.map(({ schema }) => schema), found.map(({ name }) => name)];
}

/** Foreign keys of any schema to the tables $2 of the schemas $1. */
const FOREIGN_KEYS = `SELECT format('%I.%I', fn.nspname, f.relname) AS "from", fn.nspname AS schema, f.relname AS name, tn.nspname AS to_schema, t.relname AS "to",
    (SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY k (number, place)
      JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number) AS columns,
    (SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(c.confkey) WITH ORDINALITY k (number, place)
      JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number) AS keys
  FROM pg_constraint c
    JOIN pg_class f ON f.oid = c.conrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
    JOIN pg_class t ON t.oid = c.confrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace
  WHERE c.contype = 'f' AND (tn.nspname, t.relname) IN (SELECT * FROM unnest($1::text[], $2::text[]))`;
