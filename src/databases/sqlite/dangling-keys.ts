import { cell, comparedColumns, type Row, type Table } from '../../schema/table.ts';
import { RefusedRow } from '../refused-row.ts';
import type { Merge } from '../transaction.ts';
import type { SqliteConnections, StoredKey } from './connection.ts';
import { bindHeld } from './known-table.ts';
import type { SqliteLookups } from './lookups.ts';
import { selectAny } from './statements.ts';

/** A deferred foreign key would speak up at the commit only, when nobody can tell whose row it was. */
export function refuseDangling(connections: SqliteConnections, lookups: SqliteLookups, merges: readonly Merge[]): void {
  const { deferredKeys, writing } = connections;
  if (deferredKeys.size === 0) return;
  const changed = new Set<Table>();
  for (const { group, comparison } of merges) {
    for (const { table, rows } of [{ table: group.root, rows: [group.row] }, ...group.children]) {
      for (const key of deferredKeys.get(table.name) ?? [])
        refuseDanglingRows(connections, lookups, { table, rows, key });
      if (comparison.root !== 'absent') changed.add(table);
    }
  }
  // Rows that lead to what was changed are not those of the groups.
  const names = new Map([...changed].map((table) => [table.name, new Set(comparedColumns(table))]));
  for (const [name, keys] of deferredKeys) {
    if (!keys.some(({ table, to }) => to.some((each) => names.get(table)?.has(each)))) continue;
    const dangling = writing.prepare<[string], string>('SELECT parent FROM pragma_foreign_key_check(?)');
    const parent = dangling.pluck().get(name);
    if (parent !== undefined) throw new RefusedRow(`FOREIGN KEY ${name}.${parent}`);
  }
}

interface KeyOfRows {
  readonly table: Table;
  readonly rows: readonly Row[];
  readonly key: StoredKey;
}

function refuseDanglingRows(
  connections: SqliteConnections,
  lookups: SqliteLookups,
  { table, rows, key: { columns, table: parent, to } }: KeyOfRows,
): void {
  const names = columns.flatMap((name) => connections.declaredName(table, name) ?? []);
  if (names.length < columns.length) return;
  const known = connections.knownTable(table);
  const query = lookups.statement(connections.writing, selectAny(parent, to));
  for (const row of rows) {
    const values = names.map((name) => bindHeld(known, table, name, cell(table, row, name)));
    if (!values.includes(null) && query.get(...values) === undefined)
      throw new RefusedRow(`FOREIGN KEY ${table.name}.${parent}`);
  }
}
