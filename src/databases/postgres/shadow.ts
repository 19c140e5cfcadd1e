import type pg from 'pg';
import { loadedColumns } from '../../schema/key-link.ts';
import { column, generatedKey, hasGeneratedKey, loadColumns, type Table } from '../../schema/table.ts';
import { bareName } from '../../schema/table-place.ts';
import { checkedColumns, LONGEST_NAME, quote, temporaryName, unlimitedType } from './ddl.ts';
import { NO_PARTITION } from './errors.ts';
import { heldColumn } from './known-table.ts';
import type { Tables, UniqueIndex } from './names.ts';

/** Below zero, so that no row of a shadow is taken for a real one. */
const IDS = 'CREATE TEMP SEQUENCE shadow_ids INCREMENT BY -1 START WITH -1';
const NEXT_ID = "nextval('pg_temp.shadow_ids')";

/** Columns of the table $1 that the database fills itself: their defaults are not copied to a shadow. */
const FILLED_COLUMNS = `SELECT a.attname AS name
  FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND a.attnotnull AND a.attgenerated = ''
    AND (a.atthasdef OR a.attidentity <> '')`;

/** Rows that the partitions of the table $1 take, as one condition. */
const BOUNDS = `SELECT coalesce(string_agg('(' || coalesce(pg_get_partition_constraintdef(relid), 'true') || ')', ' OR '), 'false') AS bounds
  FROM pg_partition_tree($1::regclass) WHERE isleaf`;

const HAS_COLUMN = 'SELECT 1 FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2 AND attnum > 0';

/** Unique indexes of the table $1 but its primary key: name and columns. */
const UNIQUE_INDEXES = `SELECT i.relname AS name, array_to_json(array_agg(a.attname ORDER BY k.place)) AS columns
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class r ON r.oid = x.indrelid
    CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k (number, place)
    JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = k.number
  WHERE r.oid = $1::regclass AND x.indisunique AND x.indpred IS NULL AND x.indexprs IS NULL
  GROUP BY i.relname`;

export function shadowName(table: Table): string {
  return temporaryName('shadow', table);
}

/**
 * The tables that a dry run writes to. They take the real declarations where there are any, so that it meets the real
 * constraints. Resolves with what the real tables keep unique beside their natural keys.
 */
export async function createShadows(
  client: pg.Client,
  tables: Tables,
  needed: readonly Table[],
): Promise<ReadonlyMap<Table, readonly UniqueIndex[]>> {
  const unique = new Map<Table, readonly UniqueIndex[]>();
  await client.query(IDS);
  for (const table of needed) {
    if (!tables.exists(table.name)) await createFromDeclaration(client, table, tables);
    else unique.set(table, await createLikeReal(client, table, tables));
  }
  return unique;
}

async function createFromDeclaration(client: pg.Client, table: Table, tables: Tables): Promise<void> {
  const id = hasGeneratedKey(table) ? `${quote(generatedKey(table))} bigint DEFAULT ${NEXT_ID}, ` : '';
  const { columns } = tables.known(table);
  const listed = checkedColumns(table, loadColumns(table), (name) => columns.get(name)?.words);
  await client.query(`CREATE TEMP TABLE ${shadowName(table)} (${id}${listed})`);
  const isGenerated = String(table.primaryKey) !== String(table.naturalKey);
  const sets = [...(isGenerated ? [table.naturalKey] : []), ...(table.unique ?? [])];
  // As PostgreSQL names the constraints when it creates the table.
  const named = sets.map((set) => ({ name: `${bareName(table.name)}_${set.join('_')}_key`, columns: set }));
  const key = isGenerated ? [] : [{ name: `${bareName(table.name)}_pkey`, columns: table.primaryKey }];
  for (const index of [...key, ...named]) await createUniqueIndex(client, table, index);
}

async function createLikeReal(client: pg.Client, table: Table, tables: Tables): Promise<readonly UniqueIndex[]> {
  const name = shadowName(table);
  await client.query(
    `CREATE TEMP TABLE ${name} (LIKE ${tables.real(table)} INCLUDING CONSTRAINTS INCLUDING GENERATED)`,
  );
  const known = tables.known(table);
  if (known.isPartitioned) await addBounds(client, table, tables);
  const inTable = (each: string): string => heldColumn(known, table, each).name;
  const filled = await client.query<{ name: string }>(FILLED_COLUMNS, [tables.real(table)]);
  const isInTable = (each: string): boolean => !known.beside.includes(each);
  const written = new Set(loadColumns(table).filter(isInTable).map(inTable));
  for (const each of filled.rows.filter((column) => !written.has(column.name)))
    await client.query(`ALTER TABLE ${name} ALTER ${quote(each.name)} DROP NOT NULL`);
  if (hasGeneratedKey(table))
    await client.query(`ALTER TABLE ${name} ALTER ${quote(inTable(generatedKey(table)))} SET DEFAULT ${NEXT_ID}`);
  // What the ledger keeps otherwise. The application may have a column of that name for something else.
  for (const each of known.beside) {
    const own = await client.query(HAS_COLUMN, [name, each]);
    if (own.rows.length > 0) await client.query(`ALTER TABLE ${name} RENAME ${quote(each)} TO ${quote(`own ${each}`)}`);
    await client.query(`ALTER TABLE ${name} ADD ${quote(each)} ${unlimitedType(column(table, each))}`);
  }
  // The rows above have no keys of the database here.
  const { link } = known;
  if (link) await client.query(`ALTER TABLE ${name} ALTER ${quote(link.name)} DROP NOT NULL`);
  for (const [each, { type }] of link?.columns ?? [])
    await client.query(`ALTER TABLE ${name} ADD ${quote(each)} ${type}`);
  const indexes = await uniqueIndexesOf(client, table, tables, inTable);
  for (const index of indexes)
    await createUniqueIndex(client, table, { ...index, columns: index.columns.map(inTable) });
  // A key that folds is taken by rows that are not the same.
  const { folds } = tables.known(table);
  const isKey = ({ columns }: UniqueIndex): boolean => String(columns) === String(table.naturalKey);
  return indexes.filter((index) => !isKey(index) || index.columns.some((name) => folds.has(name)));
}

/** A shadow has no partitions. */
async function addBounds(client: pg.Client, table: Table, tables: Tables): Promise<void> {
  const { rows } = await client.query<{ bounds: string }>(BOUNDS, [tables.real(table)]);
  const bounds = rows[0]?.bounds ?? 'false';
  await client.query(`ALTER TABLE ${shadowName(table)} ADD CONSTRAINT ${quote(NO_PARTITION)} CHECK (${bounds})`);
}

/** Of declared columns only, under their declared names. */
async function uniqueIndexesOf(
  client: pg.Client,
  table: Table,
  tables: Tables,
  inTable: (name: string) => string,
): Promise<readonly UniqueIndex[]> {
  const found = await client.query<{ name: string; columns: string }>(UNIQUE_INDEXES, [tables.real(table)]);
  const declared = new Map(loadColumns(table).map((name) => [inTable(name), [name]]));
  const { link } = tables.known(table);
  if (link && table.link) declared.set(link.name, [...loadedColumns(table, [table.link.name])]);
  return found.rows.flatMap(({ name, columns }): UniqueIndex[] => {
    const stored: readonly string[] = JSON.parse(columns);
    if (!stored.every((each) => declared.has(each))) return [];
    return [{ name, columns: stored.flatMap((each) => declared.get(each) ?? []) }];
  });
}

async function createUniqueIndex(client: pg.Client, table: Table, { name, columns }: UniqueIndex): Promise<void> {
  // One that PostgreSQL would cut could be that of another index.
  const given = Buffer.byteLength(name) > LONGEST_NAME ? '' : quote(name);
  await client.query(`CREATE UNIQUE INDEX ${given} ON ${shadowName(table)} (${columns.map(quote).join(', ')})`);
}
