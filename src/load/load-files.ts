import { setImmediate } from 'node:timers/promises';
import type { Chunk, FileEnd, FileSlice, FileToCheck, RejectedRecord } from '../checking/chunk.ts';
import { collectionAt } from '../checking/collections.ts';
import { fileToCheck, inJobs } from '../checking/jobs.ts';
import { NO_RECORDS } from '../checking/packed-records.ts';
import { count } from '../datasets/account.ts';
import { isUnexplained, UNRECOGNISED } from '../datasets/recognise.ts';
import type { Registry } from '../datasets/registry.ts';
import type { RejectsWriter } from '../files/rejects-writer.ts';
import type { NamedCollection, RecognisedFile, SourceFile, Verdict } from '../inventory/source.ts';
import { pointerTokens } from '../json/pointer.ts';
import { type Finding, rejectAt, WHOLE_FILE } from '../reject.ts';
import type { Listener } from '../report/events.ts';
import type { StopReason } from '../report/outcome.ts';
import type { FileEntry } from '../report/report.ts';
import type { ReportStore } from '../report/report-store.ts';
import type { StageClock } from '../report/stage-clock.ts';
import { type FileSums, FileTally } from '../report/tally.ts';
import type { ThroughputCounter } from '../report/throughput.ts';
import type { RunSettings } from '../settings/settings.ts';
import { EventLoopTurn } from '../system/yield-to-event-loop.ts';
import type { FilePart, LoadResult } from './batch.ts';
import { besideWords } from './beside-words.ts';
import { filePart, type LedgerOfFiles } from './file-part.ts';
import type { Loader } from './load.ts';
import type { RejectedRows } from './rejected-rows.ts';
import { StopCondition } from './stop-condition.ts';
import { type RejectedFrom, ToldRejects } from './told-rejects.ts';
import { WaitingBatch } from './waiting-batch.ts';

export interface FileLoadingOptions extends LedgerOfFiles {
  readonly settings: RunSettings;
  readonly chunksOf: (jobs: AsyncIterable<readonly FileToCheck[]>) => AsyncIterable<Chunk>;
  readonly loader: Loader;
  readonly batchesAtOnce: number;
  readonly reports: ReportStore;
  readonly clock: StageClock;
  readonly throughput: ThroughputCounter;
  readonly rejects: RejectsWriter | undefined;
  readonly rejectedRows: RejectedRows;
  /** Is told what was in files. */
  readonly misspellings: {
    noteSeen(members: Chunk['seen']): void;
    noteFile(entry: FileEntry, verdict: Verdict): void;
  };
  readonly listener: Listener;
  readonly signal: AbortSignal | undefined;
  /** Of files that the same run loads again: what it counted for them. */
  readonly insertedBefore?: (path: string) => FileSums['tables'];
}

/** Loads checked files in batches: small files share one; a file larger than a batch commits in several, its ledger row with the last. */
export class FileLoading {
  private readonly options: FileLoadingOptions;
  private readonly registry: Registry;
  private readonly turn = new EventLoopTurn();
  /** Files that were begun, by their number. */
  private readonly begun = new Map<number, FileTally>();
  /** The number of the file of which more follows. */
  private unfinished: number | undefined;
  private files = 0;
  private readonly batch: WaitingBatch;
  private readonly rejects: ToldRejects;
  private readonly stop: StopCondition;
  private bytesOnDisk = 0;
  private filesDone = 0;

  constructor(options: FileLoadingOptions) {
    const { settings, clock, loader, reports, rejects, signal } = options;
    this.options = options;
    this.registry = settings.registry;
    this.rejects = new ToldRejects(reports, rejects);
    this.stop = new StopCondition(settings.maxErrors, signal);
    this.batch = new WaitingBatch({
      atOnce: options.batchesAtOnce,
      batchBytes: settings.batchBytes,
      clock,
      mayLoadBeside: (parts) => loader.mayLoadBeside(parts),
      load: (parts, isBeside) => loader.load(parts, isBeside),
      loaded: (result, since) => this.takeOver(result, since),
    });
  }

  /** Why it ended before its last file. */
  get stopped(): StopReason | undefined {
    return this.stop.reason;
  }

  /** All files of one phase. What later phases refer to is in the database afterwards. */
  async load(files: Iterable<SourceFile>): Promise<void> {
    const source = files[Symbol.iterator]();
    if (!this.stop.isMet) {
      for await (const chunk of this.options.chunksOf(inJobs(this.filesToCheck(source)))) {
        await this.addChunk(chunk);
        // Chunks that have arrived would else be taken one after the other while the database waits to be answered.
        await setImmediate();
        if (this.stop.isMet) break;
      }
    }
    for (const tally of this.begun.values()) await this.notReached(tally);
    this.begun.clear();
    for (let next = source.next(); !next.done; next = source.next()) await this.addUnchecked(next.value);
    await this.batch.flush();
    await this.batch.loaded();
  }

  /** Also where something failed: the batch that is loading is not left alone. */
  async close(): Promise<void> {
    await this.batch.close();
  }

  /** Files that are worth a check. The others are done with on the way. */
  private async *filesToCheck(files: Iterator<SourceFile>): AsyncGenerator<FileToCheck> {
    for (let next = files.next(); !next.done; next = files.next()) {
      const file = next.value;
      await this.rejects.beginFile(file.path);
      if (file.verdict.kind === 'recognised') yield this.begin(file, file.verdict);
      else await this.addUnchecked(file);
    }
  }

  private begin(file: SourceFile, recognised: RecognisedFile): FileToCheck {
    const number = this.files++;
    const tally = this.tallyFor(file);
    tally.before = this.options.insertedBefore?.(file.path) ?? {};
    this.begun.set(number, tally);
    return fileToCheck(number, file, recognised);
  }

  private tallyFor(file: SourceFile): FileTally {
    const { verdict } = file;
    return new FileTally(file, verdict.kind === 'recognised' && this.registry.get(verdict.dataset).isOwned);
  }

  private async addUnchecked(file: SourceFile): Promise<void> {
    await this.turn.take();
    const { verdict } = file;
    const tally = this.tallyFor(file);
    if (verdict.kind === 'recognised') return this.notReached(tally);
    if (verdict.kind === 'failed') await this.reject(tally, { rejects: [rejectAt(verdict.place, verdict.finding)] });
    else await this.explain(tally, verdict.reason);
    this.bytesOnDisk += file.bytes ?? 0;
    await this.wait({ ...filePart(tally, true, this.options), packed: NO_RECORDS, first: 0, count: 0 });
  }

  private async explain(tally: FileTally, reason: string): Promise<void> {
    if (!isUnexplained(reason)) return;
    this.options.reports.warn('not-read', tally.file.path, UNRECOGNISED[reason]);
    if (!this.options.settings.strict) return;
    const finding: Finding = { code: 'strict-unexplained', pointer: '', message: UNRECOGNISED[reason] };
    await this.reject(tally, { rejects: [rejectAt(WHOLE_FILE, finding)] });
  }

  private async notReached(tally: FileTally): Promise<void> {
    tally.notReached = this.stopped ?? null;
    await this.wait({ ...filePart(tally, true, this.options), packed: NO_RECORDS, first: 0, count: 0 });
  }

  /** All slices of a chunk go into one batch: its memory is given back when that is loaded. */
  private async addChunk({ packed, slices, seen, bytes, bytesOnDisk, times }: Chunk): Promise<void> {
    const { clock } = this.options;
    clock.add('read', times.read, bytes);
    clock.add('validate', times.validate, bytes);
    clock.add('map', times.map, bytes);
    this.options.misspellings.noteSeen(seen);
    this.options.loader.noteKeys(packed);
    await this.makeRoom(slices);
    for (const slice of slices) {
      if (this.stop.isMet) break;
      const tally = this.tallyOf(slice);
      this.unfinished = slice.end === undefined ? slice.file : undefined;
      const collection = collectionAt(tally.file, slice.collection, this.registry);
      await this.addSlice(slice, tally, collection);
      const { first, count, shared, isRefused } = slice;
      const part = filePart(tally, slice.end !== undefined, this.options);
      this.batch.add({ ...part, packed, first, count, collection, shared, isRefused });
      if (slice.end) this.begun.delete(slice.file);
    }
    this.bytesOnDisk += bytesOnDisk;
    this.batch.addBytes(bytes);
    this.showProgress();
    if (this.batch.isFull && !this.mustStayWhole(slices.at(-1))) await this.batch.flush();
  }

  /** Before a file that would not fit into the batch at hand, but fits into one. */
  private async makeRoom([first]: readonly FileSlice[]): Promise<void> {
    if (first === undefined || first.file === this.unfinished || !this.mustStayWhole(first)) return;
    if (!this.batch.hasRoomFor(this.tallyOf(first).file.bytes ?? 0)) await this.batch.flush();
  }

  /** More of a file follows that commits as a whole. */
  private mustStayWhole(slice: FileSlice | undefined): boolean {
    if (slice === undefined || slice.end !== undefined) return false;
    return (this.tallyOf(slice).file.bytes ?? 0) <= this.options.settings.batchBytes;
  }

  private tallyOf({ file }: FileSlice): FileTally {
    const tally = this.begun.get(file);
    if (tally === undefined) throw new TypeError(`file ${file} was not begun`);
    return tally;
  }

  private async addSlice(slice: FileSlice, tally: FileTally, collection: NamedCollection | undefined): Promise<void> {
    const { rejected, leftOut, namedOwner, end } = slice;
    for (const [rule, records] of Object.entries(leftOut)) count(tally.leftOut, rule, records);
    this.stop.records += slice.count + rejected.length;
    const from = { collection, shared: slice.shared };
    for (const each of rejected) await this.reject(tally, each, from);
    if (namedOwner !== undefined) {
      tally.owner = namedOwner;
      tally.ownerFrom = 'record';
    }
    if (end) await this.conclude(end, tally);
  }

  private async conclude({ sha256, envelope, finding }: FileEnd, tally: FileTally): Promise<void> {
    tally.sha256 = sha256;
    tally.envelopeMembers = envelope.length;
    const { path, verdict } = tally.file;
    if (envelope.length > 0) this.options.reports.warn('beside-records', path, besideWords(envelope));
    if (verdict.kind === 'recognised' && verdict.isPart) tally.notReached ??= 'only';
    if (finding !== undefined) await this.reject(tally, { rejects: [finding] });
  }

  /** One record, or with `record: null` the file as a whole, is not loaded. */
  private async reject(tally: FileTally, rejected: RejectedRecord, from: RejectedFrom = {}): Promise<void> {
    tally.rejectByChecks(from.collection?.dataset);
    if (rejected.rejects.some(({ code }) => code === 'source-changed')) this.options.reports.sourceChanged = true;
    await this.report(tally, rejected, from);
  }

  private async report(tally: FileTally, rejected: RejectedRecord, from: RejectedFrom): Promise<void> {
    this.stop.rejected++;
    const { rejects, names } = rejected;
    if (rejects[0] && names) this.options.rejectedRows.note(tally.file.path, rejects[0], names);
    await this.rejects.add(tally.file, rejected, from);
  }

  private async wait(part: FilePart): Promise<void> {
    this.batch.add(part);
    if (this.batch.hasAllFiles) await this.batch.flush();
  }

  /** Takes over what became of a batch. */
  private async takeOver({ parts, warnings }: LoadResult, since: number): Promise<void> {
    let rows = 0;
    const { rejectedRows } = this.options;
    for (const { part, rejected } of parts)
      for (const { record, reject } of rejected) rejectedRows.noteGroup(part.tally.file.path, reject, record.group);
    for (const { part, tally, rejected } of parts) {
      rows -= part.tally.rowCount;
      part.tally.adopt(tally);
      rows += part.tally.rowCount;
      const from = { collection: part.collection, shared: part.shared };
      for (const { record, reject } of rejected) {
        const { bytes, pointer, index, isMember, group } = record;
        const key = isMember ? pointerTokens(pointer)?.at(-1) : undefined;
        const rejects = [rejectedRows.explained(reject, group, { path: part.tally.file.path, pointer })];
        await this.report(part.tally, { rejects, bytes, key, pointer, index }, from);
      }
      if (part.last) this.release(part.tally);
    }
    this.options.throughput.add(rows, since);
    for (const warning of warnings) this.options.reports.addWarning(warning);
    this.showProgress();
  }

  private release(tally: FileTally): void {
    const entry = tally.entry();
    this.filesDone++;
    this.options.misspellings.noteFile(entry, tally.file.verdict);
    this.options.reports.addFile(entry, tally.sums);
    this.options.listener({ kind: 'file', entry });
  }

  private showProgress(): void {
    const { filesDone: files, bytesOnDisk: bytes } = this;
    const { records, rejected } = this.stop;
    this.options.listener({ kind: 'progress', files, bytes, records, rejected });
  }
}
