import type pg from 'pg';
import { isLedgerTable } from '../../schema/ledger-place.ts';
import { schemaIn } from '../../schema/table-place.ts';
import { type FoundTable, MOST_NAMES, namingColumns, type RowNames, typesHeld } from '../found-table.ts';
import type { PostgresConfig } from '../target.ts';
import { PostgresConnection } from './connection.ts';
import { quote, quotePlace } from './ddl.ts';
import { classify } from './errors.ts';
import { storedForm } from './known-table.ts';
import { keyOf, type Relation, relationsOf } from './relations.ts';

/** Partitions are written through the table that they are of. */
const TABLES = `SELECT c.relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1`;

/** The tables of a schema, by name, without those of a ledger. */
export async function foundTables(
  config: PostgresConfig,
  label: string,
  schema: string,
): Promise<readonly FoundTable[]> {
  const connection = new PostgresConnection(config, label, undefined);
  try {
    const client = await connection.get();
    await client.query("BEGIN READ ONLY; SET LOCAL search_path = ''");
    const { rows } = await client.query<{ name: string }>(TABLES, [schema]);
    const relations = await relationsOf(
      client,
      schema,
      rows.map(({ name }) => ({ schema, name })),
    );
    const tables = [...relations.values()]
      .filter(({ name, columns }) => !isLedgerTable(name, columns))
      .map(foundTable)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const naming = namingColumns(tables);
    const isReadable = ({ name }: FoundTable): boolean =>
      relations.get(keyOf({ schema, name }))?.lacks.includes('SELECT') === false;
    const found: FoundTable[] = [];
    for (const table of tables) {
      const column = isReadable(table) ? naming.get(table) : undefined;
      const names = column && (await namesIn(client, quotePlace({ schema, name: table.name }), column));
      found.push(names ? { ...table, names } : table);
    }
    return found;
  } catch (error) {
    throw classify(error, label);
  } finally {
    await connection.close();
  }
}

async function namesIn(client: pg.ClientBase, table: string, column: string): Promise<RowNames | undefined> {
  const own = quote(column);
  const { rows } = await client.query<{ name: string }>(
    `SELECT ${own}::text AS name FROM ${table} WHERE ${own} IS NOT NULL LIMIT ${MOST_NAMES + 1}`,
  );
  return rows.length > MOST_NAMES ? undefined : { column, values: rows.map(({ name }) => name) };
}

const TEXTS = ['text', 'varchar', 'bpchar', 'citext'];

function foundTable({ name, columns, indexed, foreignKeys }: Relation): FoundTable {
  return {
    name,
    columns: columns.map((stored) => {
      const isComputed = stored.generated !== '' || stored.identity === 'a';
      const isFilled = isComputed || stored.generator !== null;
      return {
        name: stored.name,
        words: stored.type,
        holds: typesHeld((declared) => storedForm(declared, stored) !== undefined),
        isFilled,
        isRequired: stored.not_null === 't' && !isFilled,
        isComputed,
        isText: TEXTS.includes(stored.base),
      };
    }),
    key: indexed.find(({ isPrimary }) => isPrimary)?.columns ?? [],
    unique: indexed.flatMap(({ isPrimary, isUnique, columns: [own, ...others] }) =>
      isUnique && !isPrimary && own !== undefined && others.length === 0 ? [own] : [],
    ),
    references: foreignKeys.filter(({ table }) => schemaIn(table) === undefined),
  };
}
