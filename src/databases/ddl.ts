import { LEDGER_LIST } from '../schema/ledger-tables.ts';
import { TABLE_LIST } from '../schema/tables.ts';

/** The statements that create every declared table on one database. */
export async function ddlFor(kind: 'postgres' | 'sqlite', schema: string): Promise<readonly string[]> {
  const tables = [...TABLE_LIST, ...LEDGER_LIST];
  if (kind === 'sqlite') {
    const { createTable } = await import('./sqlite/ddl.ts');
    return tables.flatMap((table) => createTable(table));
  }
  const { createTable } = await import('./postgres/ddl.ts');
  return tables.flatMap((table) => createTable(table, schema));
}
