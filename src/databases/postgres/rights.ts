import type { Table } from '../../schema/table.ts';
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
  const ofLedger = await rightsOn(session, place.schema ?? session.schema, Object.values(place.tables));
  const own = await rightsOn(session, session.schema, list);
  const mayCreate = onSchema?.['create_tables'] !== 'f';
  const isFull = (row: Rights): boolean => [...NEEDED, ...SOMETIMES].every((right) => row[right] === 't');
  const isAll = (mayCreate || own.length === list.length) && own.every(isFull);
  const used = isAll ? list : await needed();
  const found = [...own.filter((row) => used.some(({ name }) => name === row['name'])), ...ofLedger];
  const lacking = (rights: readonly string[]): string[] =>
    rights.flatMap((right) => {
      const names = found.filter((row) => row[right] === 'f').map(({ name }) => name);
      return names.length === 0 ? [] : [`${right} on ${shortened(names)}`];
    });
  const needsLedger = !isThere && place.naming !== 'own';
  const lacksTables = !mayCreate && (needsLedger || found.length - ofLedger.length < used.length);
  const onPlace = [
    onSchema?.['temp'] === 'f' && 'TEMPORARY on the database',
    onSchema?.['usage'] == null &&
      onSchema?.['create_schema'] === 'f' &&
      'CREATE on the database (the schema is not there)',
    onSchema?.['usage'] === 'f' && 'USAGE on the schema',
    isThere && place.naming === 'own' && onSchema?.['ledger'] === 'f' && `USAGE on the schema ${place.schema}`,
    lacksTables && 'CREATE on the schema (tables are not there)',
  ].filter((right) => right !== false);
  return { needed: [...onPlace, ...lacking(NEEDED)], sometimes: lacking(SOMETIMES) };
}

type Rights = Readonly<Record<string, string | null>>;

/** Of those of the tables that are there. */
async function rightsOn(session: Session, schema: string, tables: readonly Table[]): Promise<readonly Rights[]> {
  const rights = [...NEEDED, ...SOMETIMES].map((right) => `has_table_privilege(c.oid, '${right}') AS "${right}"`);
  return session.rows<Rights>(
    `SELECT c.relname AS name, ${rights.join(', ')}
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = ANY ($2) AND c.relkind IN ('r', 'p', 'f', 'v') ORDER BY c.relname`,
    ...[schema, tables.map(({ name }) => name)],
  );
}

function shortened(names: readonly (string | null | undefined)[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more tables` : shown;
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
