import { setImmediate } from 'node:timers/promises';
import type { FilePart, LoadResult } from './batch/batch.ts';
import { NO_RECORDS } from './batch/packed-records.ts';
import { Breath } from './breath.ts';
import type { Chunk, FileEnd, FileSlice, FileToCheck, RejectedRecord } from './checking/chunk.ts';
import { collectionsIn } from './checking/collections.ts';
import { fileToCheck, inJobs } from './checking/jobs.ts';
import { isUnexplained, UNRECOGNISED } from './datasets/recognise.ts';
import type { Registry } from './declarations/registry.ts';
import type { Listener } from './events.ts';
import type { RejectsWriter } from './files/rejects-writer.ts';
import { pointerTokens } from './json/pointer.ts';
import { ledgerFileRow } from './ledger/ledger.ts';
import type { Loader } from './pipeline/load.ts';
import { type Finding, rejectAt, WHOLE_FILE } from './reject.ts';
import type { ReportStore } from './report/report-store.ts';
import { type FileSums, FileTally } from './report/tally.ts';
import type { ThroughputCounter } from './report/throughput.ts';
import type { RunSettings } from './settings/settings.ts';
import {
  datasetsOf,
  type NamedCollection,
  originOf,
  type ReasonSource,
  type RecognisedFile,
  type SourceFile,
} from './sources/source.ts';
import type { StageClock } from './stage-clock.ts';

/** Why a run stops before its last file. */
export type StopReason = 'max-errors' | 'signal';

/** Files share a transaction, up to this many. */
const FILES_PER_BATCH = 1_500;

/** The first batch is small, and each one twice as large as the one before, so that the database need not wait for its work. */
const FIRST_BYTES = 256 * 1024;

/** A percentage of rejects says nothing about the first few records. */
const RECORDS_BEFORE_PERCENTAGE = 1000;

export interface FileLoadingOptions {
  readonly settings: RunSettings;
  readonly chunksOf: (jobs: AsyncIterable<readonly FileToCheck[]>) => AsyncIterable<Chunk>;
  readonly loader: Loader;
  readonly reports: ReportStore;
  readonly clock: StageClock;
  readonly throughput: ThroughputCounter;
  readonly rejects: RejectsWriter | undefined;
  readonly runId: string;
  readonly fingerprintOf: (datasets: readonly string[]) => string;
  readonly listener: Listener;
  readonly signal: AbortSignal | undefined;
  /** Of files that the same run loads again: what it counted for them. */
  readonly insertedBefore?: (path: string) => FileSums['tables'];
  /** Where several processes share the run: which run had loaded the same bytes before. */
  readonly heldBefore?: (path: string) => string | null;
}

/**
 * Loads checked files in batches: small files share a transaction; a file larger than a batch commits in several, its
 * ledger row with the last. While one batch loads, the next one is checked.
 */
export class FileLoading {
  stopped: StopReason | undefined;
  private readonly options: FileLoadingOptions;
  private readonly registry: Registry;
  private readonly breath = new Breath();
  /** Files that were begun, by their number. */
  private readonly begun = new Map<number, FileTally>();
  /** The number of the file of which more follows. */
  private unfinished: number | undefined;
  private files = 0;
  private waiting: FilePart[] = [];
  private waitingBytes = 0;
  private nextBytes = FIRST_BYTES;
  private current: Promise<LoadResult> | undefined;
  private currentSince = 0;
  private bytesOnDisk = 0;
  private filesDone = 0;
  private records = 0;
  private rejected = 0;

  constructor(options: FileLoadingOptions) {
    this.options = options;
    this.registry = options.settings.registry;
  }

  /** All files of one phase. What later phases refer to is in the database afterwards. */
  async load(files: Iterable<SourceFile>): Promise<void> {
    const source = files[Symbol.iterator]();
    if (!this.mustStop()) {
      for await (const chunk of this.options.chunksOf(inJobs(this.filesToCheck(source)))) {
        await this.addChunk(chunk);
        // Chunks that have arrived would else be taken one after the other while the database waits to be answered.
        await setImmediate();
        if (this.mustStop()) break;
      }
    }
    for (const tally of this.begun.values()) await this.notReached(tally);
    this.begun.clear();
    for (let next = source.next(); !next.done; next = source.next()) await this.addUnchecked(next.value);
    await this.flush();
    await this.settled();
  }

  /** Also where something failed: the batch that is loading is not left alone. */
  async close(): Promise<void> {
    await this.current?.catch(() => undefined);
  }

  /** Files that are worth a check. The others are done with on the way. */
  private async *filesToCheck(files: Iterator<SourceFile>): AsyncGenerator<FileToCheck> {
    for (let next = files.next(); !next.done; next = files.next()) {
      const file = next.value;
      await this.options.rejects?.beginFile(file.path);
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
    await this.breath.take();
    const { verdict } = file;
    const tally = this.tallyFor(file);
    if (verdict.kind === 'recognised') return this.notReached(tally);
    if (verdict.kind === 'failed') await this.reject(tally, { rejects: [rejectAt(verdict.place, verdict.finding)] });
    else await this.explain(tally, verdict.reason);
    this.bytesOnDisk += file.bytes ?? 0;
    await this.wait({ ...this.partOf(tally, true), packed: NO_RECORDS, first: 0, count: 0 });
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
    await this.wait({ ...this.partOf(tally, true), packed: NO_RECORDS, first: 0, count: 0 });
  }

  /** All slices of a chunk go into one batch: its memory is given back when that is loaded. */
  private async addChunk({ packed, slices, bytes, bytesOnDisk, times }: Chunk): Promise<void> {
    const { clock } = this.options;
    clock.add('read', times.read, bytes);
    clock.add('validate', times.validate, bytes);
    clock.add('map', times.map, bytes);
    this.options.loader.noteKeys(packed);
    await this.makeRoom(slices);
    for (const slice of slices) {
      if (this.mustStop()) break;
      const tally = this.tallyOf(slice);
      this.unfinished = slice.end === undefined ? slice.file : undefined;
      const collection = collectionOf(tally.file, slice.collection, this.registry);
      await this.addSlice(slice, tally, collection);
      const { first, count, shared } = slice;
      this.waiting.push({ ...this.partOf(tally, slice.end !== undefined), packed, first, count, collection, shared });
      if (slice.end) this.begun.delete(slice.file);
    }
    this.bytesOnDisk += bytesOnDisk;
    this.waitingBytes += bytes;
    this.showProgress();
    const isFull =
      this.waitingBytes >= Math.min(this.options.settings.batchBytes, this.nextBytes) ||
      this.waiting.length >= FILES_PER_BATCH;
    const last = slices.at(-1);
    if (isFull && !this.mustStayWhole(last)) await this.flush();
  }

  /** Before a file that would not fit into the batch at hand, but fits into one. */
  private async makeRoom([first]: readonly FileSlice[]): Promise<void> {
    if (first === undefined || first.file === this.unfinished || !this.mustStayWhole(first)) return;
    const { bytes } = this.tallyOf(first).file;
    if (this.waitingBytes + (bytes ?? 0) > this.options.settings.batchBytes) await this.flush();
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
    const { count, rejected, namedOwner, end } = slice;
    this.records += count + rejected.length;
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
    if (finding === undefined) return;
    if (finding.code === 'source-changed') this.options.reports.sourceChanged = true;
    await this.reject(tally, { rejects: [finding] });
  }

  /** One record, or with `record: null` the file as a whole, is not loaded. */
  private async reject(tally: FileTally, rejected: RejectedRecord, from: RejectedFrom = {}): Promise<void> {
    tally.rejectByChecks(from.collection?.dataset);
    await this.report(tally, rejected, from);
  }

  private async report(tally: FileTally, { rejects, bytes, key }: RejectedRecord, from: RejectedFrom): Promise<void> {
    this.rejected++;
    const { path, absolutePath } = tally.file;
    for (const each of rejects) this.options.reports.addReject(path, each);
    const record = rejects[0]?.record ?? null;
    const reason = { path, record, rejects, source: reasonSource(tally.file, record, key, from) };
    if (record === null) await this.options.rejects?.addFile({ ...reason, absolutePath });
    else await this.options.rejects?.add({ ...reason, bytes: bytes ?? new Uint8Array() });
  }

  private async wait(part: FilePart): Promise<void> {
    this.waiting.push(part);
    if (this.waiting.length >= FILES_PER_BATCH) await this.flush();
  }

  /** Begins to load what is waiting, as soon as the batch before is loaded. */
  private async flush(): Promise<void> {
    await this.settled();
    const [parts, bytes] = [this.waiting, this.waitingBytes];
    this.waiting = [];
    this.waitingBytes = 0;
    if (parts.length === 0) return;
    this.nextBytes *= 2;
    this.currentSince = Date.now();
    this.current = this.options.clock.measure('load', bytes, () => this.options.loader.load(parts));
    // It is awaited when the next batch is full; until then a failure must not end the process.
    this.current.catch(() => undefined);
  }

  /** Takes over what became of the batch that was loading. */
  private async settled(): Promise<void> {
    const current = await this.current;
    this.current = undefined;
    if (current === undefined) return;
    let rows = 0;
    for (const { part, tally, rejected } of current.parts) {
      rows -= part.tally.rowCount;
      part.tally.adopt(tally);
      rows += part.tally.rowCount;
      for (const { record, reject } of rejected) {
        const key = pointerTokens(record.pointer)?.[0];
        await this.report(
          part.tally,
          { rejects: [reject], bytes: record.bytes, key },
          { collection: part.collection, shared: part.shared },
        );
      }
      if (part.last) this.release(part.tally);
    }
    this.options.throughput.add(rows, this.currentSince);
    for (const warning of current.warnings) this.options.reports.addWarning(warning);
    this.showProgress();
  }

  private release(tally: FileTally): void {
    const entry = tally.entry();
    this.filesDone++;
    this.options.reports.addFile(entry, tally.sums);
    this.options.listener({ kind: 'file', entry });
  }

  private showProgress(): void {
    const { filesDone: files, bytesOnDisk: bytes, records, rejected } = this;
    this.options.listener({ kind: 'progress', files, bytes, records, rejected });
  }

  private partOf(tally: FileTally, last: boolean): Pick<FilePart, 'tally' | 'last' | 'ledgerFile'> {
    const { verdict } = tally.file;
    const fingerprint = verdict.kind === 'recognised' ? this.options.fingerprintOf(datasetsOf(verdict)) : null;
    const heldBefore = this.options.heldBefore?.(tally.file.path);
    return {
      tally,
      last,
      ledgerFile: (counted) => ledgerFileRow(this.options.runId, counted, fingerprint, heldBefore),
    };
  }

  private mustStop(): boolean {
    if (this.options.signal?.aborted) this.stopped ??= 'signal';
    else if (this.hasTooManyErrors()) this.stopped ??= 'max-errors';
    return this.stopped !== undefined;
  }

  private hasTooManyErrors(): boolean {
    const { maxErrors } = this.options.settings;
    if (maxErrors === undefined) return false;
    if (maxErrors.unit === 'records') return this.rejected > maxErrors.limit;
    return this.records >= RECORDS_BEFORE_PERCENTAGE && (this.rejected / this.records) * 100 > maxErrors.limit;
  }
}

/** Where a file holds records of several datasets: whose some of them are. */
function collectionOf({ verdict }: SourceFile, index: number, registry: Registry): NamedCollection | undefined {
  if (verdict.kind !== 'recognised' || verdict.others === undefined) return undefined;
  return collectionsIn(verdict.dataset, verdict, registry)[index];
}

const MOST_NAMES = 5;

function besideWords(names: readonly string[]): string {
  const named = names.slice(0, MOST_NAMES).map((name) => JSON.stringify(name));
  const others = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `members beside the records are dropped: ${named.join(', ')}${others}`;
}

/** What of a file a rejected record is from. */
interface RejectedFrom {
  readonly collection?: NamedCollection | undefined;
  readonly shared?: Readonly<Record<string, string>> | undefined;
}

/** What `retry` must know of what is rejected. A record that lies in a file of its own stays one. */
function reasonSource(
  { path, verdict }: SourceFile,
  record: number | null,
  key: string | undefined,
  { shared, collection }: RejectedFrom,
): ReasonSource {
  if (verdict.kind !== 'recognised') return { path: (verdict.kind === 'failed' && verdict.originalPath) || path };
  const { container = verdict.container, dataset = verdict.dataset } = collection ?? {};
  const origin = originOf(path, { ...verdict, container });
  if (record === null && origin.record === null) return { path: origin.path };
  const { owner, from } = verdict.owner;
  const place = origin.record === null ? { ...origin, record, key: key ?? null, ...(shared && { shared }) } : origin;
  return { ...place, dataset, owner, owner_from: from };
}
