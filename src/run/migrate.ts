import { NullDatabase } from '../databases/null-database.ts';
import { openDatabase } from '../databases/open.ts';
import { RefusedRow } from '../databases/refused-row.ts';
import { ERRORS, EXIT, MigrateError } from '../errors.ts';
import { realRoot } from '../files/real-root.ts';
import { openScratch } from '../files/scratch.ts';
import { RejectsDirectory } from '../inventory/rejects-directory.ts';
import { datasetsIn, latestFilesOf } from '../ledger/ledger.ts';
import type { Listener } from '../report/events.ts';
import { unchangedEntry } from '../report/ledger-entry.ts';
import type { Report, ReportHead } from '../report/report.ts';
import { type EndOfRun, reportHead, sharedHead } from '../report/report-head.ts';
import { wordsOfPartitions } from '../schema/comparison/partitions.ts';
import { obstaclesToLoad } from '../schema/comparison/plan.ts';
import { zonesInDoubt } from '../schema/comparison/zones-in-doubt.ts';
import type { Table } from '../schema/table.ts';
import { refuseExistingOutputs } from '../settings/refuse-outputs.ts';
import type { RunSettings } from '../settings/settings.ts';
import { DEFAULT_TARGET, databaseFiles, parseTarget, type TargetOptions, targetWarning } from '../settings/target.ts';
import { counted } from '../system/quantities.ts';
import { goneWords } from '../verification/rows-below.ts';
import { haveArchivedAll, runsWithoutEnd } from './archived-before.ts';
import { refuseBeforehand, refuseObstacles, refuseOtherRun } from './preconditions.ts';
import { type RunContext, type RunOptions, runContext } from './run-context.ts';
import { RunLoading } from './run-loading.ts';
import { Settling } from './settling.ts';
import { archive, backUp, removeOld } from './source-copies.ts';
import { tablesCreated, tablesToCreate } from './tables-to-create.ts';
import { takenOnce, wordsOfUnkeyed } from './taken-once.ts';

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

/** Checks every record against its dataset's rules, without a database: `migrate-json validate`. */
export async function validate(settings: RunSettings, { listener, signal }: MigrateOptions = {}): Promise<Report> {
  refuseExistingOutputs(settings);
  const root = realRoot(settings.root);
  const scratch = openScratch(settings.tempDir);
  const nowhere = { database: new NullDatabase(settings.registry.tables, scratch), target: null, databaseFiles: [] };
  return new Run({ command: 'validate', settings, root, scratch, ...nowhere, listener, signal }).execute();
}

async function load(command: 'run' | 'retry', settings: RunSettings, options: MigrateOptions): Promise<Report> {
  const { listener, signal } = options;
  const warning = targetWarning(settings.to, settings.toOrigin, options.environment);
  const warn = (): void => {
    if (warning) listener?.({ kind: 'warning', ...warning });
  };
  const { target, ...sources } = await prepare(command, settings, options).catch((error: unknown) => {
    // Whatever is refused, the password was there to be read.
    warn();
    throw error;
  });
  const { label } = target;
  const { dbSchema, ledgerSchema, databaseZone, dryRun } = settings;
  listener?.({ kind: 'target', label, origin: settings.toOrigin, dryRun });
  warn();
  const scratch = openScratch(settings.tempDir);
  const database = await openDatabase(target, {
    dbSchema,
    ledgerSchema,
    databaseZone,
    declared: settings.registry.tables,
    tempDir: settings.tempDir,
    batchesAtOnce: { wanted: settings.connections, workers: settings.workers },
    dryRun,
    ...(signal && { signal }),
    onRetry: (notice) => listener?.({ kind: 'retry', ...notice }),
  });
  const { runId, shard } = settings;
  if (runId !== undefined && shard === undefined)
    await refuseOtherRun(database, { runId, command }).catch(async (error: unknown) => {
      await database.close();
      scratch.close();
      throw error;
    });
  const opened = { scratch, database, target: label, databaseFiles: databaseFiles(target) };
  return new Run({ command, settings, ...sources, ...opened, targetWarning: warning, listener, signal }).execute();
}

async function prepare(command: 'run' | 'retry', settings: RunSettings, { environment }: MigrateOptions) {
  const target = parseTarget(settings.to ?? DEFAULT_TARGET, { ...settings, ...(environment && { environment }) });
  const root = command === 'retry' ? realRoot(settings.root, ERRORS['not-rejects'].hint) : realRoot(settings.root);
  const rejected = command === 'retry' ? new RejectsDirectory(root, settings.registry) : undefined;
  await refuseBeforehand(settings, target, root);
  return { target, root, rejected };
}

/** One run: its stages and their order. */
class Run {
  private readonly parts: RunContext;
  private readonly loading: RunLoading;
  private readonly settling: Settling | undefined;
  private runsWithoutEnd: ReadonlySet<string> = new Set();
  /** Nothing is left to load, because such a run has done all of it. */
  private isDoneBefore = false;

  constructor(options: RunOptions) {
    this.parts = runContext(options);
    this.loading = new RunLoading(this.parts);
    const { shared } = this.parts;
    this.settling = shared && new Settling({ ...this.parts, shared, loading: this.loading });
  }

  async execute(): Promise<Report> {
    const { clock, database, listener, pool, reports, scratch, signal } = this.parts;
    let isWhole = false;
    let error: MigrateError | undefined;
    try {
      isWhole = await this.takeStages();
    } catch (caught) {
      error = asMigrateError(caught);
    }
    await this.loading.close();
    await pool.close();
    const isCut = error !== undefined && error.exitCode !== EXIT.bug && signal?.aborted === true;
    if (isCut) error = undefined;
    let head = this.head(isCut ? { stopped: 'signal' } : { error });
    try {
      head = await this.recordEnd(head, isWhole);
    } catch (failure) {
      // What was asked for may be done, and nobody will know: never exit code 0.
      error ??= asMigrateError(failure);
      head = this.head(isCut ? { stopped: 'signal', error } : { error });
      await this.parts.record.end(head).catch(() => undefined);
    }
    await database.close();
    listener({ kind: 'stages', stages: clock.stages });
    return {
      head,
      ...(error && { error }),
      files: () => reports.fileReports(),
      warnings: () => reports.warnings(),
      rejectCodes: () => head.reject_codes,
      close: () => scratch.close(),
    };
  }

  /** True for the last of the shards that share the run, when everything is loaded. */
  private async takeStages(): Promise<boolean> {
    const { clock, settings } = this.parts;
    await this.listAndBegin();
    await clock.measure('back up', 0, () => backUp(this.parts));
    await this.load();
    if (this.isComplete) this.warnOfMisspellings();
    if (this.isComplete) await this.lookForArchived();
    if (this.isComplete) await clock.measure('archive', 0, () => archive(this.parts));
    const isLast = this.isComplete && (await this.finishShard());
    if (isLast) await this.settling?.settle();
    await this.loading.finishRejects();
    if (settings.keep !== undefined && this.head().exit_code === EXIT.complete) {
      await removeOld(this.parts, settings.keep);
    }
    return isLast && this.isComplete;
  }

  /** The same command after a run that was killed when it had only its end to record. */
  private async lookForArchived(): Promise<void> {
    const { outputs, warn } = this.parts;
    const { totals } = this.head();
    if (outputs.archive === null || totals.files > totals.files_unrecognised || this.runsWithoutEnd.size === 0) return;
    this.isDoneBefore = await haveArchivedAll(this.parts, this.runsWithoutEnd);
    const [run = ''] = this.runsWithoutEnd;
    if (this.isDoneBefore)
      warn('archived-before', `nothing is left: run ${run} was stopped when it had loaded and archived every file`);
  }

  private async listAndBegin(): Promise<void> {
    const { settings, clock, database, root, gone, outputs, listener, warn } = this.parts;
    const shape = await database.examine();
    refuseObstacles(shape, []);
    if (outputs.archive !== null) this.runsWithoutEnd = await runsWithoutEnd(database, root.path);
    const obstacles = obstaclesToLoad(shape);
    gone.leaveOut(new Set(obstacles.map(({ table }) => table)));
    // A table that cannot be loaded into may not be needed: only the files tell. Nothing is made before.
    const ledger = obstacles.length === 0 && !database.dryRun ? await this.begin([]) : [];
    await clock.measure('list', 0, () => this.scan());
    const tables = tablesToCreate(settings.registry.neededTables(root.datasets), shape);
    refuseObstacles(shape, tables);
    for (const words of zonesInDoubt(shape, tables, settings)) warn('database-zone', words);
    for (const words of wordsOfPartitions(shape, tables)) warn('open-partitions', words);
    for (const words of wordsOfUnkeyed(database, tables)) warn('no-key', words);
    const created = [...(await this.begin(tables)), ...ledger];
    if (created.length > 0) listener(tablesCreated(created, tables));
  }

  /** Creates what is missing of these tables, and takes the target once the ledger is there. */
  private async begin(tables: readonly Table[]): Promise<readonly string[]> {
    const { database, record } = this.parts;
    const created = await database.createTables(tables);
    if (!database.dryRun) await record.begin();
    return created;
  }

  private async scan(): Promise<void> {
    const { command, settings, root, pass, database, gone, reports, misspellings, shared, listener, warn } = this.parts;
    if (command === 'run' && !settings.reload) await gone.find({ looksBelow: settings.archive });
    if (gone.absentOwners > 0)
      warn(
        'rows-gone',
        `${gone.absentOwners} owners of rows have no row of their own any more: --reload makes them again`,
      );
    const isOpen = (path: string): boolean => gone.isVoid(path);
    const isTakenOnce = await takenOnce(database, settings.registry);
    await root.examine({ ...pass, isOpen, isTakenOnce }, latestFilesOf(root.path, database), (known) => {
      const missing = gone.skip(known.path);
      misspellings.noteUnread(datasetsIn(known));
      reports.addUnchanged(known, missing.gone);
      shared?.noteUnchanged(known, missing.gone);
      for (const words of goneWords(missing)) reports.warn('rows-gone', known.path, words);
      // Parsed only where somebody looks at it.
      listener({
        kind: 'file',
        get entry() {
          return unchangedEntry(known.entry);
        },
      });
    });
  }

  private async load(): Promise<void> {
    const { pass, root, shared, warn } = this.parts;
    const loading = await this.loading.begin(pass);
    let left = 0;
    for (const phase of pass.inventory.phases()) {
      const files = () => root.filesOf(pass, phase).filter(({ path }) => pass.isOwn(path));
      if (loading.stopped === undefined && (await shared?.mayLoad(phase)) === false) {
        left += files().reduce((count) => count + 1, 0);
        continue;
      }
      await loading.load(files());
    }
    if (left === 0) return;
    const message = `${counted(left, 'file')} may refer to files of other shards that are not loaded yet: the last shard loads ${left === 1 ? 'it' : 'them'}`;
    warn('left-to-last-shard', message);
  }

  /** Not where some of the files are not looked at. */
  private warnOfMisspellings(): void {
    const { command, settings, misspellings, shared, warn } = this.parts;
    const { include, exclude, only } = settings;
    if (command === 'retry' || shared || include.length + exclude.length + only.length > 0) return;
    for (const words of misspellings.unmatched()) warn('pattern-without-files', words);
    for (const words of misspellings.idle()) warn('dataset-without-records', words);
    for (const words of misspellings.neverThere()) warn('member-never-there', words);
  }

  private get isComplete(): boolean {
    return this.loading.stopped === undefined;
  }

  /** True for the last of the shards that share the run. */
  private async finishShard(): Promise<boolean> {
    return (await this.parts.shared?.finish(this.head())) ?? false;
  }

  /** The last shard ends the run as well. The report says then whether the whole run was empty. */
  private async recordEnd(head: ReportHead, isWhole: boolean): Promise<ReportHead> {
    const { record, settings, shared } = this.parts;
    if (!isWhole || !shared || !this.settling) {
      await record.end(head);
      return head;
    }
    const reports = await shared.reports();
    const counts = await this.settling.countsOfRun(reports, head);
    const own = this.head({ mayBeEmpty: counts.totals.files > counts.totals.files_unrecognised });
    await record.end(own);
    const others = reports.filter((report) => report.shard !== own.shard);
    await record.endWhole(sharedHead(own, others, counts, settings));
    return own;
  }

  private head(end: Partial<EndOfRun> = {}): ReportHead {
    const done = this.isDoneBefore && { mayBeEmpty: true };
    return reportHead({ ...this.parts, stopped: this.loading.stopped, ...done, ...end });
  }
}

function asMigrateError(error: unknown): MigrateError {
  if (error instanceof MigrateError) return error;
  if (error instanceof RefusedRow) return new MigrateError('database-refused', error.message, { cause: error.cause });
  return new MigrateError('bug', 'migrate-json met something that it does not know', { cause: error });
}
