import { storedTable } from '../key-link.ts';
import { foreignKeysOf, type Table } from '../table.ts';
import type { Difference } from './differences.ts';
import type { FoundTable, Shape } from './shape.ts';

/**
 * Columns that hold another key of a table than their foreign key leads to: what is written there would name another row, or none.
 * `orders.id` in a column that refers to `orders.number`.
 */
export function crossedReferences(shape: Shape, tables: readonly Table[]): readonly Difference[] {
  return tables.flatMap((table) => {
    const found = shape.tables.get(table.name);
    return found === undefined ? [] : crossedIn(table, found, shape);
  });
}

function crossedIn(table: Table, found: FoundTable, { tables, declared }: Shape): readonly Difference[] {
  return foreignKeysOf(storedTable(table)).flatMap((key): Difference[] => {
    const target = tables.get(key.table);
    const to = key.to ?? declared.find(key.table)?.primaryKey;
    const own = namesIn(found, key.columns);
    const stored = found.foreignKeys.find((each) => each.table === key.table && isSame(each.columns, own));
    if (target === undefined || to === undefined || stored === undefined) return [];
    const [meant, actual] = [namesIn(target, to), stored.to ?? target.primaryKey];
    if (isSame(meant, actual)) return [];
    const message = `refers to ${key.table} (${actual.join(', ')}), and would get ${meant.join(', ')}`;
    return [
      { code: 'crossed-reference', table: table.name, column: key.columns.join(', '), message, remedy: 'person' },
    ];
  });
}

function namesIn({ columns }: FoundTable, declared: readonly string[]): readonly string[] {
  return declared.map((name) => columns.find(({ holds }) => holds === name)?.name ?? name);
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return String(one.toSorted()) === String(other.toSorted());
}
