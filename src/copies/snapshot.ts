import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openSnapshots } from '../databases/open.ts';
import type { Contents } from '../databases/schema-changes.ts';
import type { CopiedSchemas, DatabaseContents, DatabaseSnapshots } from '../databases/snapshots.ts';
import type { Target } from '../databases/target.ts';
import type { Registry } from '../datasets/registry.ts';
import { errorCode, MigrateError } from '../errors.ts';
import { diskError, onDisk, showPath } from '../files/disk-error.ts';
import { isInside, OutputDirectory, SNAPSHOT_NAME } from '../files/output-directory.ts';
import { readSnapshotManifest, type SnapshotManifest, writeSnapshotManifest } from '../files/snapshot-manifest.ts';
import { hashFile } from '../files/source-file.ts';
import { replacingAlone } from '../ledger/lone-writer.ts';
import { parseTarget, type TargetOptions } from '../settings/target.ts';
import { bytewise } from '../system/bytewise.ts';
import { counted } from '../system/quantities.ts';
import { newRunId } from '../system/run-id.ts';
import { TOOL_VERSION } from '../version.ts';

export interface SnapshotSettings {
  readonly registry: Registry;
  /** The database, as `--to` takes it. */
  readonly to: string;
  readonly dbSchema: string;
  readonly ledgerSchema?: string | undefined;
  readonly allowPlaintext: boolean;
  /** The directory of all snapshots. */
  readonly snapshotDir: string;
  readonly pgBin?: string | undefined;
  readonly tempDir?: string | undefined;
}

export interface SnapshotOptions {
  readonly environment?: TargetOptions['environment'];
  /** Asks whether what a restore replaces may go: throws where it may not. Not asked with `yes`. */
  readonly confirm?: (what: string) => Promise<void>;
}

export interface SnapshotResult extends SnapshotManifest {
  readonly directory: string;
  /** A scratch database that was made of it had the same digest; null where nobody asked. */
  readonly proved: true | null;
  /** Older ones of the same database that are gone: `keep`. */
  readonly removed: readonly string[];
}

/** Copies the database into a directory of its own. What fails leaves nothing; what is killed leaves no manifest. */
export async function createSnapshot(
  settings: SnapshotSettings & { readonly prove?: boolean; readonly keep?: number | undefined },
  options: SnapshotOptions = {},
): Promise<SnapshotResult> {
  const { database, label } = await open(settings, options);
  const name = newRunId();
  const directory = resolve(settings.snapshotDir, name);
  const output = await OutputDirectory.begin(directory);
  try {
    const path = await output.place(database.fileName);
    const manifest = await fill(database, path, { name, target: label, db_schema: settings.dbSchema });
    await output.sync();
    if (settings.prove)
      assertSame(
        await database.prove(path, copiedSchemas(manifest)),
        manifest,
        'the scratch database made of the snapshot',
      );
    await writeSnapshotManifest(directory, manifest);
    const { keep, snapshotDir } = settings;
    const removed = keep === undefined ? [] : await removeOldSnapshots(snapshotDir, keep, manifest);
    return { ...manifest, directory, proved: settings.prove ? true : null, removed };
  } catch (error) {
    if ((await readSnapshotManifest(directory)) === undefined)
      await rm(directory, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

async function fill(
  database: DatabaseSnapshots,
  path: string,
  source: Pick<SnapshotManifest, 'name' | 'target' | 'db_schema'>,
): Promise<SnapshotManifest> {
  const { version, schemaVersion, ledgerSchema, otherSchemas, tables, digest } = await database.copy(path);
  const { sha256, bytes } = await hashed(path);
  const { name, target, db_schema } = source;
  return {
    snapshot_version: 1,
    name,
    created_at: new Date().toISOString(),
    tool_version: TOOL_VERSION,
    kind: database.kind,
    target,
    db_schema,
    ledger_schema: ledgerSchema,
    ...(otherSchemas.length > 0 && { other_schemas: [...otherSchemas] }),
    product_version: version,
    schema_version: schemaVersion,
    digest,
    tables: { ...tables },
    file: database.fileName,
    bytes,
    sha256,
  };
}

/** Of the same database, whole, and with nothing besides in their directories. */
async function removeOldSnapshots(snapshotDir: string, keep: number, newest: SnapshotManifest): Promise<string[]> {
  const isSame = ({ snapshot }: SnapshotEntry): boolean =>
    snapshot !== null &&
    (['kind', 'target', 'db_schema'] as const).every((member) => snapshot[member] === newest[member]);
  const removed: string[] = [];
  for (const { name, snapshot } of (await listSnapshots(snapshotDir)).filter(isSame).slice(keep)) {
    const directory = join(snapshotDir, name);
    const own = [snapshot?.file ?? '', SNAPSHOT_NAME];
    const names = await onDisk('list', directory, () => readdir(directory));
    if (name === newest.name || !names.every((each) => own.includes(each))) continue;
    await onDisk('remove', directory, () => rm(directory, { recursive: true }));
    removed.push(name);
  }
  return removed;
}

export interface SnapshotEntry {
  readonly name: string;
  /** Everything that its manifest says; null where it is incomplete or damaged. */
  readonly snapshot: SnapshotManifest | null;
  /** On the disk. */
  readonly bytes: number;
}

/** Newest first. What is not named like a snapshot is left out. */
export async function listSnapshots(snapshotDir: string): Promise<readonly SnapshotEntry[]> {
  const names = await readdir(snapshotDir).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw diskError('list', snapshotDir, error);
  });
  const entries: SnapshotEntry[] = [];
  for (const name of names.filter((each) => NAME.test(each))) {
    const directory = join(snapshotDir, name);
    const manifest = await readSnapshotManifest(directory);
    const bytes = await sizeOf(directory);
    const isWhole = manifest?.name === name && manifest.bytes === bytes;
    entries.push({ name, snapshot: isWhole ? manifest : null, bytes });
  }
  return entries.toSorted((one, other) => bytewise(timeOf(other), timeOf(one)));
}

/** Names tell the second. */
function timeOf({ name, snapshot }: SnapshotEntry): string {
  return `${name.slice(0, 15)} ${snapshot?.created_at ?? ''}`;
}

/** As `newRunId` makes them. */
const NAME = /^\d{8}T\d{6}-[0-9a-f]{6}$/;

async function sizeOf(directory: string): Promise<number> {
  const sizes = ['database.sqlite', 'database.dump'].map((file) => stat(join(directory, file)).catch(() => undefined));
  return (await Promise.all(sizes)).reduce((sum, stats) => sum + (stats?.size ?? 0), 0);
}

export interface SnapshotRestored {
  readonly name: string;
  readonly target: string;
  /** Rows by table. */
  readonly tables: Readonly<Record<string, number>>;
  /** Tables that were made since, and dropped. */
  readonly dropped: readonly string[];
  readonly digest: string | null;
}

/** Puts a snapshot in the place of what the database holds. */
export async function restoreSnapshot(
  settings: SnapshotSettings & { readonly name: string; readonly yes: boolean },
  options: SnapshotOptions = {},
): Promise<SnapshotRestored> {
  const { directory, manifest } = await verified(settings);
  const { database, label, target } = await open(settings, options);
  if (manifest.kind !== database.kind)
    throw new MigrateError('usage', `the snapshot is of ${manifest.target}, and cannot become ${label}`, {
      hint: 'Name a database of the same kind with --to.',
    });
  if (manifest.kind === 'postgres' && manifest.db_schema !== settings.dbSchema)
    throw new MigrateError(
      'usage',
      `the snapshot is of the schema ${manifest.db_schema}, not of ${settings.dbSchema}`,
      {
        hint: `Give --db-schema ${manifest.db_schema}.`,
      },
    );
  const copied = copiedSchemas(manifest);
  const there = await tablesOf(database, copied);
  const kept = Object.keys(manifest.tables);
  const dropped = there.filter((table) => !kept.includes(table));
  if (there.length > 0 && !settings.yes) {
    const also = dropped.length === 0 ? '' : `, and drops ${dropped.join(', ')}`;
    const message = `the snapshot replaces what ${counted(there.length, 'table')} of ${label} hold${there.length === 1 ? 's' : ''}${also}`;
    if (options.confirm === undefined) throw new MigrateError('rows-would-vanish', message);
    await options.confirm(message);
  }
  const { dbSchema, ledgerSchema, registry } = settings;
  const command = `snapshot restore ${manifest.name}`;
  const restored = await replacingAlone({ target, declared: registry.tables, dbSchema, ledgerSchema, command }, () =>
    database.restore(join(directory, manifest.file), kept, copied),
  );
  assertSame(restored, manifest, `${label}, restored,`);
  const tables = Object.fromEntries(Object.entries(manifest.tables).map(([table, { rows }]) => [table, rows]));
  return { name: manifest.name, target: label, tables, dropped, digest: manifest.digest };
}

function copiedSchemas({ ledger_schema = null, other_schemas = [] }: SnapshotManifest): CopiedSchemas {
  return { ledgerSchema: ledger_schema, otherSchemas: other_schemas };
}

/** What is no database any more holds no tables: it is a reason to restore one. */
async function tablesOf(database: DatabaseSnapshots, copied: CopiedSchemas): Promise<readonly string[]> {
  try {
    return await database.tables(copied);
  } catch (error) {
    if (error instanceof MigrateError && error.code === 'not-a-database') return [];
    throw error;
  }
}

async function verified(
  settings: Pick<SnapshotSettings, 'snapshotDir'> & { readonly name: string },
): Promise<{ directory: string; manifest: SnapshotManifest }> {
  const directory = resolve(settings.snapshotDir, settings.name);
  const isThere = await stat(directory).catch(() => undefined);
  if (!isInside(settings.name) || isThere === undefined)
    throw new MigrateError('unknown-snapshot', `there is no snapshot ${settings.name} in ${settings.snapshotDir}`);
  const manifest = await readSnapshotManifest(directory);
  if (manifest === undefined)
    throw new MigrateError('copy-damaged', `${showPath(directory)} is incomplete, or its manifest was changed`);
  const { sha256, bytes } = await hashed(join(directory, manifest.file));
  if (sha256 !== manifest.sha256 || bytes !== manifest.bytes)
    throw new MigrateError('copy-damaged', `${showPath(join(directory, manifest.file))} is not what was written`);
  return { directory, manifest };
}

async function hashed(path: string): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const found = await hashFile(path);
  if ('refused' in found) throw new MigrateError('copy-damaged', `${showPath(path)}: ${found.message}`);
  return found;
}

function assertSame(found: DatabaseContents, manifest: SnapshotManifest, what: string): void {
  const differs = ([table, { rows, digest }]: readonly [string, Contents]): boolean =>
    found.tables[table]?.rows !== rows || found.tables[table].digest !== digest;
  const [wrong] = Object.entries(manifest.tables).find(differs) ?? [];
  if (wrong === undefined && found.digest === manifest.digest) return;
  const where = wrong === undefined ? '' : ` in ${wrong}`;
  throw new MigrateError('copy-damaged', `${what} does not hold what the snapshot ${manifest.name} did${where}`, {
    hint: 'Another program may have written meanwhile. Stop it and run the same command again.',
  });
}

async function open(
  settings: SnapshotSettings,
  { environment = {} }: SnapshotOptions,
): Promise<{ readonly database: DatabaseSnapshots; readonly label: string; readonly target: Target }> {
  const target = parseTarget(settings.to, { ...settings, environment });
  return {
    database: await openSnapshots(target, { ...settings, declared: settings.registry.tables, environment }),
    label: target.label,
    target,
  };
}
