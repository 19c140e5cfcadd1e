import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SNAPSHOT_NAME } from './output-directory.ts';
import { writeFileSafely } from './safe-write.ts';

/** What a snapshot of a database is, beside the file that holds it. */
const MANIFEST = z.strictObject({
  snapshot_version: z.literal(1),
  name: z.string(),
  created_at: z.string(),
  tool_version: z.string(),
  kind: z.enum(['sqlite', 'postgres']),
  /** The database without secrets, and its schema. */
  target: z.string(),
  db_schema: z.string(),
  /** The schema of its ledger alone, on PostgreSQL. */
  ledger_schema: z.string().nullable().optional(),
  /** Schemas that tables name themselves. */
  other_schemas: z.array(z.string()).optional(),
  /** Of the database system. */
  product_version: z.string(),
  schema_version: z.int().nullable(),
  /** Canonical digest of the declared tables; null where they are not as declared. */
  digest: z.string().nullable(),
  /** Rows of every table, and what they add up to: comparable within one kind of database only. */
  tables: z.record(z.string(), z.strictObject({ rows: z.int(), digest: z.string() })),
  file: z.enum(['database.sqlite', 'database.dump']),
  bytes: z.int(),
  sha256: z.string(),
});

export type SnapshotManifest = Readonly<z.output<typeof MANIFEST>>;

/** It comes last: it says "complete". `checksum` is the SHA-256 of the others, as JSON.stringify writes them. */
export async function writeSnapshotManifest(dir: string, manifest: SnapshotManifest): Promise<void> {
  const document = { ...manifest, checksum: checksumOf(manifest) };
  await writeFileSafely(join(dir, SNAPSHOT_NAME), `${JSON.stringify(document, null, 2)}\n`);
}

/** Undefined where there is none, or where it was changed after it was written. */
export async function readSnapshotManifest(dir: string): Promise<SnapshotManifest | undefined> {
  try {
    const text = await readFile(join(dir, SNAPSHOT_NAME), 'utf8');
    const { checksum, ...rest }: { readonly checksum?: string } = JSON.parse(text);
    const manifest = MANIFEST.parse(rest);
    const isAsWritten = text === `${JSON.stringify({ ...manifest, checksum }, null, 2)}\n`;
    return isAsWritten && checksum === checksumOf(manifest) ? manifest : undefined;
  } catch {
    return undefined;
  }
}

function checksumOf(manifest: SnapshotManifest): string {
  return createHash('sha256').update(JSON.stringify(manifest)).digest('hex');
}
