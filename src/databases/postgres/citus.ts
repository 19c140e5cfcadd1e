import type { DeclaredTables } from '../../schema/declared-tables.ts';
import { storedTable } from '../../schema/key-link.ts';
import { type ForeignKey, foreignKeysOf, type Table, withoutKeys } from '../../schema/table.ts';
import { addForeignKey, createSchemas, createTables, quote, quoteTable, quoteText } from './ddl.ts';
import type { Session } from './session.ts';

/**
 * Declared tables for a Citus cluster: those with a distribution column are spread by it, the others are reference
 * tables, which every node has. The ledger stays where the program connects to.
 * https://docs.citusdata.com/en/stable/develop/reference_ddl.html
 */
export function citusStatements(
  schema: string,
  declared: DeclaredTables,
  ledger: readonly string[],
  chosen: readonly Table[] = declared.list,
): readonly string[] {
  const name = (table: Table): string => quoteText(quoteTable(schema, table.name));
  const distributions = chosen.map((table) => {
    if (table.distributedBy === undefined) return `SELECT create_reference_table(${name(table)})`;
    const parent = parentOf(table, declared);
    const together = parent === undefined ? '' : `, colocate_with => ${name(parent)}`;
    return `SELECT create_distributed_table(${name(table)}, ${quoteText(table.distributedBy)}${together})`;
  });
  // Keys come last: none may lead from a table that is not distributed yet to one that is.
  const tables = chosen.map((table) => citusTable(storedTable(table), declared));
  const created = createTables(
    tables.map((table) => withoutKeys(table, () => true)),
    schema,
  );
  const keys = tables.flatMap((table) => foreignKeysOf(table).map((key) => addForeignKey(table, key, schema)));
  return [...createSchemas(schema, tables), ...created, ...ledger, ...distributions, ...keys];
}

/** As Citus takes it: every unique key has the distribution column, and a foreign key leads to rows on the same node. */
export function citusTable(table: Table, declared: DeclaredTables): Table {
  const kept = withoutKeys(table, (key) => !isOnSameNode(table, key, declared));
  return { ...kept, primaryKey: distributedKey(table) };
}

function distributedKey({ primaryKey, distributedBy }: Table): readonly string[] {
  return distributedBy === undefined || primaryKey.includes(distributedBy)
    ? primaryKey
    : [distributedBy, ...primaryKey];
}

/** What a key leads to is on every node, or the distribution columns of both tables are equal in it. */
function isOnSameNode(table: Table, { table: name, columns, to }: ForeignKey, declared: DeclaredTables): boolean {
  const target = declared.find(name);
  if (target?.distributedBy === undefined) return true;
  const place = (to ?? target.primaryKey).indexOf(target.distributedBy);
  return place !== -1 && columns[place] === table.distributedBy;
}

/** The distributed table whose rows the rows of this one belong to. */
function parentOf(table: Table, declared: DeclaredTables): Table | undefined {
  const { distributedBy } = table;
  if (distributedBy === undefined) return undefined;
  const keys = declared.keysOf(table).filter(({ columns }) => columns.includes(distributedBy));
  return keys.find(({ target }) => target.distributedBy !== undefined)?.target;
}

/** The Citus of a database, and how many tables of the schema it distributes; undefined where there is none. */
export async function citusOf(
  session: Session,
): Promise<{ readonly version: string; readonly tables: number } | undefined> {
  const [citus] = await session.rows<{ version: string }>(
    "SELECT extversion AS version FROM pg_extension WHERE extname = 'citus'",
  );
  if (citus === undefined) return undefined;
  const tables =
    await session.count(`SELECT count(*) AS count FROM pg_dist_partition d JOIN pg_class c ON c.oid = d.logicalrelid
    WHERE c.relnamespace = to_regnamespace(${quoteText(quote(session.schema))})`);
  return { version: citus.version, tables };
}
