import type { Table } from '../../schema/table.ts';
import { placeIn, schemaIn } from '../../schema/table-place.ts';
import { counted } from '../../system/quantities.ts';
import type { LocatedLedger } from './ledger.ts';
import type { Session } from './session.ts';

/** What a run needs of each table. docs/grants.sql gives exactly this. */
const NEEDED = ['SELECT', 'INSERT', 'UPDATE'] as const;

/** What some runs need as well: shards, `surplus: delete`, and a run that is taken back. */
const SOMETIMES = ['DELETE'] as const;

export interface MissingRights {
  readonly needed: readonly string[];
  readonly sometimes: readonly string[];
}

/** Rights that the role lacks on the database, the schemas and the tables that are there. */
export async function missingRights(
  session: Session,
  ledger: LocatedLedger,
  needed: () => Promise<readonly Table[]>,
): Promise<MissingRights> {
  const { place, isThere } = ledger;
  const [onSchema] = await session.rows<Record<string, string | null>>(
    `SELECT has_database_privilege(current_database(), 'TEMP') AS temp,
       has_database_privilege(current_database(), 'CREATE') AS create_schema,
       has_schema_privilege(n.oid, 'USAGE') AS usage, has_schema_privilege(n.oid, 'CREATE') AS create_tables,
       has_schema_privilege(l.oid, 'USAGE') AS ledger
     FROM (SELECT 1) AS one LEFT JOIN pg_namespace n ON n.nspname = $1 LEFT JOIN pg_namespace l ON l.nspname = $2`,
    ...[session.schema, place.schema],
  );
  const { list } = session.declared;
  const inLedger = place.schema ?? session.schema;
  const ofLedger = await rightsOn(session, inLedger, Object.values(place.tables));
  const own = await rightsOn(session, session.schema, list);
  const mayCreate = onSchema?.['create_tables'] !== 'f';
  const isFull = (row: Rights): boolean => [...NEEDED, ...SOMETIMES].every((right) => row[right] === 't');
  const isThereAlready = ({ name }: Table): boolean => own.some((row) => row['name'] === name);
  const isAll = list.every((table) => isThereAlready(table) || (mayCreate && schemaIn(table.name) === undefined));
  const used = isAll && own.every(isFull) ? list : await needed();
  const found = [...own.filter((row) => used.some(({ name }) => name === row['name'])), ...ofLedger];
  const lacking = (rights: readonly string[]): string[] =>
    rights.flatMap((right) => {
      const names = found.filter((row) => row[right] === 'f').map(({ name }) => name);
      return names.length === 0 ? [] : [`${right} on ${shortened(names)}`];
    });
  const needsLedger = !isThere && place.naming !== 'own';
  const missing = used.filter((table) => !isThereAlready(table));
  const lacksTables = !mayCreate && (needsLedger || missing.some(({ name }) => schemaIn(name) === undefined));
  const others = new Set([...(await uncreatable(session, missing)).values()]);
  const onPlace = [
    onSchema?.['temp'] === 'f' && 'TEMPORARY on the database',
    onSchema?.['usage'] == null &&
      onSchema?.['create_schema'] === 'f' &&
      'CREATE on the database (the schema is not there)',
    onSchema?.['usage'] === 'f' && 'USAGE on the schema',
    isThere && place.naming === 'own' && onSchema?.['ledger'] === 'f' && `USAGE on the schema ${place.schema}`,
    lacksTables && 'CREATE on the schema (tables are not there)',
    ...others,
  ].filter((right) => right !== false);
  return { needed: [...onPlace, ...lacking(NEEDED)], sometimes: lacking(SOMETIMES) };
}

/** Of tables that are not there, by their names: what the role lacks to create them in the schemas that they name. */
export async function uncreatable(session: Session, missing: readonly Table[]): Promise<ReadonlyMap<string, string>> {
  const schemas = [...new Set(missing.flatMap(({ name }) => schemaIn(name) ?? []))];
  if (schemas.length === 0) return new Map();
  const found = await session.rows<{ schema: string; lacks: string }>(LACKED, schemas);
  const lacks = new Map(found.map((each) => [each.schema, each.lacks]));
  return new Map(
    missing.flatMap(({ name }) => {
      const right = lacks.get(schemaIn(name) ?? '');
      return right === undefined ? [] : [[name, right] as const];
    }),
  );
}

const LACKED = `SELECT s.name AS schema, CASE WHEN n.oid IS NULL THEN 'CREATE on the database (there is no schema ' || s.name || ')'
      ELSE 'CREATE on the schema ' || s.name END AS lacks
  FROM unnest($1::text[]) AS s (name) LEFT JOIN pg_namespace n ON n.nspname = s.name
  WHERE NOT CASE WHEN n.oid IS NULL THEN has_database_privilege(current_database(), 'CREATE')
    ELSE has_schema_privilege(n.oid, 'CREATE') AND has_schema_privilege(n.oid, 'USAGE') END`;

type Rights = Readonly<Record<string, string | null>>;

/** Of those of the tables that are there. In this schema, unless they name another one. */
async function rightsOn(session: Session, schema: string, tables: readonly Table[]): Promise<readonly Rights[]> {
  const places = tables.map(({ name }) => ({ ...placeIn(schema, name), declared: name }));
  const rights = [...NEEDED, ...SOMETIMES].map((right) => `has_table_privilege(c.oid, '${right}') AS "${right}"`);
  return session.rows<Rights>(
    `SELECT d.declared AS name, ${rights.join(', ')}
     FROM unnest($1::text[], $2::text[], $3::text[]) AS d (schema, name, declared)
       JOIN pg_namespace n ON n.nspname = d.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = d.name
     WHERE c.relkind IN ('r', 'p', 'f', 'v') ORDER BY d.declared`,
    ...[places.map((each) => each.schema), places.map(({ name }) => name), places.map(({ declared }) => declared)],
  );
}

function shortened(names: readonly (string | null | undefined)[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${counted(names.length - 3, 'more table')}` : shown;
}

const EXCESS = {
  rolsuper: 'superuser',
  rolcreatedb: 'CREATEDB',
  rolcreaterole: 'CREATEROLE',
  rolreplication: 'REPLICATION',
  rolbypassrls: 'BYPASSRLS',
} as const;

/** Rights that no run needs. */
export async function excessRights(session: Session): Promise<readonly string[]> {
  const sql = `SELECT ${Object.keys(EXCESS).join(', ')} FROM pg_roles WHERE rolname = current_user`;
  const [role] = await session.rows<Record<string, string | null>>(sql);
  return Object.entries(EXCESS).flatMap(([column, name]) => (role?.[column] === 't' ? [name] : []));
}
