import type pg from 'pg';
import type { FoundKey, Partitions } from '../../schema/comparison/shape.ts';
import { nameIn, type TablePlace } from '../../schema/table-place.ts';
import type { IndexedSet } from './catalog.ts';

/** A table of the application, or what else has its name. https://www.postgresql.org/docs/current/catalog-pg-class.html */
export interface Relation {
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
  readonly columns: readonly RelationColumn[];
  /** Column sets that an index covers for all rows, the primary key first. */
  readonly indexed: readonly IndexedSet[];
  readonly triggers: readonly string[];
  /** A trigger may change or swallow what is written, or a rule may write something else. */
  readonly mayChangeRows: boolean;
  readonly hasRules: boolean;
  /** Where the nodes of a Citus cluster have its rows: spread over them, or all of them on each. */
  readonly citus: 'distributed' | 'reference' | undefined;
  /** Undefined where it is not partitioned. */
  readonly partitions: Partitions | undefined;
  /** Row level security hides rows from this role. */
  readonly hidesRows: boolean;
  /** Rights on it that a run needs and this role does not have. */
  readonly lacks: readonly string[];
  readonly foreignKeys: readonly FoundKey[];
  /** One of them was never looked at for all rows, or is not at all. */
  readonly hasUncheckedKeys: boolean;
}

export interface RelationColumn {
  readonly name: string;
  /** As the database words it. */
  readonly type: string;
  /** The type without its limit, as the database words it; of a domain the one that it narrows. */
  readonly plain: string;
  /** `int4`, `varchar`, `timestamptz`, …; `enum` for each enumerated type, `array` for each array. */
  readonly base: string;
  /** Of an array: the type of its elements. */
  readonly element: string | null;
  /** Of an enumerated type. */
  readonly labels: readonly string[] | null;
  readonly limit: number | null;
  readonly not_null: 't' | 'f';
  /** What fills it where nothing else does, as SQL. */
  readonly generator: string | null;
  readonly identity: string;
  readonly generated: string;
  /** `t` where its collation takes different texts for equal. */
  readonly folds: 't' | 'f';
}

/** https://www.postgresql.org/docs/current/catalog-pg-partitioned-table.html */
const PARTITIONS = `CASE WHEN c.relkind = 'p' THEN (SELECT json_build_object('count', count(*) FILTER (WHERE t.isleaf),
      'isOpen', coalesce(bool_or(NOT t.isleaf AND p.partstrat <> 'h' AND p.partdefid = 0), false))
    FROM pg_partition_tree(c.oid) t LEFT JOIN pg_partitioned_table p ON p.partrelid = t.relid) END AS partitions`;

const namesOf = (table: string, numbers: string): string => `(SELECT json_agg(a.attname ORDER BY k.place)
          FROM unnest(${numbers}) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = k.number)`;

/** One question for all tables, which waits for no lock on them: over a slow link each answer costs as much as a thousand rows. */
const RELATIONS = `SELECT n.nspname AS schema, c.relname AS name, EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus') AS citus, c.relkind AS kind, c.relhasrules AS rules, ${PARTITIONS}, row_security_active(c.oid) AS hides,
    to_json(array_remove(ARRAY[${['SELECT', 'INSERT', 'UPDATE']
      .map((right) => `CASE WHEN NOT has_table_privilege(c.oid, '${right}') THEN '${right}' END`)
      .join(', ')}], NULL)) AS lacks,
    (SELECT coalesce(json_agg(json_build_object('name', a.attname, 'type', CASE WHEN t.typnamespace = 'pg_catalog'::regnamespace THEN format_type(a.atttypid, a.atttypmod)
          ELSE quote_ident(t.typname) END,
        'plain', format_type(b.oid, NULL), 'element', e.typname,
        'base', CASE WHEN b.typtype = 'e' THEN 'enum' WHEN b.typcategory = 'A' THEN 'array' ELSE b.typname END,
        'labels', (SELECT json_agg(v.enumlabel ORDER BY v.enumsortorder) FROM pg_enum v WHERE v.enumtypid = b.oid),
        'limit', CASE WHEN m."limit" >= 0 THEN CASE WHEN b.typname IN ('varchar', 'bpchar', 'numeric') THEN m."limit" - 4
          WHEN b.typname IN ('timestamptz', 'timestamp', 'time') THEN m."limit" END END,
        'not_null', CASE WHEN a.attnotnull OR t.typnotnull THEN 't' ELSE 'f' END,
        'generator', CASE WHEN a.attidentity <> '' THEN (SELECT format('nextval(%L)', format('%I.%I', sn.nspname, s.relname))
            FROM pg_depend p JOIN pg_class s ON s.oid = p.objid AND s.relkind = 'S' JOIN pg_namespace sn ON sn.oid = s.relnamespace
            WHERE p.classid = 'pg_class'::regclass AND p.refobjid = c.oid AND p.refobjsubid = a.attnum AND p.deptype = 'i')
          WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, 0) END,
        'identity', a.attidentity::text, 'generated', a.attgenerated::text,
        'folds', CASE WHEN b.typname = 'citext' OR NOT l.collisdeterministic THEN 't' ELSE 'f' END)
        ORDER BY a.attnum), '[]')
      FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_collation l ON l.oid = a.attcollation
        JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
        LEFT JOIN pg_type e ON e.oid = b.typelem AND b.typcategory = 'A'
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        CROSS JOIN LATERAL (SELECT CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END) AS m ("limit")
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
    (SELECT coalesce(json_agg(json_build_object('isPrimary', x.indisprimary, 'isUnique', x.indisunique,
        'columns', (SELECT json_agg(a.attname ORDER BY k.place)
          FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number WHERE k.place <= x.indnkeyatts))
        ORDER BY x.indisprimary DESC, x.indexrelid), '[]')
      FROM pg_index x WHERE x.indrelid = c.oid AND x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL) AS indexed,
    (SELECT coalesce(json_agg(g.tgname ORDER BY g.tgname), '[]') FROM pg_trigger g
      WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgenabled <> 'D') AS triggers,
    (SELECT coalesce(json_agg(json_build_object('schema', rn.nspname, 'table', r.relname, 'columns', ${namesOf('f.conrelid', 'f.conkey')},
        'to', ${namesOf('f.confrelid', 'f.confkey')}) ORDER BY f.conname), '[]')
      FROM pg_constraint f JOIN pg_class r ON r.oid = f.confrelid JOIN pg_namespace rn ON rn.oid = r.relnamespace
      WHERE f.contype = 'f' AND f.conrelid = c.oid) AS foreign_keys,
    EXISTS (SELECT 1 FROM pg_constraint f WHERE f.contype = 'f' AND f.conrelid = c.oid AND NOT f.convalidated) AS unchecked
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE (n.nspname, c.relname) IN (SELECT * FROM unnest($1::text[], $2::text[])) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I', 'c')`;

/** https://docs.citusdata.com/en/stable/develop/api_metadata.html: n without repmodel t is a table that only Citus has heard of. */
const CITUS_TABLES = `SELECT n.nspname AS schema, c.relname AS name, CASE WHEN d.partmethod = 'n' THEN 'reference' ELSE 'distributed' END AS kind
    FROM pg_dist_partition d JOIN pg_class c ON c.oid = d.logicalrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE d.partmethod <> 'n' OR d.repmodel = 't'`;

/** Whatever has one of these names, by `keyOf` its place. Foreign keys lead to tables as declarations name them. */
export async function relationsOf(
  client: pg.ClientBase,
  dbSchema: string,
  places: readonly TablePlace[],
): Promise<ReadonlyMap<string, Relation>> {
  const { rows } = await client.query<Record<string, string>>(RELATIONS, [
    places.map(({ schema }) => schema),
    places.map(({ name }) => name),
  ]);
  const citus = rows.some((row) => row['citus'] === 't') ? await citusTables(client) : new Map();
  const list = (text: string | undefined) => JSON.parse(text ?? '[]');
  const relations = rows.map((row): Relation => {
    const triggers: readonly string[] = list(row['triggers']);
    return {
      schema: row['schema'] ?? '',
      name: row['name'] ?? '',
      kind: row['kind'] ?? '',
      columns: list(row['columns']),
      indexed: list(row['indexed']),
      triggers,
      mayChangeRows: triggers.length > 0 || row['rules'] === 't',
      hasRules: row['rules'] === 't',
      citus: citus.get(keyOf({ schema: row['schema'] ?? '', name: row['name'] ?? '' })),
      partitions: JSON.parse(row['partitions'] ?? 'null') ?? undefined,
      hidesRows: row['hides'] === 't',
      lacks: list(row['lacks']),
      foreignKeys: list(row['foreign_keys']).map(({ schema, table: name, ...key }: StoredKey): FoundKey => {
        return { ...key, table: nameIn(dbSchema, { schema, name }) };
      }),
      hasUncheckedKeys: row['unchecked'] === 't',
    };
  });
  return new Map(relations.map((relation) => [keyOf(relation), relation]));
}

interface StoredKey extends Omit<FoundKey, 'table'> {
  readonly schema: string;
  readonly table: string;
}

async function citusTables(client: pg.ClientBase): Promise<ReadonlyMap<string, 'distributed' | 'reference'>> {
  const { rows } = await client.query<TablePlace & { kind: 'distributed' | 'reference' }>(CITUS_TABLES);
  return new Map(rows.map((row) => [keyOf(row), row.kind]));
}

export function keyOf({ schema, name }: TablePlace): string {
  return JSON.stringify([schema, name]);
}

/** Whether rows can be read from it and written to it as they come. */
export function isTable({ kind }: Relation): boolean {
  return kind === 'r' || kind === 'p';
}

const KINDS: Readonly<Record<string, string>> = {
  r: 'a table',
  p: 'a table',
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
  S: 'a sequence',
  i: 'an index',
  I: 'an index',
  c: 'a type',
};

export function kindOf(kind: string): string {
  return KINDS[kind] ?? 'something else';
}
