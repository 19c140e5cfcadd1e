import { createHash } from 'node:crypto';
import { LEDGER_LIST, SCHEMA_VERSION } from './ledger-tables.ts';
import type { Value } from './table.ts';
import { TABLE_LIST } from './tables.ts';

/** SHA-256 over the declarations: two programs with the same checksum declare the same tables. */
function schemaChecksum(): string {
  return createHash('sha256')
    .update(JSON.stringify([TABLE_LIST, LEDGER_LIST]))
    .digest('hex');
}

/** The row of `schema_version` that says that the declared tables were created. */
export function schemaVersionRow(): Readonly<Record<string, Value>> {
  return {
    version: SCHEMA_VERSION,
    description: 'tables of settings, conversations, usage and metrics, and the ledger',
    checksum: schemaChecksum(),
    applied_at: canonicalNow(),
    duration_ms: null,
  };
}

/** The present moment as the databases store it: `YYYY-MM-DD HH:MM:SS.ffffff` UTC. */
export function canonicalNow(now = new Date()): string {
  return `${now.toISOString().slice(0, 23).replace('T', ' ')}000`;
}
