import { LedgerClaims, RunClaims } from './batch/claims.ts';
import { CheckingPool } from './checking/pool.ts';
import type { Database } from './databases/database.ts';
import { Nowhere } from './databases/nowhere.ts';
import { openDatabase, rowCodec } from './databases/open.ts';
import { EXIT, MigrateError } from './errors.ts';
import type { Listener } from './events.ts';
import { ArchiveMover } from './files/archive.ts';
import { BackupWriter } from './files/backup.ts';
import { backupWarnings } from './files/backup-warnings.ts';
import { tidyKilledCopies } from './files/killed-copies.ts';
import { removeOldCopies } from './files/old-copies.ts';
import { RejectsWriter } from './files/rejects-writer.ts';
import { Inventory } from './inventory.ts';
import { knownRuns, latestFiles, ledgerBatches, unchangedEntry } from './ledger/ledger.ts';
import { FileLoading } from './load-files.ts';
import type { Pass } from './pass.ts';
import { archiveFiles } from './pipeline/archive.ts';
import { backUpFiles } from './pipeline/backup.ts';
import { Loader } from './pipeline/load.ts';
import {
  backupEncryption,
  DEFAULT_TARGET,
  databaseFiles,
  realRoot,
  refuseAsDefault,
  refuseDefaultsInside,
  refuseExistingOutputs,
  refuseKeepElsewhere,
  refuseUnshareable,
} from './preconditions.ts';
import { RejectsDirectory } from './rejects-directory.ts';
import type { Report, ReportHead } from './report/report.ts';
import { reportHead, sharedHead } from './report/report-head.ts';
import { ReportStore } from './report/report-store.ts';
import { ThroughputCounter } from './report/throughput.ts';
import { newRunId } from './run-id.ts';
import { type RunOutputs, runOutputs } from './run-outputs.ts';
import { RunRecord } from './run-record.ts';
import { openScratch, type Scratch } from './scratch.ts';
import type { RunSettings } from './settings.ts';
import { Settling } from './settling.ts';
import { isOfShard } from './shard.ts';
import { SharedRun } from './shared-run.ts';
import { SourceRoot } from './source-root.ts';
import { StageClock } from './stage-clock.ts';
import { parseTarget, type TargetOptions, targetWarning } from './target.ts';
import { TOOL_VERSION } from './version.ts';

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
  return load('run', settings, options);
}

/** Loads a directory that `--rejects` wrote, after it was corrected: `migrate-json retry`. */
export async function retry(settings: RunSettings, options: MigrateOptions = {}): Promise<Report> {
  return load('retry', settings, options);
}

async function load(command: 'run' | 'retry', settings: RunSettings, options: MigrateOptions): Promise<Report> {
  const { listener } = options;
  const warning = targetWarning(settings.to, settings.toOrigin);
  const warn = (): void => {
    if (warning) listener?.({ kind: 'warning', ...warning });
  };
  const { target, root, rejected } = await prepare(command, settings, options).catch((error: unknown) => {
    // Whatever is refused, the password was there to be read.
    warn();
    throw error;
  });
  listener?.({ kind: 'target', label: target.label, origin: settings.toOrigin, dryRun: settings.dryRun });
  warn();
  const scratch = openScratch(settings.tempDir);
  const database = await openDatabase(target, {
    dbSchema: settings.dbSchema,
    dryRun: settings.dryRun,
    ...(options.signal && { signal: options.signal }),
    onRetry: (notice) => listener?.({ kind: 'retry', ...notice }),
  });
  const { label } = target;
  const files = databaseFiles(target);
  return new Run({
    command,
    settings,
    root,
    scratch,
    database,
    label,
    databaseFiles: files,
    options,
    rejected,
  }).execute();
}

/** Refuses what can be refused before anything is opened. */
async function prepare(command: 'run' | 'retry', settings: RunSettings, { environment }: MigrateOptions) {
  const target = parseTarget(settings.to ?? DEFAULT_TARGET, { ...settings, ...(environment && { environment }) });
  const root = realRoot(settings.root);
  const rejected = command === 'retry' ? new RejectsDirectory(root) : undefined;
  if (settings.to === undefined) refuseAsDefault(settings, root);
  refuseUnshareable(settings, target);
  refuseExistingOutputs(settings);
  refuseDefaultsInside(settings, root);
  refuseKeepElsewhere(settings);
  await backupEncryption(settings);
  return { target, root, rejected };
}

/** Checks every record against its dataset's rules, without a database: `migrate-json validate`. */
export async function validate(settings: RunSettings, options: MigrateOptions = {}): Promise<Report> {
  refuseExistingOutputs(settings);
  return new Run({
    command: 'validate',
    settings,
    root: realRoot(settings.root),
    scratch: openScratch(settings.tempDir),
    database: new Nowhere(),
    label: null,
    databaseFiles: [],
    options,
  }).execute();
}

interface RunOptions {
  readonly command: 'run' | 'retry' | 'validate';
  readonly settings: RunSettings;
  readonly root: string;
  readonly scratch: Scratch;
  readonly database: Database;
  /** The target without secrets. */
  readonly label: string | null;
  readonly databaseFiles: readonly string[];
  readonly options: MigrateOptions;
  readonly rejected?: RejectsDirectory | undefined;
}

/** One run: its stages and their order. */
class Run {
  private readonly run: RunOptions;
  private readonly settings: RunSettings;
  private readonly database: Database;
  private readonly signal: AbortSignal | undefined;
  private readonly listener: Listener;
  private readonly runId: string;
  private readonly startedAt = new Date();
  private readonly outputs: RunOutputs;
  private readonly root: SourceRoot;
  private readonly pass: Pass;
  private readonly shared: SharedRun | undefined;
  private readonly settling: Settling | undefined;
  private readonly record: RunRecord;
  private readonly reports: ReportStore;
  private readonly clock = new StageClock();
  private readonly throughput = new ThroughputCounter(this.startedAt);
  private readonly pool: CheckingPool;
  private rejects: RejectsWriter | undefined;
  private lastBatch = 0;
  private loader: Loader | undefined;
  private loading: FileLoading | undefined;
  private sourceChanged = false;

  constructor(run: RunOptions) {
    const { settings, database, options, scratch, databaseFiles, rejected } = run;
    const { signal } = options;
    const { shard, source, tempDir, workers } = settings;
    this.run = run;
    this.settings = settings;
    this.database = database;
    this.signal = signal;
    this.listener = options.listener ?? (() => undefined);
    this.runId = settings.runId ?? newRunId(this.startedAt);
    this.outputs = runOutputs(settings, this.runId, this.startedAt);
    const keepBytes = settings.rejects !== undefined;
    const { rowFormat } = database;
    this.pool = new CheckingPool({ ...settings, source, tempDir, keepBytes, rowFormat }, workers);
    const { listener, goOn } = this;
    const { recognise } = this.pool;
    const { paths: outputs } = this.outputs;
    this.root = new SourceRoot(run.root, { settings, databaseFiles, outputs, rejected, recognise, listener, goOn });
    // A dry run knows of no other shards: each rehearses its part alone.
    const sharing = database.dryRun ? undefined : database.sharing;
    this.shared = shard && sharing && new SharedRun(this.runId, shard, database, sharing, signal);
    const isOwn = shard === undefined ? () => true : (path: string) => isOfShard(path, shard);
    const inventory = new Inventory(scratch);
    this.pass = { scratch, inventory, isOwn, ...(this.shared && { precedence: 'settled-later' }) };
    this.settling = this.shared && this.createSettling(this.shared);
    this.reports = new ReportStore(scratch);
    const warning = targetWarning(settings.to, settings.toOrigin);
    if (warning) this.reports.addWarning({ ...warning, path: null });
    const { runId, startedAt, shared } = this;
    const isNamed = settings.runId !== undefined;
    this.record = new RunRecord({ ...run, runId, root: run.root, startedAt, isNamed, shared, signal });
  }

  private createSettling(shared: SharedRun): Settling {
    return new Settling({
      shared,
      database: this.database,
      root: this.root,
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
      await this.removeOld();
    } catch (caught) {
      error = asMigrateError(caught);
    }
    await this.endLoading();
    await this.pool.close();
    const isCut = error !== undefined && error.exitCode !== EXIT.bug && this.signal?.aborted === true;
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
      rejectCodes: () => head.reject_codes,
      close: () => this.run.scratch.close(),
    };
  }

  private async prepareDatabase(): Promise<void> {
    const missing = await this.database.missingColumns();
    if (missing.length > 0) {
      throw new MigrateError('schema-drift', `the database lacks columns that are needed: ${missing.join(', ')}`);
    }
    const created = await this.database.createTables();
    if (created.length > 0) this.listener({ kind: 'tables-created', tables: created });
    if (!this.database.dryRun) this.lastBatch = await this.record.begin();
  }

  private async scan(pass: Pass): Promise<void> {
    await this.clock.measure('list', 0, () =>
      this.root.examine(pass, latestFiles(this.database), (known) => {
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
      }),
    );
  }

  private async backUp(): Promise<void> {
    const { backup } = this.outputs;
    if (backup === null) return;
    for (const warning of await backupWarnings(this.root.path, backup)) this.warn(warning.code, warning.message);
    if (this.settings.dryRun) return;
    await this.tidyBeside(backup);
    const encrypt = await backupEncryption(this.settings);
    const writer = await BackupWriter.begin(backup, this.outputHead(), encrypt);
    const { goOn, warnOf: warn, listener } = this;
    await backUpFiles({ inventory: this.pass.inventory, root: this.root.path, writer, goOn, warn, listener });
  }

  /** Between two files: an interruption ends the stage, and so does another run that has taken the target. */
  private readonly goOn = (): void => {
    if (this.signal?.aborted) throw new MigrateError('interrupted', 'the run was interrupted');
    this.record.goOn();
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
      remembers: settings.undo,
      ...(precedence && { precedence }),
    });
    if (this.outputs.rejects !== null)
      this.rejects ??= await RejectsWriter.begin(this.outputs.rejects, {
        ...this.outputHead(),
        rootIsApplication: this.root.isApplication,
      });
    this.loading = new FileLoading({
      settings,
      // A thread takes longer to start than a few files take to check.
      chunksOf: (jobs) => (this.root.bytesToCheck < BYTES_FOR_THREADS ? pool.chunksHere(jobs) : pool.chunks(jobs)),
      loader,
      runId,
      reports: this.reports,
      clock: this.clock,
      throughput: this.throughput,
      rejects: this.rejects,
      fingerprintOf: this.root.fingerprintOf,
      listener: this.listener,
      signal: this.signal,
      ...(insertedBefore && { insertedBefore }),
    });
    this.loader = loader;
    this.listener({ kind: 'loading', ...this.root.toLoad });
    return this.loading;
  }

  private async load(pass: Pass, loading: FileLoading): Promise<void> {
    let left = 0;
    for (const phase of pass.inventory.phases()) {
      const files = () => this.root.filesOf(pass, phase).filter(({ path }) => pass.isOwn(path));
      if (loading.stopped === undefined && (await this.shared?.mayLoad(phase)) === false) {
        left += files().reduce((count) => count + 1, 0);
        continue;
      }
      await loading.load(files());
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
    if (this.shared === undefined || !this.record.isBegun) return false;
    await this.endLoading();
    return this.shared.finish(this.head(false, undefined));
  }

  private async archive(): Promise<void> {
    const { archive } = this.outputs;
    if (archive === null || this.settings.dryRun) return;
    await this.tidyBeside(archive);
    const mover = await ArchiveMover.begin(archive, this.outputHead());
    const record = (files: readonly { path: string; archivedTo: string }[]) => this.database.recordArchived(files);
    const { reports, goOn, warnOf: warn, listener } = this;
    const changed = await archiveFiles({ reports, root: this.root.path, mover, record, goOn, warn, listener });
    if (changed) this.sourceChanged = true;
  }

  /** Runs of this target that are not shards of this one are over: it works alone. */
  private async tidyBeside(copy: string): Promise<void> {
    const runs = await knownRuns(this.database);
    await tidyKilledCopies(copy, this.root.path, new Set([...runs].filter((run) => run !== this.runId)));
  }

  /** After a run that left nothing to look at. */
  private async removeOld(): Promise<void> {
    const { keep, dryRun } = this.settings;
    if (keep === undefined || dryRun || this.head(false, undefined).exit_code !== EXIT.complete) return;
    for (const copy of [this.outputs.backup, this.outputs.archive]) {
      if (copy === null) continue;
      const removed = await removeOldCopies(copy, keep, await knownRuns(this.database));
      for (const path of removed) this.warn('removed-old-copy', `removed ${path}: --keep ${keep}`);
    }
  }

  private outputHead(): { runId: string; toolVersion: string; root: string } {
    return { runId: this.runId, toolVersion: TOOL_VERSION, root: this.root.path };
  }

  private readonly warnOf = (code: string, path: string, message: string): void => {
    this.reports.addWarning({ code, path, message });
  };

  private warn(code: string, message: string): void {
    this.reports.addWarning({ code, path: null, message });
    this.listener({ kind: 'warning', code, message });
  }

  private head(
    isCut: boolean,
    error: MigrateError | undefined,
    mayBeEmpty = this.settings.shard !== undefined,
  ): ReportHead {
    const { command, label: target } = this.run;
    return reportHead({
      command,
      runId: this.runId,
      settings: this.settings,
      root: this.root.path,
      target,
      startedAt: this.startedAt,
      counts: this.reports.counts,
      rejectCodes: this.reports.rejectCodes(),
      throughput: this.throughput.series,
      backup: this.outputs.backup,
      archive: this.outputs.archive,
      error,
      stopped: isCut ? 'signal' : this.loading?.stopped,
      terminated: this.signal?.reason === 'SIGTERM',
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
    if (!this.record.isBegun) return [head, undefined];
    try {
      if (isWhole && this.shared && this.settling)
        return [await this.recordWholeRun(this.shared, this.settling, head), undefined];
      await this.record.end(head);
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
    await this.record.end(head);
    await this.record.endWhole(sharedHead(head, others, counts, this.settings));
    return head;
  }
}

function asMigrateError(error: unknown): MigrateError {
  if (error instanceof MigrateError) return error;
  return new MigrateError('bug', 'migrate-json met something that it does not know', { cause: error });
}
