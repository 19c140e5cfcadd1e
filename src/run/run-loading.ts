import { columnRepairs } from '../databases/column-repairs.ts';
import type { Database } from '../databases/database.ts';
import { rowCodec } from '../databases/open.ts';
import { RejectsWriter } from '../files/rejects-writer.ts';
import { ledgerBatches, ledgerRuns } from '../ledger/ledger.ts';
import type { ConflictMode } from '../load/decide.ts';
import { EarlierRows } from '../load/earlier-rows.ts';
import { LedgerClaims } from '../load/ledger-claims.ts';
import { LeftRows } from '../load/left-rows.ts';
import { Loader } from '../load/load.ts';
import { FileLoading } from '../load/load-files.ts';
import { RejectedRows } from '../load/rejected-rows.ts';
import { RunClaims } from '../load/run-claims.ts';
import type { StopReason } from '../report/outcome.ts';
import type { RunSettings } from '../settings/settings.ts';
import { type Pass, stateFilesIn } from './pass.ts';
import type { RunContext } from './run-context.ts';

const NO_TABLES: ReadonlySet<string> = new Set();

/** The loading of one pass after the other: their batches are numbered on, and what they reject lies in one directory. */
export class RunLoading {
  private readonly parts: RunContext;
  private loader: Loader | undefined;
  private current: FileLoading | undefined;
  private rejects: RejectsWriter | undefined;

  constructor(parts: RunContext) {
    this.parts = parts;
  }

  /** Why the last pass stopped early. */
  get stopped(): StopReason | undefined {
    return this.current?.stopped;
  }

  async begin(pass: Pass): Promise<FileLoading> {
    const { scratch, inventory, precedence, insertedBefore } = pass;
    const { command, settings, database, runId, record, shared, pool, root, outputs, outputHead, listener } =
      this.parts;
    await this.close();
    // Where a reject ends the run or refuses its file, batches after it must not be there.
    const batchesAtOnce = settings.maxErrors === undefined && !settings.strict ? database.batchesAtOnce : 1;
    const ledgerClaims = new LedgerClaims(scratch, {
      runId,
      heldBy: (path) => inventory.heldBy(path),
      heldBefore: (path) => inventory.heldBefore(path, runId),
      batches: () => ledgerBatches(database),
      runs: () => ledgerRuns(database),
      isThere: (path) => inventory.has(path),
      ...(shared && { beside: shared.beside }),
    });
    const batches = (): ReturnType<Database['ledgerRows']> => database.ledgerRows({ kind: 'batches' });
    const known = {
      left: new LeftRows(scratch, database.declared, batches),
      earlier: new EarlierRows(scratch, database.declared, batches),
    };
    this.loader = new Loader(database, rowCodec(database.rowFormat), new RunClaims(scratch), ledgerClaims, known, {
      declared: database.declared,
      runId,
      lastBatch: this.loader?.lastBatch ?? record.lastBatch,
      onConflictOf: (dataset) => conflictMode(settings, dataset),
      takesNumbers: (dataset) =>
        settings.isConflictDecided || settings.registry.find(dataset)?.onConflict !== undefined,
      surplusGoes: (dataset) => settings.registry.get(dataset).surplusGoes ?? NO_TABLES,
      hasStates: (dataset) => settings.registry.get(dataset).hasStates === true,
      overwritesHolders: command === 'retry' && settings.onConflict === 'overwrite',
      levelOf: (dataset) => settings.registry.levelOf(dataset),
      repairs: columnRepairs(settings),
      wholeFiles: settings.strict,
      remembers: settings.undo,
      batchesAtOnce,
      ...(precedence && { precedence }),
    });
    if (outputs.rejects !== null) {
      const head = { ...outputHead, rootIsApplication: root.isApplication, rootHasSettings: root.hasSettings };
      this.rejects ??= await RejectsWriter.begin(outputs.rejects, head);
    }
    this.current = new FileLoading({
      ...this.parts,
      chunksOf: (jobs) => pool.chunks(jobs, root.bytesToCheck, stateFilesIn(pass, root.path, settings.registry)),
      loader: this.loader,
      batchesAtOnce,
      rejects: this.rejects,
      rejectedRows: new RejectedRows(scratch),
      fingerprintOf: root.fingerprintOf,
      ...(insertedBefore && { insertedBefore }),
      ...(shared && { heldBefore: (path) => inventory.heldBefore(path, runId) }),
    });
    listener({ kind: 'loading', ...root.toLoad });
    return this.current;
  }

  /** A file is loaded again: what was rejected of it is no longer so. */
  async forgetRejects(path: string): Promise<void> {
    await this.rejects?.remove(path);
  }

  async finishRejects(): Promise<void> {
    await this.rejects?.finish();
  }

  /** Also where something failed: the batch that is loading is not left alone. */
  async close(): Promise<void> {
    await this.current?.close();
  }
}

/** What its declaration says holds unless the run was given another mode. */
function conflictMode({ onConflict, registry }: RunSettings, dataset: string): ConflictMode {
  const declared = registry.find(dataset)?.onConflict;
  return onConflict === 'update' && declared !== undefined ? declared : onConflict;
}
