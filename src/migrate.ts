import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { LedgerClaims, RunClaims } from './batch/claims.ts';
import { CheckingPool } from './checking/pool.ts';
import type { Database } from './databases/database.ts';
import { Nowhere } from './databases/nowhere.ts';
import { openDatabase, rowCodec } from './databases/open.ts';
import type { Dataset } from './datasets/dataset.ts';
import { EXIT, MigrateError } from './errors.ts';
import type { Listener } from './events.ts';
import { ArchiveMover } from './files/archive.ts';
import { BackupWriter } from './files/backup.ts';
import { backupWarnings } from './files/backup-warnings.ts';
import { RejectsWriter } from './files/rejects-writer.ts';
import { Inventory } from './inventory.ts';
import { latestFiles, ledgerBatches, unchangedEntry } from './ledger/ledger.ts';
import { FileLoading } from './load-files.ts';
import type { Pass } from './pass.ts';
import { archiveFiles } from './pipeline/archive.ts';
import { backUpFiles } from './pipeline/backup.ts';
import { listFiles } from './pipeline/list.ts';
import { Loader } from './pipeline/load.ts';
import { restoreFile, scanFiles } from './pipeline/scan.ts';
import {
  backupEncryption,
  DEFAULT_TARGET,
  realRoot,
  refuseAsDefault,
  refuseDefaultsInside,
  refuseExistingOutputs,
  refuseSharedRun,
  refuseUnshareable,
} from './preconditions.ts';
import type { Report, ReportHead } from './report/report.ts';
import { reportHead, sharedHead } from './report/report-head.ts';
import { ReportStore } from './report/report-store.ts';
import { newRunId } from './run-id.ts';
import { canonicalNow } from './schema/version.ts';
import { openScratch, type Scratch } from './scratch.ts';
import type { RunSettings } from './settings.ts';
import { Settling } from './settling.ts';
import { directoryOfShard, isOfShard } from './shard.ts';
import { endOf, SharedRun } from './shared-run.ts';
import type { SourceFile } from './source.ts';
import { StageClock } from './stage-clock.ts';
import { parseTarget, type TargetOptions } from './target.ts';
import { TOOL_VERSION } from './version.ts';

/** Every option that can change a row: a file that was loaded with others is loaded again. */
const MAPPING_OPTIONS = [
  'layout',
  'user',
  'source',
  'naiveTime',
  'encoding',
  'repair',
  'hashSecrets',
  'keepPlainKeys',
  'onConflict',
  'strict',
  'maxRecordBytes',
] as const satisfies readonly (keyof RunSettings)[];

/** Source bytes from which on records are checked in threads of their own. */
const BYTES_FOR_THREADS = 4 * 1024 * 1024;

export interface MigrateOptions {
  readonly listener?: Listener;
  /** Finishes the batch at hand and ends the run. Reason `SIGTERM` gives exit code 143, any other 130. */
  readonly signal?: AbortSignal;
  readonly environment?: TargetOptions['environment'];
}

/** Loads a directory of legacy JSON files into a database: `migrate-json run`. */
export async function migrate(settings: RunSettings, options: MigrateOptions = {}): Promise<Report> {
  const text = settings.to ?? DEFAULT_TARGET;
  const target = parseTarget(text, { ...settings, ...(options.environment && { environment: options.environment }) });
  const root = realRoot(settings.root);
  if (settings.to === undefined) refuseAsDefault(settings, root);
  refuseUnshareable(settings, target);
  refuseExistingOutputs(settings);
  refuseDefaultsInside(settings, root);
  await backupEncryption(settings);
  const { listener } = options;
  listener?.({ kind: 'target', label: target.label, origin: settings.toOrigin, dryRun: settings.dryRun });
  const scratch = openScratch(settings.tempDir);
  const database = await openDatabase(target, {
    dbSchema: settings.dbSchema,
    dryRun: settings.dryRun,
    ...(options.signal && { signal: options.signal }),
    onRetry: (notice) => listener?.({ kind: 'retry', ...notice }),
  });
  const outputs =
    target.kind === 'sqlite' ? [target.path, `${target.path}-journal`, `${target.path}-wal`, `${target.path}-shm`] : [];
  return new Run('run', settings, root, scratch, database, target.label, outputs, options).execute();
}

/** Checks every record against its dataset's rules, without a database: `migrate-json validate`. */
export async function validate(settings: RunSettings, options: MigrateOptions = {}): Promise<Report> {
  refuseExistingOutputs(settings);
  return new Run(
    'validate',
    settings,
    realRoot(settings.root),
    openScratch(settings.tempDir),
    new Nowhere(),
    null,
    [],
    options,
  ).execute();
}

/** One run: its stages and their order. */
class Run {
  private readonly command: 'run' | 'validate';
  private readonly settings: RunSettings;
  private readonly root: string;
  private readonly database: Database;
  private readonly label: string | null;
  private readonly options: MigrateOptions;
  private readonly listener: Listener;
  private readonly runId: string;
  private readonly startedAt = new Date();
  private readonly scratch: Scratch;
  private readonly pass: Pass;
  private readonly shared: SharedRun | undefined;
  private readonly settling: Settling | undefined;
  private readonly reports: ReportStore;
  private readonly clock = new StageClock();
  private readonly pool: CheckingPool;
  private readonly outputs: readonly string[];
  private readonly databaseFiles: readonly string[];
  private readonly backupDir: string | null;
  private readonly archiveDir: string | null;
  private rejects: RejectsWriter | undefined;
  /** By dataset: asked for once per file. */
  private readonly fingerprints = new Map<string, string>();
  private isRecorded = false;
  private lastBatch = 0;
  private rootIsApplication = false;
  private bytesToCheck = 0;
  private loader: Loader | undefined;
  private loading: FileLoading | undefined;
  private sourceChanged = false;

  constructor(
    command: 'run' | 'validate',
    settings: RunSettings,
    root: string,
    scratch: Scratch,
    database: Database,
    label: string | null,
    databaseFiles: readonly string[],
    options: MigrateOptions,
  ) {
    this.command = command;
    this.settings = settings;
    this.root = root;
    this.database = database;
    this.label = label;
    this.options = options;
    this.listener = options.listener ?? (() => undefined);
    this.runId = settings.runId ?? newRunId(this.startedAt);
    this.databaseFiles = databaseFiles;
    this.backupDir = settings.backup ? resolve(settings.backupDir ?? this.defaultBackupDir()) : null;
    this.archiveDir = settings.archive
      ? resolve(settings.archiveDir ?? join('migrate-json-archive', this.runId))
      : null;
    const named = [this.backupDir, this.archiveDir, settings.rejects, ...settings.report];
    this.outputs = named.filter((path) => path != null).map((path) => resolve(path));
    this.scratch = scratch;
    const { shard } = settings;
    // A dry run knows of no other shards: each rehearses its part alone.
    const sharing = database.dryRun ? undefined : database.sharing;
    this.shared = shard && sharing && new SharedRun(this.runId, shard, database, sharing, options.signal);
    const isOwn = shard === undefined ? () => true : (path: string) => isOfShard(path, shard);
    const inventory = new Inventory(scratch);
    this.pass = { scratch, inventory, isOwn, ...(this.shared && { precedence: 'settled-later' }) };
    this.settling = this.shared && this.createSettling(this.shared);
    this.reports = new ReportStore(this.scratch);
    const { rowFormat } = database;
    const keepBytes = settings.rejects !== undefined;
    const { source, tempDir } = settings;
    this.pool = new CheckingPool({ ...settings, source, tempDir, keepBytes, rowFormat }, settings.workers);
  }

  private createSettling(shared: SharedRun): Settling {
    const { database, root } = this;
    return new Settling({
      shared,
      database,
      root,
      tempDir: this.settings.tempDir,
      scan: (pass) => this.scan(pass),
      createLoading: (pass) => this.createLoading(pass),
      forget: async (entry, sums) => {
        this.reports.removeFile(entry, sums);
        await this.rejects?.remove(entry.path);
      },
    });
  }

  async execute(): Promise<Report> {
    let error: MigrateError | undefined;
    let isLast = false;
    try {
      await this.prepareDatabase();
      await this.scan(this.pass);
      await this.clock.measure('back up', 0, () => this.backUp());
      await this.load(this.pass, await this.createLoading(this.pass));
      if (this.isComplete) await this.clock.measure('archive', 0, () => this.archive());
      isLast = this.isComplete && (await this.finishShard());
      if (isLast) await this.settling?.settle();
      await this.rejects?.finish();
    } catch (caught) {
      error = asMigrateError(caught);
    }
    await this.endLoading();
    await this.pool.close();
    const isCut = error !== undefined && error.exitCode !== EXIT.bug && this.options.signal?.aborted === true;
    if (isCut) error = undefined;
    const isWhole = isLast && this.isComplete && error === undefined && !isCut;
    const [head, failure] = await this.recordEnd(isWhole, isCut, error);
    error = failure ?? error;
    await this.database.close();
    this.listener({ kind: 'stages', stages: this.clock.stages });
    return {
      head,
      ...(error && { error }),
      files: () => this.reports.fileReports(),
      warnings: () => this.reports.warnings(),
      rejectCodes: () => this.reports.rejectCodes(),
      close: () => this.scratch.close(),
    };
  }

  private async prepareDatabase(): Promise<void> {
    const missing = await this.database.missingColumns();
    if (missing.length > 0) {
      throw new MigrateError('schema-drift', `the database lacks columns that are needed: ${missing.join(', ')}`);
    }
    const created = await this.database.createTables();
    if (created.length > 0) this.listener({ kind: 'tables-created', tables: created });
    if (this.database.dryRun) return;
    const run = {
      run_id: this.runId,
      tool_version: TOOL_VERSION,
      command: this.command,
      root: this.root,
      status: 'running',
      started_at: canonicalNow(this.startedAt),
    };
    if (this.shared) this.lastBatch = await this.shared.begin(run);
    else {
      if (this.settings.runId !== undefined) await refuseSharedRun(this.database, this.runId);
      this.lastBatch = await this.database.beginRun(run);
    }
    this.isRecorded = true;
  }

  private async scan(pass: Pass): Promise<void> {
    await this.clock.measure('list', 0, () => this.examine(pass));
  }

  private async examine(pass: Pass): Promise<void> {
    const { settings } = this;
    const { inventory, isOwn, isOpen } = pass;
    this.bytesToCheck = 0;
    let [files, bytes] = [0, 0];
    const selection = { ...settings, never: this.databaseFiles, outputs: this.outputs };
    const { entries, isChosen, isApplication } = await listFiles(this.root, selection, inventory);
    this.rootIsApplication = isApplication;
    const scanOptions = {
      ...settings,
      isChosen,
      owner: { layout: settings.layout, user: settings.user, rootIsApplication: isApplication },
      fingerprintOf: this.fingerprintOf,
      recognise: this.pool.recognise,
      isOwn,
      ...(isOpen && { isOpen }),
    };
    const countFile = (file?: SourceFile): void => {
      this.goOn();
      if (file && !isOwn(file.path)) return;
      files++;
      bytes += file?.bytes ?? 0;
      if (file?.verdict.kind === 'recognised') this.bytesToCheck += file.bytes ?? 0;
      if (files % 500 === 0) this.listener({ kind: 'scanning', files, bytes });
    };
    await scanFiles(entries, inventory, latestFiles(this.database), scanOptions, {
      onFile: countFile,
      onUnchanged: (known) => {
        countFile();
        // Files that have nothing to settle are told already.
        if (pass !== this.pass) return;
        this.reports.addUnchanged(known);
        // Parsed only where somebody looks at it.
        this.listener({
          kind: 'file',
          get entry() {
            return unchangedEntry(known.entry);
          },
        });
      },
    });
    this.listener({ kind: 'loading', files, bytes });
  }

  private async backUp(): Promise<void> {
    if (this.backupDir === null) return;
    for (const warning of await backupWarnings(this.root, this.backupDir)) this.warn(warning.code, warning.message);
    if (this.settings.dryRun) return;
    const encrypt = await backupEncryption(this.settings);
    const writer = await BackupWriter.begin(this.backupDir, this.outputHead(), encrypt);
    await backUpFiles(this.pass.inventory, this.root, writer, this.goOn, this.warnOf);
  }

  /** Between two files: an interruption ends the stage. */
  private readonly goOn = (): void => {
    if (this.options.signal?.aborted) throw new MigrateError('interrupted', 'the run was interrupted');
  };

  private async createLoading({ scratch, inventory, precedence, insertedBefore }: Pass): Promise<FileLoading> {
    const { settings, database, runId, shared, pool } = this;
    await this.endLoading();
    const ledgerClaims = new LedgerClaims(scratch, {
      heldBy: (path) => inventory.heldBy(path),
      batches: () => ledgerBatches(database),
      ...(shared && { beside: shared.beside }),
    });
    const codec = rowCodec(database.rowFormat);
    const loader = new Loader(database, codec, new RunClaims(scratch), ledgerClaims, {
      runId,
      lastBatch: this.loader?.lastBatch ?? this.lastBatch,
      onConflict: settings.onConflict,
      wholeFiles: settings.strict,
      ...(precedence && { precedence }),
    });
    if (settings.rejects !== undefined)
      this.rejects ??= await RejectsWriter.begin(resolve(settings.rejects), this.outputHead());
    this.loading = new FileLoading({
      settings,
      // A thread takes longer to start than a few files take to check.
      chunksOf: (jobs) => (this.bytesToCheck < BYTES_FOR_THREADS ? pool.chunksHere(jobs) : pool.chunks(jobs)),
      loader,
      runId,
      reports: this.reports,
      clock: this.clock,
      rejects: this.rejects,
      fingerprintOf: this.fingerprintOf,
      listener: this.listener,
      signal: this.options.signal,
      ...(insertedBefore && { insertedBefore }),
    });
    this.loader = loader;
    return this.loading;
  }

  private async load({ inventory, isOwn }: Pass, loading: FileLoading): Promise<void> {
    let left = 0;
    for (const phase of inventory.phases()) {
      const files = () => Iterator.from(inventory.filesOf(phase)).filter(({ path }) => isOwn(path));
      if (loading.stopped === undefined && (await this.shared?.mayLoad(phase)) === false) {
        left += files().reduce((count) => count + 1, 0);
        continue;
      }
      await loading.load(files().map((stored) => restoreFile(stored, this.root)));
    }
    if (left === 0) return;
    const message = `${left} files may refer to files of other shards that are not loaded yet: the last shard loads them`;
    this.warn('left-to-last-shard', message);
  }

  /** Also where something failed. */
  private async endLoading(): Promise<void> {
    await this.loading?.close();
    if (this.loading?.sourceChanged) this.sourceChanged = true;
  }

  private get isComplete(): boolean {
    return this.loading?.stopped === undefined;
  }

  /** True for the last of the shards that share the run. */
  private async finishShard(): Promise<boolean> {
    if (this.shared === undefined || !this.isRecorded) return false;
    await this.endLoading();
    return this.shared.finish(this.head(false, undefined));
  }

  private async archive(): Promise<void> {
    if (this.archiveDir === null || this.settings.dryRun) return;
    const mover = await ArchiveMover.begin(this.archiveDir, this.outputHead());
    const record = (files: readonly { path: string; archivedTo: string }[]) => this.database.recordArchived(files);
    const changed = await archiveFiles(this.reports, this.root, mover, record, this.goOn, this.warnOf);
    if (changed) this.sourceChanged = true;
  }

  private readonly fingerprintOf = (dataset: Dataset): string => {
    const known = this.fingerprints.get(dataset.name);
    if (known !== undefined) return known;
    const options = MAPPING_OPTIONS.map((key) => this.settings[key]);
    const text = JSON.stringify([dataset.name, dataset.mappingVersion, this.rootIsApplication, ...options]);
    const fingerprint = createHash('sha256').update(text).digest('hex').slice(0, 16);
    this.fingerprints.set(dataset.name, fingerprint);
    return fingerprint;
  };

  private outputHead(): { runId: string; toolVersion: string; root: string } {
    return { runId: this.runId, toolVersion: TOOL_VERSION, root: this.root };
  }

  private readonly warnOf = (code: string, path: string, message: string): void => {
    this.reports.addWarning({ code, path, message });
  };

  private warn(code: string, message: string): void {
    this.reports.addWarning({ code, path: null, message });
    this.listener({ kind: 'warning', code, message });
  }

  private defaultBackupDir(): string {
    const directory = join('migrate-json-backups', this.runId);
    const { shard } = this.settings;
    return shard === undefined ? directory : directoryOfShard(directory, shard, newRunId(this.startedAt));
  }

  private head(
    isCut: boolean,
    error: MigrateError | undefined,
    mayBeEmpty = this.settings.shard !== undefined,
  ): ReportHead {
    const { signal } = this.options;
    return reportHead({
      command: this.command,
      runId: this.runId,
      settings: this.settings,
      root: this.root,
      target: this.label,
      startedAt: this.startedAt,
      counts: this.reports.counts,
      backup: this.backupDir,
      archive: this.archiveDir,
      error,
      stopped: isCut ? 'signal' : this.loading?.stopped,
      terminated: signal?.reason === 'SIGTERM',
      sourceChanged: this.sourceChanged,
      mayBeEmpty,
    });
  }

  /** The report, and why its end could not be recorded. */
  private async recordEnd(
    isWhole: boolean,
    isCut: boolean,
    error: MigrateError | undefined,
  ): Promise<readonly [ReportHead, MigrateError | undefined]> {
    const head = this.head(isCut, error);
    if (!this.isRecorded) return [head, undefined];
    try {
      if (this.shared === undefined) await this.database.updateRun(this.runId, endOf(head));
      else if (isWhole && this.settling)
        return [await this.recordWholeRun(this.shared, this.settling, head), undefined];
      else await this.shared.end(head);
      return [head, undefined];
    } catch (failure) {
      return [head, asMigrateError(failure)];
    }
  }

  /** The last shard ends the run as well. */
  private async recordWholeRun(shared: SharedRun, settling: Settling, settled: ReportHead): Promise<ReportHead> {
    const others = await shared.otherHeads();
    const counts = settling.countsOfRun([settled, ...others]);
    const head = this.head(false, undefined, counts.totals.files > counts.totals.files_unrecognised);
    await shared.end(head);
    await this.database.updateRun(this.runId, endOf(sharedHead(head, others, counts, this.settings)));
    return head;
  }
}

function asMigrateError(error: unknown): MigrateError {
  if (error instanceof MigrateError) return error;
  return new MigrateError('bug', 'migrate-json met something that it does not know', { cause: error });
}
