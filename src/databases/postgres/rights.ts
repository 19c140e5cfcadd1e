import { LEDGER_LIST } from '../../schema/ledger-tables.ts';
import type { Table } from '../../schema/table.ts';
import type { Session } from './session.ts';

/** What a run needs of each table. docs/grants.sql gives exactly this. */
const NEEDED = ['SELECT', 'INSERT', 'UPDATE'] as const;

/** What some runs need as well: shards, and a run that is taken back. */
const SOMETIMES = ['DELETE'] as const;

export interface MissingRights {
  readonly needed: readonly string[];
  readonly sometimes: readonly string[];
}

/** Rights that the role lacks on the database, the schema and the tables that are there. */
export async function missingRights(session: Session, needed: () => Promise<readonly Table[]>): Promise<MissingRights> {
  const [place] = await session.rows<Record<string, string | null>>(
    `SELECT has_database_privilege(current_database(), 'TEMP') AS temp,
       has_database_privilege(current_database(), 'CREATE') AS create_schema,
       has_schema_privilege(n.oid, 'USAGE') AS usage, has_schema_privilege(n.oid, 'CREATE') AS create_tables
     FROM (SELECT 1) AS one LEFT JOIN pg_namespace n ON n.nspname = $1`,
    session.schema,
  );
  const tables = await session.rows<Record<string, string | null>>(
    `SELECT c.relname AS name, ${[...NEEDED, ...SOMETIMES]
      .map((right) => `has_table_privilege(c.oid, '${right}') AS "${right}"`)
      .join(', ')}
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'f', 'v')`,
    session.schema,
  );
  const isFull = (row: Record<string, string | null>): boolean =>
    [...NEEDED, ...SOMETIMES].every((right) => row[right] === 't');
  const among = (some: readonly Table[]) => tables.filter((row) => some.some(({ name }) => name === row['name']));
  const declared = [...session.declared.list, ...LEDGER_LIST];
  const mayCreate = place?.['create_tables'] !== 'f';
  const isAll = (mayCreate || among(declared).length === declared.length) && among(declared).every(isFull);
  const used = isAll ? declared : [...(await needed()), ...LEDGER_LIST];
  const found = among(used);
  const lacking = (rights: readonly string[]): string[] =>
    rights.flatMap((right) => {
      const names = found.filter((row) => row[right] === 'f').map(({ name }) => name);
      return names.length === 0 ? [] : [`${right} on ${shortened(names)}`];
    });
  const lacksTables = found.length < used.length && !mayCreate;
  const onPlace = [
    place?.['temp'] === 'f' && 'TEMPORARY on the database',
    place?.['usage'] == null && place?.['create_schema'] === 'f' && 'CREATE on the database (the schema is not there)',
    place?.['usage'] === 'f' && 'USAGE on the schema',
    lacksTables && 'CREATE on the schema (tables are not there)',
  ].filter((right) => right !== false);
  return { needed: [...onPlace, ...lacking(NEEDED)], sometimes: lacking(SOMETIMES) };
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
