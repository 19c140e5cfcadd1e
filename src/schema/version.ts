import { createHash } from 'node:crypto';
import type { DeclaredTables } from './declared-tables.ts';
import { LEDGER_LIST, SCHEMA_VERSION } from './ledger-tables.ts';
import type { Table, Value } from './table.ts';

/** SHA-256 over the declarations: two programs with the same checksum declare the same tables. */
function schemaChecksum({ list }: DeclaredTables): string {
  return createHash('sha256')
    .update(JSON.stringify([list.map(stored), LEDGER_LIST]))
    .digest('hex');
}

/** Without what the loader alone makes of its columns. */
function stored({ rest, recordKey, touched, created, belongsTo, ...table }: Table): Partial<Table> {
  return table;
}

/** The row of `schema_version` that says that the declared tables were created. */
export function schemaVersionRow(declared: DeclaredTables): Readonly<Record<string, Value>> {
  return {
    version: SCHEMA_VERSION,
    description: 'tables of settings, conversations, usage and metrics, and the ledger',
    checksum: schemaChecksum(declared),
    applied_at: canonicalNow(),
    duration_ms: null,
  };
}

/** The present moment as the databases store it: `YYYY-MM-DD HH:MM:SS.ffffff` UTC. */
export function canonicalNow(now = new Date()): string {
  return `${now.toISOString().slice(0, 23).replace('T', ' ')}000`;
}
