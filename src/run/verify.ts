import { checkSettings } from '../checking/checker.ts';
import { release } from '../checking/packed-records.ts';
import { CheckingPool } from '../checking/pool.ts';
import { columnRepairs } from '../databases/column-repairs.ts';
import type { Database } from '../databases/database.ts';
import { openDatabase, rowCodec } from '../databases/open.ts';
import type { Finder } from '../databases/transaction.ts';
import type { Registry } from '../datasets/registry.ts';
import { EXIT, MigrateError } from '../errors.ts';
import { verifiedRoot } from '../files/real-root.ts';
import { headOfDirectory } from '../files/run-of-directory.ts';
import { openScratch, type Scratch } from '../files/scratch.ts';
import { SourceRoot } from '../inventory/source-root.ts';
import { hasUniqueSets } from '../load/unique-holders.ts';
import { formerGroups, withPastDatasets } from '../recipes/past-declarations.ts';
import type { Shape } from '../schema/comparison/shape.ts';
import type { TableGroup } from '../schema/declared-tables.ts';
import type { Table } from '../schema/table.ts';
import type { RunSettings } from '../settings/settings.ts';
import { DEFAULT_TARGET, databaseFiles, parseTarget } from '../settings/target.ts';
import { quoted } from '../system/quoted.ts';
import { together } from '../system/together.ts';
import { Comparison } from '../verification/comparison.ts';
import { KnownRows } from '../verification/known-rows.ts';
import { LedgerPrints } from '../verification/ledger-prints.ts';
import { LoadedKeys } from '../verification/loaded-keys.ts';
import type { LookupPrints } from '../verification/lookup-prints.ts';
import { RejectedBefore } from '../verification/rejected-before.ts';
import { RejectedKeys } from '../verification/rejected-keys.ts';
import { SourcePrints } from '../verification/source-prints.ts';
import type { RecordSums, VerifyResult } from '../verification/verify-result.ts';
import { lookCloser } from './look-closer.ts';
import type { MigrateOptions } from './migrate.ts';
import { VerifiedSources } from './verified-sources.ts';

/** What a verification works with. */
interface Verification {
  readonly settings: RunSettings;
  readonly options: MigrateOptions;
  readonly database: Database;
  readonly shape: Shape;
  readonly scratch: Scratch;
  readonly throwIfStopped: () => void;
}

/** Compares the values of source files with those of the database, record by record: `migrate-json verify`. */
export async function verify(given: RunSettings, options: MigrateOptions = {}): Promise<VerifyResult> {
  const startedAt = performance.now();
  const { environment, signal } = options;
  const target = parseTarget(given.to ?? DEFAULT_TARGET, { ...given, ...(environment && { environment }) });
  const root = given.ledger ? null : verifiedRoot(given.sources ?? given.root);
  options.listener?.({ kind: 'target', label: target.label, origin: given.toOrigin, dryRun: false });
  const { dbSchema, ledgerSchema, databaseZone } = given;
  const open = ({ tables: declared }: Registry): Promise<Database> =>
    openDatabase(target, {
      declared,
      dbSchema,
      ledgerSchema,
      databaseZone,
      dryRun: false,
      readOnly: true,
      ...(signal && { signal }),
    });
  const registry = root === null ? await registryOfLedger(given, open) : given.registry;
  const settings = { ...given, registry };
  const database = await open(registry);
  const scratch = openScratch(settings.tempDir);
  const throwIfStopped = (): void => {
    if (signal?.aborted) throw new MigrateError('interrupted', 'the verification was interrupted');
  };
  try {
    const shape = await database.examine();
    const verification = { settings, options, database, shape, scratch, throwIfStopped };
    const [{ findings }, records] =
      root === null ? await verifyLedger(verification) : await verifySources(verification, root, databaseFiles(target));
    const { totals, tables, differences } = findings;
    const result = { root, target: target.label, records, totals, tables, differences };
    const duration_ms = Math.round(performance.now() - startedAt);
    return { ...result, exit_code: exitCodeOf(totals, settings), duration_ms };
  } finally {
    scratch.close();
    await database.close();
  }
}

/** What the ledger tells of may be declared no more. */
async function registryOfLedger(
  { registry }: RunSettings,
  open: (registry: Registry) => Promise<Database>,
): Promise<Registry> {
  const database = await open(registry);
  return withPastDatasets(database, registry, 'tables').finally(() => database.close());
}

function exitCodeOf({ equal, different, missing, extra }: VerifyResult['totals'], settings: RunSettings): number {
  if (different + missing + (settings.allowExtra ? 0 : extra) > 0) return EXIT.refused;
  return equal === 0 && !settings.allowEmpty ? EXIT.rejected : EXIT.complete;
}

/** Compares the rows with what the ledger kept of them when they were loaded. */
async function verifyLedger({
  settings,
  database,
  shape,
  scratch,
  throwIfStopped,
}: Verification): Promise<readonly [Comparison, RecordSums]> {
  const comparison: Comparison = new Comparison({
    database,
    shape,
    scratch,
    throwIfStopped,
    pathOf: (file) => ledger.pathOf(file),
  });
  const known = new KnownRows(database, scratch);
  const ledger = new LedgerPrints(database, comparison.store, scratch, settings.registry);
  const records = await database.snapshot(async () => {
    const sums = await ledger.read(throwIfStopped);
    const { owners } = database.declared;
    const made = new Set([...ledger.lookups.values()].map(({ root }) => root));
    const isWanted = ({ root }: TableGroup): boolean =>
      ledger.tables.includes(root) || root === owners || made.has(root);
    await comparison.readTables(isWanted, throwIfStopped);
    for (const former of await formerGroups(database, ledger.heldRuns, settings.registry))
      await comparison.readFormer(former);
    comparison.match('last');
    await comparison.countUnexpected(async (_group, key) =>
      (await known.originOf(key)) === 'unknown' ? 'application' : undefined,
    );
    await comparison.acceptAdded(ledger.children);
    comparison.tellSuspects();
    comparison.nameAbsent(ledger.lookups);
    await comparison.nameRest();
    return sums;
  });
  return [comparison, records];
}

async function verifySources(
  { settings, options, database, shape, scratch, throwIfStopped }: Verification,
  path: string,
  files: readonly string[],
): Promise<readonly [Comparison, RecordSums]> {
  const { rowFormat } = database;
  const { source, tempDir } = settings;
  const pool = new CheckingPool(
    checkSettings({ ...settings, source, tempDir }, { keepBytes: false, rowFormat }),
    settings.registry,
    settings.workers,
  );
  const listener = options.listener ?? (() => undefined);
  const { recognise } = pool;
  const head = headOfDirectory(path);
  if (head?.encryption !== undefined) throw encrypted(path);
  const isCopy = settings.sources !== undefined || head !== undefined;
  const root = new SourceRoot(path, {
    settings,
    databaseFiles: files,
    outputs: [],
    isCopy,
    recognise,
    onListed: (listed, bytes) => listener({ kind: 'scanning', files: listed, bytes }),
    throwIfStopped,
  });
  const sources = new VerifiedSources(root, pool, scratch, settings.registry);
  const comparison = new Comparison({
    database,
    shape,
    scratch,
    throwIfStopped,
    pathOf: (file) => sources.pathOf(file),
  });
  const loaded = new LoadedKeys(database, scratch);
  const before = new RejectedBefore(database, scratch);
  const rejectedKeys = new RejectedKeys(database.declared, scratch);
  const known = new KnownRows(database, scratch);
  const isFed = ({ root: table }: TableGroup): boolean => sources.tables.has(table);
  const read = async (finder: Finder): Promise<RecordSums> => {
    await sources.examine();
    await before.read();
    listener({ kind: 'loading', ...root.toLoad });
    // Owners are looked for, whether users have records of their own or not.
    const isWanted = (group: TableGroup): boolean => isFed(group) || group.root === database.declared.owners;
    const isReadMeanwhile = database.readsAtOnce ? isWanted : () => false;
    const [{ sums, referring, lookups }] = await together(
      throwIfStopped,
      (throwIfOver) => {
        const reading = { database, finder, throwIfStopped: throwIfOver, listener, loaded, before, rejectedKeys };
        return readSources(sources, comparison, reading);
      },
      // The threads read the files meanwhile.
      (throwIfOver) => comparison.readTables(isReadMeanwhile, throwIfOver),
    );
    const isLeft = (group: TableGroup): boolean => isWanted(group) || lookups.tables.has(group.root);
    await comparison.readTables((group) => isLeft(group) && !isReadMeanwhile(group), throwIfStopped);
    await loaded.readRetried();
    const mayBeRejected = (table: Table, file: number): boolean =>
      referring.has(table) ||
      !holdsAll(database, table) ||
      hasUniqueSets(database.declared.groupOf(table)) ||
      before.has(sources.pathOf(file));
    comparison.match('any', mayBeRejected);
    const contradicted = await comparison.settleContradictions(loaded, before);
    await comparison.countUnexpected(async (group, key) => {
      if (!isFed(group) || loaded.wasRetried(key) || rejectedKeys.has(key)) return undefined;
      return (await known.originOf(key)) === 'unknown' ? 'application' : 'extra';
    });
    const orphans = await lookCloser(sources, comparison, {
      database,
      finder,
      loaded,
      before,
      known,
      repairs: columnRepairs(settings),
    });
    for (const { table, file, record } of lookups.missing) comparison.addMissing(table, file, record);
    await comparison.nameRest();
    return { ...sums, rejected: sums.rejected + contradicted + orphans };
  };
  try {
    return [comparison, await database.snapshot(read)];
  } finally {
    await pool.close();
  }
}

function encrypted(path: string): MigrateError {
  return new MigrateError('identity-needed', `the copies in ${path} are encrypted`, {
    hint: `Restore them beside the sources and verify those: \`migrate-json restore ${quoted(path)} --identity FILE --into DIR\`.`,
  });
}

interface Reading {
  readonly database: Database;
  readonly finder: Finder;
  readonly throwIfStopped: () => void;
  readonly listener: NonNullable<MigrateOptions['listener']>;
  readonly loaded: LoadedKeys;
  readonly before: RejectedBefore;
  readonly rejectedKeys: RejectedKeys;
}

async function readSources(
  sources: VerifiedSources,
  comparison: Comparison,
  { database, finder, throwIfStopped, listener, loaded, before, rejectedKeys }: Reading,
): Promise<{
  readonly sums: RecordSums;
  readonly referring: ReadonlySet<Table>;
  readonly lookups: LookupPrints;
}> {
  const { store } = comparison;
  const pathOf = (file: number): string => sources.pathOf(file);
  const prints = new SourcePrints({
    store,
    finder,
    codec: rowCodec(database.rowFormat),
    declared: database.declared,
    loaded,
    before,
    pathOf,
  });
  let [read, rejected, files, bytes] = [0, 0, 0, 0];
  for await (const chunk of sources.chunks()) {
    throwIfStopped();
    await prints.add(chunk.packed, chunk.slices);
    release(chunk.packed);
    for (const slice of chunk.slices) {
      // `--strict` loads nothing of a file with a reject.
      const refused = slice.isRefused ? slice.count : 0;
      const found = slice.rejected.length + refused + (slice.end?.finding === undefined ? 0 : 1);
      rejected += found;
      for (const { names = [] } of slice.rejected) rejectedKeys.note(names);
      before.note(pathOf(slice.file), found);
      read += slice.count - refused;
      if (slice.end === undefined) continue;
      before.end(pathOf(slice.file), slice.end.sha256);
      files++;
    }
    bytes += chunk.bytesOnDisk;
    listener({ kind: 'progress', files, bytes, records: read + rejected, rejected });
  }
  const sums = { read: read + rejected, rejected: rejected + prints.rejected };
  return { sums, referring: prints.referring, lookups: prints.lookups };
}

/** Of a table, and of those whose rows belong to its rows. */
function holdsAll(database: Database, root: Table): boolean {
  const { owners } = database.declared;
  const { children } = database.declared.groupOf(root);
  const ofOwner = owners && root.owner !== undefined ? [owners] : [];
  return [root, ...children, ...ofOwner].every((table) => database.holdsAll(table));
}
