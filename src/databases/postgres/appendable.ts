import type pg from 'pg';
import { column, loadColumns, type Table } from '../../schema/table.ts';
import { TABLE_LIST } from '../../schema/tables.ts';
import { binaryTypes } from './ddl.ts';

interface Relation {
  readonly name: string;
  /** JSON: types by column. */
  readonly types: string;
  /** JSON: the column sets that are unique. */
  readonly keys: string;
}

/** COPY knows neither views nor rules, and refuses tables with row-level security. */
const RELATIONS = `SELECT c.relname AS name,
    (SELECT json_object_agg(a.attname, format_type(a.atttypid, NULL)) FROM pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS types,
    (SELECT coalesce(json_agg((SELECT json_agg(a.attname) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey))), '[]') FROM pg_index i
      WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL) AS keys
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relhasrules AND NOT c.relrowsecurity`;

/** Names of tables by what can be done with them. */
export interface KnownTables {
  /** Their columns have the types that are declared, so that rows come and go as bytes. */
  readonly encodable: ReadonlySet<string>;
  /** Besides, they refuse a natural key that they have. */
  readonly appendable: ReadonlySet<string>;
}

export async function knownTables(client: pg.ClientBase, schema: string): Promise<KnownTables> {
  const { rows } = await client.query<Relation>(RELATIONS, [schema]);
  const relations = new Map(rows.map((relation) => [relation.name, relation]));
  const namesOf = (fits: (table: Table, relation: Relation) => boolean): ReadonlySet<string> => {
    const fitting = TABLE_LIST.filter((table) => {
      const relation = relations.get(table.name);
      return relation !== undefined && takesEncodedRows(table, relation) && fits(table, relation);
    });
    return new Set(fitting.map(({ name }) => name));
  };
  return { encodable: namesOf(() => true), appendable: namesOf(refusesTwins) };
}

/** A table of an application may have another type, which takes the same values as text but not as bytes. */
function takesEncodedRows(table: Table, { types }: Relation): boolean {
  const stored: Record<string, string | undefined> = JSON.parse(types);
  return loadColumns(table).every((name) => binaryTypes(column(table, name)).includes(stored[name] ?? ''));
}

function refusesTwins({ naturalKey }: Table, { keys }: Relation): boolean {
  const unique: readonly (readonly string[])[] = JSON.parse(keys);
  return unique.some((set) => set.length === naturalKey.length && naturalKey.every((name) => set.includes(name)));
}
