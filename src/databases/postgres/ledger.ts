import type pg from 'pg';
import { MigrateError } from '../../errors.ts';
import {
  describePlace,
  FORMER_NAMES,
  isOfLedger,
  LEDGER_SCHEMA,
  type LedgerNaming,
  type LedgerPlace,
  ledgerPlace,
  SIGNATURE,
} from '../../schema/ledger-place.ts';
import { LEDGER, LEDGER_LIST } from '../../schema/ledger-tables.ts';
import type { Table } from '../../schema/table.ts';
import { LEASE_SECONDS } from '../run-lease.ts';
import { createTable, quote, quoteText } from './ddl.ts';
import { lockOfLease } from './locks.ts';

export interface LedgerOptions {
  readonly dbSchema: string;
  /** Where a new one shall be. */
  readonly ledgerSchema?: string | undefined;
}

export interface LocatedLedger {
  /** Where it is, or where it is to be made. */
  readonly place: LedgerPlace;
  readonly isThere: boolean;
  /** Where it shall be moved to by somebody who writes: it is of an older version. */
  readonly moveTo: LedgerPlace | undefined;
}

interface FoundTable {
  readonly schema: string;
  readonly name: string;
  readonly isOwned: boolean;
  readonly comment: string | null;
  readonly columns: readonly string[] | null;
}

interface Catalog {
  readonly tables: readonly FoundTable[];
  /** Whether the role may make tables in a schema, if it is there. */
  readonly schemas: readonly { readonly name: string; readonly mayCreate: boolean }[];
  readonly mayCreateSchema: boolean;
}

const CATALOG = `SELECT has_database_privilege(current_database(), 'CREATE') AS may_create,
  (SELECT coalesce(json_agg(json_build_object('name', nspname,
      'mayCreate', has_schema_privilege(oid, 'CREATE') AND has_schema_privilege(oid, 'USAGE'))), '[]')
    FROM pg_namespace WHERE nspname = ANY ($4)) AS schemas,
  (SELECT coalesce(json_agg(json_build_object('schema', n.nspname, 'name', c.relname,
      'isOwned', pg_has_role(c.relowner, 'USAGE'), 'comment', obj_description(c.oid, 'pg_class'),
      'columns', (SELECT json_agg(a.attname) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)) ORDER BY n.nspname, c.relname), '[]')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
      AND ((n.nspname = $1 AND c.relname = ANY ($2)) OR c.relname = ANY ($3))) AS tables`;

/** A ledger in a schema of its own says so of its table of versions, for everybody who can see the catalog. */
const MARK = 'migrate-json: ledger of the tables in the schema ';

/** One statement. @throws MigrateError `ledger-unclear` where several ledgers tell of the tables, or none can be made */
export async function locateLedger(client: pg.ClientBase, options: LedgerOptions): Promise<LocatedLedger> {
  const { dbSchema } = options;
  const catalog = await readCatalog(client, options);
  const owns = ownLedgers(catalog);
  const inside = (['prefixed', 'former'] as const)
    .map((naming) => ledgerPlace(naming, dbSchema))
    .filter((place) => isThere(catalog, place, SIGNATURE));
  const mine = owns.filter(({ of }) => of === dbSchema).map(({ place }) => place);
  const [place, other] = [...mine, ...inside];
  if (place && other) throw twoLedgers(dbSchema, place, other);
  if (place?.naming === 'former')
    return { place, isThere: true, moveTo: betterPlace(catalog, place, wantedPlace(catalog, owns, options)) };
  return { place: place ?? wantedPlace(catalog, owns, options), isThere: place !== undefined, moveTo: undefined };
}

async function readCatalog(client: pg.ClientBase, { dbSchema, ledgerSchema }: LedgerOptions): Promise<Catalog> {
  const names = (naming: LedgerNaming): string[] =>
    Object.values(ledgerPlace(naming, dbSchema).tables).map(({ name }) => name);
  const { rows } = await client.query<Record<'may_create' | 'schemas' | 'tables', string>>(CATALOG, [
    dbSchema,
    [...names('prefixed'), ...FORMER_NAMES],
    names('own'),
    [dbSchema, ...candidates(dbSchema, ledgerSchema)],
  ]);
  const [row] = rows;
  return {
    tables: JSON.parse(row?.tables ?? '[]'),
    schemas: JSON.parse(row?.schemas ?? '[]'),
    mayCreateSchema: row?.may_create === 't',
  };
}

/** Schemas in which a new ledger may be made, the best one first. */
function candidates(dbSchema: string, ledgerSchema: string | undefined): readonly string[] {
  if (ledgerSchema !== undefined) return [ledgerSchema];
  const ofItsOwn = `${LEDGER_SCHEMA}_${dbSchema}`;
  return Buffer.byteLength(ofItsOwn) > 63 ? [LEDGER_SCHEMA] : [LEDGER_SCHEMA, ofItsOwn];
}

interface OwnLedger {
  readonly place: LedgerPlace;
  /** The schema of whose tables it tells; undefined where it does not say. */
  readonly of: string | undefined;
}

function ownLedgers(catalog: Catalog): readonly OwnLedger[] {
  const schemas = [...new Set(catalog.tables.map(({ schema }) => schema))];
  return schemas.flatMap((schema): OwnLedger[] => {
    const place = ledgerPlace('own', schema);
    if (!isThere(catalog, place, [...SIGNATURE, LEDGER.schemaVersion])) return [];
    const comment = tableIn(catalog, place, LEDGER.schemaVersion)?.comment;
    return [{ place, of: comment?.startsWith(MARK) ? comment.slice(MARK.length) : undefined }];
  });
}

function tableIn({ tables }: Catalog, place: LedgerPlace, table: Table): FoundTable | undefined {
  const found = tables.find(({ schema, name }) => schema === place.schema && name === place.stored(table)?.name);
  return found && isOfLedger(table, found.columns ?? []) ? found : undefined;
}

function isThere(catalog: Catalog, place: LedgerPlace, tables: readonly Table[]): boolean {
  return tables.every((table) => tableIn(catalog, place, table) !== undefined);
}

function wantedPlace(catalog: Catalog, owns: readonly OwnLedger[], options: LedgerOptions): LedgerPlace {
  const { dbSchema, ledgerSchema } = options;
  const prefixed = ledgerPlace('prefixed', dbSchema);
  for (const schema of candidates(dbSchema, ledgerSchema)) {
    if (schema === dbSchema) return prefixed;
    const taken = owns.find(({ place }) => place.schema === schema);
    if (taken === undefined) {
      const mayCreate = catalog.schemas.find(({ name }) => name === schema)?.mayCreate ?? catalog.mayCreateSchema;
      return mayCreate ? ledgerPlace('own', schema) : prefixed;
    }
    if (taken.of === undefined) throw unknownLedger(schema, dbSchema);
    if (ledgerSchema !== undefined) throw ledgerOfOthers(schema, taken.of);
  }
  return prefixed;
}

/** Only an owner may move tables. */
function betterPlace(catalog: Catalog, former: LedgerPlace, wanted: LedgerPlace): LedgerPlace | undefined {
  const tables = LEDGER_LIST.map((table) => tableIn(catalog, former, table)).filter((table) => table !== undefined);
  const mayRename =
    wanted.naming === 'own' || catalog.schemas.some((each) => each.name === former.schema && each.mayCreate);
  return mayRename && tables.every(({ isOwned }) => isOwned) ? wanted : undefined;
}

function twoLedgers(dbSchema: string, one: LedgerPlace, other: LedgerPlace): MigrateError {
  const [first, second] = [describePlace(one), describePlace(other)];
  return new MigrateError(
    'ledger-unclear',
    `two ledgers tell of the tables in the schema ${dbSchema}: ${first}, and ${second}`,
  );
}

function unknownLedger(schema: string, dbSchema: string): MigrateError {
  const message = `the ledger in the schema ${schema} does not say of which tables it tells`;
  const table = `${quote(schema)}.${quote(LEDGER.schemaVersion.name)}`;
  return new MigrateError('ledger-unclear', message, {
    hint: `If it is that of ${dbSchema}: COMMENT ON TABLE ${table} IS ${quoteText(MARK + dbSchema)}. Else name another --ledger-schema.`,
  });
}

function ledgerOfOthers(schema: string, of: string): MigrateError {
  return new MigrateError('ledger-unclear', `the schema ${schema} has the ledger of the tables in the schema ${of}`, {
    hint: 'Name another --ledger-schema, or leave the option out.',
  });
}

/** The statements that make a ledger where none is, without a look at the database. */
export function ledgerStatements({ dbSchema, ledgerSchema = LEDGER_SCHEMA }: LedgerOptions): readonly string[] {
  const place = ledgerPlace(ledgerSchema === dbSchema ? 'prefixed' : 'own', ledgerSchema);
  const tables = Object.values(place.tables).flatMap((table) => createTable(table, ledgerSchema));
  if (place.naming === 'prefixed') return tables;
  return [`CREATE SCHEMA IF NOT EXISTS ${quote(ledgerSchema)}`, ...tables, markOf(place, dbSchema)];
}

/** Asks first: even where the schema is there, IF NOT EXISTS asks for the right to create one. */
export async function createSchema(client: pg.ClientBase, schema: string): Promise<void> {
  const found = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (found.rows.length === 0) await client.query(`CREATE SCHEMA ${quote(schema)}`);
}

/** Creates what is missing of the ledger: in a transaction, under the lock of the schema. */
export async function createLedger(
  client: pg.ClientBase,
  { place, isThere: wasThere }: LocatedLedger,
  missing: readonly Table[],
  dbSchema: string,
): Promise<void> {
  const { schema = dbSchema } = place;
  await createSchema(client, schema);
  const stored = missing.flatMap((table) => place.stored(table) ?? []);
  if (stored.length > 0) await client.query(stored.flatMap((table) => createTable(table, schema)).join(';\n'));
  const mark = markOf(place, dbSchema);
  if (!wasThere && mark !== '') await client.query(mark);
}

/** Says of whose tables a ledger tells. In the schema of those tables it needs no saying. */
function markOf({ naming, schema, tables }: LedgerPlace, dbSchema: string): string {
  if (naming !== 'own') return '';
  return `COMMENT ON TABLE ${quote(schema ?? '')}.${quote(tables.schemaVersion.name)} IS ${quoteText(MARK + dbSchema)}`;
}

/**
 * Moves the ledger of an older version: in a transaction, under the lock of the schema. Whoever works with it keeps it where it
 * is; then a later command moves it. Whether it was moved.
 */
export async function takeOverLedger(
  client: pg.ClientBase,
  from: LedgerPlace,
  to: LedgerPlace,
  dbSchema: string,
): Promise<boolean> {
  const name = (table: Table): string => `${quote(from.schema ?? '')}.${quote(from.stored(table)?.name ?? '')}`;
  await client.query(lockOfLease(name(LEDGER.runs)));
  if (await isHeld(client, [name(LEDGER.runs), name(LEDGER.shards)])) return false;
  if (to.naming === 'own') await createSchema(client, to.schema ?? '');
  for (const table of LEDGER_LIST) await moveTable(client, table, from, to);
  const mark = markOf(to, dbSchema);
  if (mark !== '') await client.query(mark);
  return true;
}

async function isHeld(client: pg.ClientBase, tables: readonly string[]): Promise<boolean> {
  for (const table of tables) {
    const { rows } = await client.query<{ there: string | null }>('SELECT to_regclass($1) AS there', [table]);
    if (rows[0]?.there === null) continue;
    const held = await client.query(`SELECT 1 FROM ${table} WHERE status = 'running' AND lease_holder IS NOT NULL
      AND lease_renewed_at > clock_timestamp() - interval '${LEASE_SECONDS} seconds' LIMIT 1`);
    if (held.rows.length > 0) return true;
  }
  return false;
}

/** Its keys, indexes and sequence are called after it. */
const NAMED_AFTER = `SELECT c.relname AS name, c.relkind AS kind FROM pg_class c
  WHERE c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = $1::regclass)
    OR c.oid IN (SELECT objid FROM pg_depend WHERE refobjid = $1::regclass AND classid = 'pg_class'::regclass AND deptype = 'i')`;

async function moveTable(client: pg.ClientBase, table: Table, from: LedgerPlace, to: LedgerPlace): Promise<void> {
  const [old, fresh] = [from.stored(table)?.name ?? '', to.stored(table)?.name ?? ''];
  const [place, target] = [quote(from.schema ?? ''), quote(to.schema ?? '')];
  const columns = await client.query<{ names: string | null }>(
    'SELECT json_agg(attname) AS names FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped',
    [`${place}.${quote(old)}`],
  );
  // An application may have a table of that name.
  if (!isOfLedger(table, JSON.parse(columns.rows[0]?.names ?? '[]'))) return;
  const parts = await client.query<{ name: string; kind: string }>(NAMED_AFTER, [`${place}.${quote(old)}`]);
  // First out of the way of tables that the application may have under the new names.
  if (place !== target) await client.query(`ALTER TABLE ${place}.${quote(old)} SET SCHEMA ${target}`);
  if (old === fresh) return;
  await client.query(`ALTER TABLE ${target}.${quote(old)} RENAME TO ${quote(fresh)}`);
  for (const { name, kind } of parts.rows.filter((part) => part.name.includes(old)))
    await client.query(
      `ALTER ${kind === 'S' ? 'SEQUENCE' : 'INDEX'} ${target}.${quote(name)} RENAME TO ${quote(name.replace(old, fresh))}`,
    );
}
