import type { DeclaredTables } from '../schema/declared-tables.ts';
import type { Contents } from './schema-changes.ts';

/** What a database holds: equal before and after it was copied. */
export interface DatabaseContents {
  /** Canonical: equal on both databases where they hold the same data. Null where the tables are not as declared. */
  readonly digest: string | null;
  /** Every table, also those of other applications. */
  readonly tables: Readonly<Record<string, Contents>>;
}

/** Of PostgreSQL: what a copy holds besides the schema of the tables. */
export interface CopiedSchemas {
  /** Where the ledger is, if it has a schema of its own. */
  readonly ledgerSchema: string | null;
  /** Schemas that tables name themselves. */
  readonly otherSchemas: readonly string[];
}

export interface CopiedDatabase extends DatabaseContents, CopiedSchemas {
  /** The recorded schema version; null where none is. */
  readonly schemaVersion: number | null;
  /** Of the database system, for people. */
  readonly version: string;
}

export interface SnapshotsOptions {
  readonly declared: DeclaredTables;
  readonly dbSchema: string;
  readonly ledgerSchema?: string | undefined;
  /** Where pg_dump, pg_restore and psql are; otherwise where PATH says. */
  readonly pgBin?: string | undefined;
  readonly tempDir?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Copies a database into a file and back. Each operation connects by itself. */
export interface DatabaseSnapshots {
  readonly kind: 'sqlite' | 'postgres';
  /** What the file of a copy is called. */
  readonly fileName: 'database.sqlite' | 'database.dump';
  /** Names of all tables that a copy has, or that this one replaces; none where the database does not exist. */
  tables(copied?: CopiedSchemas): Promise<readonly string[]>;
  /** Copies one moment of the database into a new file that only its owner can read, and writes it to the disk. */
  copy(to: string): Promise<CopiedDatabase>;
  /** What a file makes of an empty database, which is gone afterwards. */
  prove(file: string, copied: CopiedSchemas): Promise<DatabaseContents>;
  /**
   * Puts the file in the place of what is there, as a whole or not at all. Tables that are not among `tables`, those of the
   * copy, are dropped. Resolves with what is there then.
   */
  restore(file: string, tables: readonly string[], copied: CopiedSchemas): Promise<DatabaseContents>;
}
