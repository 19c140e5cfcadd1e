import type { DeclaredTables } from '../../schema/declared-tables.ts';
import { type Column, column, type Table } from '../../schema/table.ts';
import { createTable, quote, quoteText } from './ddl.ts';

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
  const name = (table: Table): string => quoteText(`${quote(schema)}.${quote(table.name)}`);
  const distributions = chosen.map((table) => {
    if (table.distributedBy === undefined) return `SELECT create_reference_table(${name(table)})`;
    const parent = parentOf(table, declared);
    const together = parent === undefined ? '' : `, colocate_with => ${name(parent)}`;
    return `SELECT create_distributed_table(${name(table)}, ${quoteText(table.distributedBy)}${together})`;
  });
  // A table is distributed behind those that it refers to.
  return [...chosen.flatMap((table) => createTable(citusTable(table, declared), schema)), ...ledger, ...distributions];
}

/** As Citus takes it: every unique key has the distribution column, and a foreign key leads to rows on the same node. */
export function citusTable(table: Table, declared: DeclaredTables): Table {
  const columns = Object.keys(table.columns).map((name): [string, Column] => {
    const { references, ...plain } = column(table, name);
    return [name, references && isOnSameNode(table, name, declared) ? { ...plain, references } : plain];
  });
  return { ...table, columns: Object.fromEntries(columns), primaryKey: distributedKey(table) };
}

function distributedKey({ primaryKey, distributedBy }: Table): readonly string[] {
  return distributedBy === undefined || primaryKey.includes(distributedBy)
    ? primaryKey
    : [distributedBy, ...primaryKey];
}

/** What a column refers to is on every node, or it is the distribution column of both tables. */
function isOnSameNode(table: Table, name: string, declared: DeclaredTables): boolean {
  const target = declared.referenced(column(table, name));
  if (target?.distributedBy === undefined) return true;
  return table.distributedBy === name && String(target.primaryKey) === target.distributedBy;
}

/** The distributed table whose rows the rows of this one belong to. */
function parentOf(table: Table, declared: DeclaredTables): Table | undefined {
  const target = declared.referenced(column(table, table.distributedBy ?? ''));
  return target?.distributedBy === undefined ? undefined : target;
}
