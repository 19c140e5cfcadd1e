/** What a copy of a database holds. */
export interface CopiedDatabase {
  /** Canonical, over the declared tables: equal on both databases where they hold the same data. */
  readonly digest: string;
  /** The recorded schema version; null where none is. */
  readonly schemaVersion: number | null;
  /** Names of all tables, also those of other applications. */
  readonly tables: readonly string[];
  /** Of the database system, for people. */
  readonly version: string;
}

export interface SnapshotsOptions {
  readonly dbSchema: string;
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
  /** Names of all tables; none where the database does not exist. */
  tables(): Promise<readonly string[]>;
  /** Copies one moment of the database into a new file that only its owner can read, and writes it to the disk. */
  copy(to: string): Promise<CopiedDatabase>;
  /** The digest of what a file makes of an empty database, which is gone afterwards. */
  prove(file: string): Promise<string>;
  /**
   * Puts the file in the place of what is there, as a whole or not at all. Tables that are not among `tables`, those of the
   * copy, are dropped. Resolves with the digest of what is there then.
   */
  restore(file: string, tables: readonly string[]): Promise<string>;
}
