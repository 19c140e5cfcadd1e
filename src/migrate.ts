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
import { BackupWriter, backupWarnings } from './files/backup.ts';
import { RejectsWriter } from './files/rejects-writer.ts';
import { Inventory } from './inventory.ts';
import { latestFiles, ledgerBatches, unchangedEntry } from './ledger/ledger.ts';
import { FileLoading } from './load-files.ts';
import { archiveFiles } from './pipeline/archive.ts';
import { backUpFiles } from './pipeline/backup.ts';
import { listFiles } from './pipeline/list.ts';
import { Loader } from './pipeline/load.ts';
import { restoreFile, scanFiles } from './pipeline/scan.ts';
import {
  DEFAULT_TARGET,
  realRoot,
  refuseAsDefault,
  refuseDefaultsInside,
  refuseExistingOutputs,
} from './preconditions.ts';
import type { Report, ReportHead } from './report/report.ts';
import { reportHead } from './report/report-head.ts';
import { ReportStore } from './report/report-store.ts';
import { newRunId } from './run-id.ts';
import { canonicalNow } from './schema/version.ts';
import { openScratch, type Scratch } from './scratch.ts';
import type { RunSettings } from './settings.ts';
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
  refuseExistingOutputs(settings);
  refuseDefaultsInside(settings, root);
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
  private readonly inventory: Inventory;
  private readonly reports: ReportStore;
  private readonly clock = new StageClock();
  private readonly pool: CheckingPool;
  private readonly outputs: readonly string[];
  private readonly databaseFiles: readonly string[];
  private readonly backupDir: string | null;
  private readonly archiveDir: string | null;
  /** By dataset: asked for once per file. */
  private readonly fingerprints = new Map<string, string>();
  private isRecorded = false;
  private lastBatch = 0;
  private rootIsApplication = false;
  private bytesToCheck = 0;

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
    this.backupDir = settings.backup ? resolve(settings.backupDir ?? join('migrate-json-backups', this.runId)) : null;
    this.archiveDir = settings.archive
      ? resolve(settings.archiveDir ?? join('migrate-json-archive', this.runId))
      : null;
    const named = [this.backupDir, this.archiveDir, settings.rejects, ...settings.report];
    this.outputs = named.filter((path) => path != null).map((path) => resolve(path));
    this.scratch = scratch;
    this.inventory = new Inventory(this.scratch);
    this.reports = new ReportStore(this.scratch);
    const { rowFormat } = database;
    const keepBytes = settings.rejects !== undefined;
    const { source, tempDir } = settings;
    this.pool = new CheckingPool({ ...settings, source, tempDir, keepBytes, rowFormat }, settings.workers);
  }

  async execute(): Promise<Report> {
    let error: MigrateError | undefined;
    let loading: FileLoading | undefined;
    let changedLate = false;
    try {
      await this.prepareDatabase();
      await this.clock.measure('list', 0, () => this.scan());
      await this.clock.measure('back up', 0, () => this.backUp());
      loading = await this.createLoading();
      await this.load(loading);
      const isWhole = loading.stopped === undefined;
      if (isWhole) changedLate = await this.clock.measure('archive', 0, () => this.archive());
    } catch (caught) {
      error = asMigrateError(caught);
    }
    await loading?.close();
    await this.pool.close();
    const isCut = error !== undefined && error.exitCode !== EXIT.bug && this.options.signal?.aborted === true;
    if (isCut) error = undefined;
    const head = this.head(loading, isCut, error, changedLate);
    error = (await this.recordEnd(head)) ?? error;
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
    this.lastBatch = await this.database.beginRun({
      run_id: this.runId,
      tool_version: TOOL_VERSION,
      command: this.command,
      root: this.root,
      status: 'running',
      started_at: canonicalNow(this.startedAt),
    });
    this.isRecorded = true;
  }

  private async scan(): Promise<void> {
    const { settings } = this;
    let [files, bytes] = [0, 0];
    const selection = { ...settings, never: this.databaseFiles, outputs: this.outputs };
    const { entries, isChosen, isApplication } = await listFiles(this.root, selection, this.inventory);
    this.rootIsApplication = isApplication;
    const scanOptions = {
      ...settings,
      isChosen,
      owner: { layout: settings.layout, user: settings.user, rootIsApplication: isApplication },
      fingerprintOf: this.fingerprintOf,
      recognise: this.pool.recognise,
    };
    const countFile = (file?: SourceFile): void => {
      this.goOn();
      files++;
      bytes += file?.bytes ?? 0;
      if (file?.verdict.kind === 'recognised') this.bytesToCheck += file.bytes ?? 0;
      if (files % 500 === 0) this.listener({ kind: 'scanning', files, bytes });
    };
    await scanFiles(entries, this.inventory, latestFiles(this.database), scanOptions, {
      onFile: countFile,
      onUnchanged: (known) => {
        countFile();
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
    const writer = await BackupWriter.begin(this.backupDir, this.outputHead());
    await backUpFiles(this.inventory, this.root, writer, this.goOn, this.warnOf);
  }

  /** Between two files: an interruption ends the stage. */
  private readonly goOn = (): void => {
    if (this.options.signal?.aborted) throw new MigrateError('interrupted', 'the run was interrupted');
  };

  private async createLoading(): Promise<FileLoading> {
    const { settings, scratch, database, runId, pool } = this;
    const ledgerClaims = new LedgerClaims(scratch, this.inventory, () => ledgerBatches(database));
    const codec = rowCodec(database.rowFormat);
    const loader = new Loader(database, codec, new RunClaims(scratch), ledgerClaims, {
      runId,
      lastBatch: this.lastBatch,
      onConflict: settings.onConflict,
      wholeFiles: settings.strict,
    });
    return new FileLoading({
      settings,
      // A thread takes longer to start than a few files take to check.
      chunksOf: (jobs) => (this.bytesToCheck < BYTES_FOR_THREADS ? pool.chunksHere(jobs) : pool.chunks(jobs)),
      loader,
      runId,
      reports: this.reports,
      clock: this.clock,
      rejects:
        settings.rejects === undefined
          ? undefined
          : await RejectsWriter.begin(resolve(settings.rejects), this.outputHead()),
      fingerprintOf: this.fingerprintOf,
      listener: this.listener,
      signal: this.options.signal,
    });
  }

  private async load(loading: FileLoading): Promise<void> {
    for (const phase of this.inventory.phases()) {
      const files = this.inventory.filesOf(phase);
      await loading.load(Iterator.from(files).map((stored) => restoreFile(stored, this.root)));
    }
    await loading.finish();
  }

  /** True when a file changed after it was moved. */
  private async archive(): Promise<boolean> {
    if (this.archiveDir === null || this.settings.dryRun) return false;
    const mover = await ArchiveMover.begin(this.archiveDir, this.outputHead());
    const record = (files: readonly { path: string; archivedTo: string }[]) => this.database.recordArchived(files);
    return archiveFiles(this.reports, this.root, mover, record, this.goOn, this.warnOf);
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

  private head(
    loading: FileLoading | undefined,
    isCut: boolean,
    error: MigrateError | undefined,
    changedLate: boolean,
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
      stopped: isCut ? 'signal' : loading?.stopped,
      terminated: signal?.reason === 'SIGTERM',
      sourceChanged: changedLate || (loading?.sourceChanged ?? false),
    });
  }

  private async recordEnd(head: ReportHead): Promise<MigrateError | undefined> {
    if (!this.isRecorded) return undefined;
    try {
      await this.database.updateRun(this.runId, {
        status: head.status,
        exit_code: head.exit_code,
        finished_at: canonicalNow(),
        report: JSON.stringify(head),
      });
      return undefined;
    } catch (error) {
      return asMigrateError(error);
    }
  }
}

function asMigrateError(error: unknown): MigrateError {
  if (error instanceof MigrateError) return error;
  return new MigrateError('bug', 'migrate-json met something that it does not know', { cause: error });
}
