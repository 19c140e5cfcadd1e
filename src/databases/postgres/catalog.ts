import type { TablePlace } from '../../schema/table-place.ts';
import { quoteText } from './ddl.ts';
import type { Session } from './session.ts';

/** A column as the catalog has it. https://www.postgresql.org/docs/current/catalog-pg-attribute.html */
export interface CatalogColumn {
  readonly [field: string]: string | null;
  readonly name: string;
  readonly type: string;
  readonly not_null: string;
  readonly default: string | null;
  readonly identity: string;
  readonly generated: string;
  readonly comment: string | null;
}

export interface CatalogConstraint {
  readonly [field: string]: string | null;
  readonly table: string;
  readonly name: string;
  readonly kind: string;
  readonly definition: string;
  /** JSON list. */
  readonly columns: string;
}

const oidOf = (session: Session, table: string | TablePlace): string => `${quoteText(session.name(table))}::regclass`;

export async function tableNames(session: Session): Promise<string[]> {
  const found = await session.rows<{ name: string }>(
    'SELECT tablename AS name FROM pg_tables WHERE schemaname = $1',
    session.schema,
  );
  return found.map(({ name }) => name);
}

export function columnsOf(session: Session, table: string | TablePlace): Promise<CatalogColumn[]> {
  return session.rows(`SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
      a.attnotnull AS not_null, pg_get_expr(d.adbin, d.adrelid) AS "default", a.attidentity AS identity,
      a.attgenerated AS generated, col_description(a.attrelid, a.attnum) AS comment
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = ${oidOf(session, table)} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`);
}

/** Keys and checks of a table. */
export function constraintsOf(session: Session, table: string): Promise<CatalogConstraint[]> {
  return session.rows(`${CONSTRAINTS} WHERE c.conrelid = ${oidOf(session, table)} AND c.contype IN ('p', 'u', 'c', 'x')
    ORDER BY c.contype, c.conname`);
}

/** Foreign keys of these tables and foreign keys to them, from wherever. `table` is quoted, with its schema. */
export function foreignKeysAround(session: Session, tables: readonly string[]): Promise<CatalogConstraint[]> {
  const oids = tables.map((table) => oidOf(session, table)).join(', ');
  return session.rows(`${CONSTRAINTS} WHERE c.contype = 'f' AND c.conparentid = 0
    AND (c.conrelid IN (${oids}) OR c.confrelid IN (${oids})) ORDER BY c.conrelid::regclass::text, c.conname`);
}

const CONSTRAINTS = `SELECT c.conrelid::regclass::text AS "table", c.conname AS name, c.contype AS kind,
    pg_get_constraintdef(c.oid) AS definition,
    (SELECT coalesce(json_agg(a.attname), '[]') FROM pg_attribute a
      WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)) AS columns
  FROM pg_constraint c`;

/** Indexes that no constraint made, with the columns that they mention. */
export function indexesOf(
  session: Session,
  table: string,
): Promise<{ name: string; definition: string; columns: string }[]> {
  return session.rows(`SELECT i.relname AS name, pg_get_indexdef(x.indexrelid) AS definition,
      (SELECT coalesce(json_agg(DISTINCT a.attname), '[]') FROM pg_depend d
        JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_class'::regclass AND d.objid = x.indexrelid AND d.refobjid = x.indrelid) AS columns
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
    WHERE x.indrelid = ${oidOf(session, table)}
      AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = x.indexrelid AND c.conrelid = x.indrelid)
    ORDER BY i.relname`);
}

export interface IndexedSet {
  readonly isPrimary: boolean;
  readonly isUnique: boolean;
  /** In the order of the index. */
  readonly columns: readonly string[];
}

/** Tables of this schema that foreign keys of the table refer to. */
export async function referencedTables(session: Session, table: string): Promise<string[]> {
  const found = await session.rows<{ name: string }>(
    `SELECT DISTINCT r.relname AS name FROM pg_constraint c JOIN pg_class r ON r.oid = c.confrelid
      JOIN pg_namespace n ON n.oid = r.relnamespace
      WHERE c.contype = 'f' AND c.conrelid = ${oidOf(session, table)} AND n.nspname = $1`,
    session.schema,
  );
  return found.map(({ name }) => name);
}

/** Views, and foreign keys of other tables, by the column that they need. */
export function dependentsOf(
  session: Session,
  table: string,
): Promise<{ kind: string; name: string; column: string }[]> {
  const oid = oidOf(session, table);
  return session.rows(`SELECT DISTINCT 'view' AS kind, v.relname AS name, a.attname AS "column"
      FROM pg_depend d JOIN pg_rewrite w ON w.oid = d.objid JOIN pg_class v ON v.oid = w.ev_class
        JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
      WHERE d.classid = 'pg_rewrite'::regclass AND d.refobjid = ${oid} AND d.refobjsubid > 0 AND v.oid <> d.refobjid
    UNION SELECT 'table', r.relname, a.attname
      FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
        JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = ANY (c.confkey)
      WHERE c.contype = 'f' AND c.confrelid = ${oid} ORDER BY 1, 2, 3`);
}

/** The sequence that numbers the rows: of an identity, of a serial, or of a default made by hand. Quoted. */
export async function sequenceOf(session: Session, table: string, column: string): Promise<string | null> {
  const [found] = await session.rows<{ sequence: string | null }>(
    `SELECT coalesce(pg_get_serial_sequence(${quoteText(session.name(table))}, $1), (
      SELECT s.oid::regclass::text FROM pg_attrdef f
        JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
        JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid
        JOIN pg_class s ON s.oid = d.refobjid AND s.relkind = 'S'
      WHERE f.adrelid = ${oidOf(session, table)} AND a.attname = $1 LIMIT 1)) AS sequence`,
    column,
  );
  return found?.sequence ?? null;
}

/** Triggers of the application that fire, with how they do. */
export function triggersOf(session: Session, table: string): Promise<{ name: string; mode: string }[]> {
  return session.rows(`SELECT tgname AS name, tgenabled AS mode FROM pg_trigger
    WHERE tgrelid = ${oidOf(session, table)} AND NOT tgisinternal AND tgenabled <> 'D' ORDER BY tgname`);
}
