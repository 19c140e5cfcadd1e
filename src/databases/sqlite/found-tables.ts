import type BetterSqlite3 from 'better-sqlite3';
import { isLedgerTable } from '../../schema/ledger-place.ts';
import { type FoundTable, typesHeld } from '../found-table.ts';
import { columnsOf, foreignKeysOf, isStrictTable, tableNames } from './catalog.ts';
import { classify } from './errors.ts';
import { affinityOf, formOf } from './forms.ts';
import { rowKeyOf } from './known-table.ts';
import { openForReading } from './open-file.ts';

/** The tables of a database file, by name, without those of a ledger. */
export function foundTables(path: string, label: string): readonly FoundTable[] {
  const connection = openForReading(path, { dryRun: false });
  try {
    return tableNames(connection)
      .toSorted()
      .map((name) => foundTable(connection, name))
      .filter(({ name, columns }) => !isLedgerTable(name, columns));
  } catch (error) {
    throw classify(error, label);
  } finally {
    connection.close();
  }
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
      };
    }),
    key: key.map((column) => column.name),
    references: foreignKeysOf(connection, name),
  };
}
