import type BetterSqlite3 from 'better-sqlite3';
import { isLedgerTable } from '../../schema/ledger-place.ts';
import { type FoundTable, MOST_NAMES, namingColumns, type RowNames, typesHeld } from '../found-table.ts';
import { columnsOf, foreignKeysOf, isStrictTable, tableNames } from './catalog.ts';
import { quote } from './ddl.ts';
import { classify } from './errors.ts';
import { affinityOf, formOf } from './forms.ts';
import { rowKeyOf } from './known-table.ts';
import { openForReading } from './open-file.ts';

/** The tables of a database file, by name, without those of a ledger. */
export function foundTables(path: string, label: string): readonly FoundTable[] {
  const connection = openForReading(path, { dryRun: false });
  try {
    const tables = tableNames(connection)
      .toSorted()
      .map((name) => foundTable(connection, name))
      .filter(({ name, columns }) => !isLedgerTable(name, columns));
    const naming = namingColumns(tables);
    return tables.map((table) => {
      const column = naming.get(table);
      const names = column === undefined ? undefined : namesIn(connection, table.name, column);
      return names === undefined ? table : { ...table, names };
    });
  } catch (error) {
    throw classify(error, label);
  } finally {
    connection.close();
  }
}

function namesIn(connection: BetterSqlite3.Database, table: string, column: string): RowNames | undefined {
  const own = quote(column);
  const values = connection
    .prepare<[], string>(`SELECT ${own} FROM ${quote(table)} WHERE typeof(${own}) = 'text' LIMIT ${MOST_NAMES + 1}`)
    .pluck()
    .all();
  return values.length > MOST_NAMES ? undefined : { column, values };
}

/** Columns that alone are unique, beside the primary key. */
function uniqueIn(connection: BetterSqlite3.Database, table: string): readonly string[] {
  const sql = `SELECT i.name FROM pragma_index_list(?) l, pragma_index_info(l.name) i
    WHERE l."unique" = 1 AND l.partial = 0 AND l.origin <> 'pk' GROUP BY l.name HAVING count(*) = 1 AND i.name IS NOT NULL ORDER BY l.seq DESC`;
  return connection.prepare<[string], string>(sql).pluck().all(table);
}

function foundTable(connection: BetterSqlite3.Database, name: string): FoundTable {
  const isStrict = isStrictTable(connection, name);
  const columns = columnsOf(connection, name);
  const key = columns.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk);
  const isNumbered = rowKeyOf(columns)?.isNumber === true;
  return {
    name,
    columns: columns.map(({ name: own, type, notnull, dflt_value, pk, hidden }) => {
      const stored = { affinity: affinityOf(type), type, isStrict, times: undefined };
      const isComputed = hidden > 1;
      const isFilled = isComputed || dflt_value !== null || (isNumbered && pk > 0);
      return {
        name: own,
        words: type === '' ? 'untyped' : type,
        holds: typesHeld((declared) => formOf(declared, stored) !== undefined),
        isFilled,
        isRequired: (notnull === 1 || pk > 0) && !isFilled,
        isComputed,
        isText: stored.affinity === 'TEXT',
      };
    }),
    key: key.map((column) => column.name),
    unique: uniqueIn(connection, name),
    references: foreignKeysOf(connection, name),
  };
}
