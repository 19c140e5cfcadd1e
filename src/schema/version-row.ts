import { createHash } from 'node:crypto';
import type { DeclaredTables } from './declared-tables.ts';
import { LEDGER_LIST, SCHEMA_VERSION } from './ledger-tables.ts';
import { ledgerTime } from './ledger-time.ts';
import type { Table, Value } from './table.ts';

/** SHA-256 over the declarations, for people: two programs with the same checksum declare the same tables. */
function schemaChecksum({ list }: DeclaredTables): string {
  return createHash('sha256')
    .update(JSON.stringify([list.map(withoutRoles), LEDGER_LIST]))
    .digest('hex');
}

/** Without what names the columns that have a part in a load: the tables are the same. */
function withoutRoles({ rest, recordKey, touched, created, belongsTo, ...table }: Table): Partial<Table> {
  return table;
}

/** The row of `schema_version` that says that the declared tables were created. */
export function schemaVersionRow(declared: DeclaredTables): Readonly<Record<string, Value>> {
  return {
    version: SCHEMA_VERSION,
    description: 'the declared tables and the ledger',
    checksum: schemaChecksum(declared),
    applied_at: ledgerTime(),
    duration_ms: null,
  };
}
