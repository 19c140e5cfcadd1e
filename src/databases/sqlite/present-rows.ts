import type { Table } from '../../schema/table.ts';
import { rowsIn, type Segment } from '../row-codec.ts';
import type { SqliteConnections } from './connection.ts';
import type { GivenRows, GivenTable } from './given-rows.ts';
import { countChildren, countPresent } from './statements.ts';

/** Whether encoded rows are there as they are given, and those that have child tables have no other child rows. */
export function arePresent(segments: readonly Segment[], connections: SqliteConnections, given: GivenRows): boolean {
  const { declared, reading, rows: source, hasTable } = connections;
  const count = (sql: string): number => Number(reading.prepare(sql).pluck().get());
  const shown = new Map<Table, GivenTable>();
  const counts = new Map<Table, number>();
  for (const [name, parts] of Map.groupBy(segments, ({ table }) => table)) {
    const table = declared.get(name);
    if (!hasTable(name) || connections.knownTable(table).folds.size > 0 || !connections.hasOneRowByKey(table))
      return false;
    const each = given.show(table, parts);
    if (each === undefined) return false;
    shown.set(table, each);
    counts.set(table, rowsIn(parts));
    if (count(countPresent(table, each, source(table))) !== counts.get(table)) return false;
  }
  return [...shown].every(([root, each]) => {
    const children = root.belongsTo === undefined ? declared.groupOf(root).children : [];
    return children
      .filter((child) => hasTable(child.name))
      .every((child) => count(countChildren(child, root, each, source(child))) === (counts.get(child) ?? 0));
  });
}
