import { isLedgerTable } from '../../schema/ledger-place.ts';
import { schemaIn } from '../../schema/table-place.ts';
import { type FoundTable, typesHeld } from '../found-table.ts';
import type { PostgresConfig } from '../target.ts';
import { PostgresConnection } from './connection.ts';
import { classify } from './errors.ts';
import { storedForm } from './known-table.ts';
import { type Relation, relationsOf } from './relations.ts';

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
    return [...relations.values()]
      .filter(({ name, columns }) => !isLedgerTable(name, columns))
      .map(foundTable)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw classify(error, label);
  } finally {
    await connection.close();
  }
}

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
      };
    }),
    key: indexed.find(({ isPrimary }) => isPrimary)?.columns ?? [],
    references: foreignKeys.filter(({ table }) => schemaIn(table) === undefined),
  };
}
