import type { FilePart, LoadResult, PendingRecord } from './batch/batch.ts';
import { Breath } from './breath.ts';
import { CheckedRecords } from './checked-records.ts';
import type { Dataset, MappingContext, RecordMapper } from './datasets/dataset.ts';
import type { Listener } from './events.ts';
import type { RejectsWriter } from './files/rejects-writer.ts';
import { ledgerFileRow } from './ledger/ledger.ts';
import type { Ordinals } from './ordinals.ts';
import type { Loader } from './pipeline/load.ts';
import { type Finding, type Reject, rejectAt, WHOLE_FILE } from './reject.ts';
import type { ReportStore } from './report/report-store.ts';
import { FileTally } from './report/tally.ts';
import type { RunSettings } from './settings.ts';
import type { RecognisedFile, SourceFile } from './source.ts';

/** Why a run stops before its last file. */
export type StopReason = 'max-errors' | 'signal';

/** Files share a transaction, up to this many. */
const FILES_PER_BATCH = 2000;

/** A percentage of rejects says nothing about the first few records. */
const RECORDS_BEFORE_PERCENTAGE = 1000;

export interface FileLoadingOptions {
  readonly settings: RunSettings;
  readonly loader: Loader;
  readonly context: MappingContext;
  readonly ordinals: Ordinals;
  readonly reports: ReportStore;
  readonly rejects: RejectsWriter | undefined;
  readonly runId: string;
  readonly fingerprintOf: (dataset: Dataset) => string;
  readonly listener: Listener;
  readonly signal: AbortSignal | undefined;
}

/**
 * Takes files one after the other through read → validate → map → load. Small files share a transaction; a file
 * larger than a batch commits in several, its ledger row with the last.
 */
export class FileLoading {
  stopped: StopReason | undefined;
  sourceChanged = false;
  private readonly options: FileLoadingOptions;
  private readonly breath = new Breath();
  private readonly mappers = new Map<string, RecordMapper>();
  private waiting: FilePart[] = [];
  private waitingBytes = 0;
  private bytes = 0;
  private records = 0;
  private rejected = 0;

  constructor(options: FileLoadingOptions) {
    this.options = options;
  }

  async add(file: SourceFile): Promise<void> {
    await this.breath.take();
    const { verdict } = file;
    const tally = new FileTally(file);
    if (verdict.kind === 'failed') await this.reject(tally, [rejectAt(verdict.place, verdict.finding)], undefined);
    if (verdict.kind === 'unrecognised') await this.explain(tally, verdict.reason);
    if (verdict.kind === 'recognised') await this.addRecognised(file, verdict, tally);
    else await this.wait(this.partOf(tally, [], true), 0);
  }

  /** Loads what is still waiting. */
  async flush(): Promise<void> {
    const parts = this.waiting;
    this.waiting = [];
    this.waitingBytes = 0;
    if (parts.length > 0) await this.settle(await this.options.loader.load(parts));
  }

  /** After the last file: what was written for people is made durable. */
  async finish(): Promise<void> {
    await this.options.rejects?.finish();
  }

  private async explain(tally: FileTally, reason: string): Promise<void> {
    if (!this.options.settings.strict || reason !== 'unknown-shape') return;
    const finding: Finding = { code: 'strict-unexplained', pointer: '', message: 'no dataset knows this file' };
    await this.reject(tally, [rejectAt(WHOLE_FILE, finding)], undefined);
  }

  private async addRecognised(file: SourceFile, recognised: RecognisedFile, tally: FileTally): Promise<void> {
    if (this.mustStop()) tally.notReached = this.stopped ?? null;
    else if (this.options.settings.strict && (await this.hasReject(file, recognised))) {
      await this.rejectEveryRecord(this.checked(file, recognised), tally);
    } else return this.load(this.checked(file, recognised), tally);
    await this.wait(this.partOf(tally, [], true), 0);
  }

  /** `--strict` loads nothing of a file with a reject, so such a file is read once to find out. */
  private async hasReject(file: SourceFile, recognised: RecognisedFile): Promise<boolean> {
    const records = this.checked(file, recognised);
    for await (const group of records.groups()) {
      if (group.some(({ result }) => 'rejects' in result)) return true;
    }
    return records.finding !== undefined;
  }

  private async rejectEveryRecord(records: CheckedRecords, tally: FileTally): Promise<void> {
    const finding: Finding = { code: 'strict-file', pointer: '', message: 'another record of this file is rejected' };
    for await (const group of records.groups()) {
      for (const { raw, result } of group) {
        const rejects = 'rejects' in result ? result.rejects : [rejectAt(result.place, finding)];
        await this.reject(tally, rejects, raw.bytes);
      }
    }
    await this.conclude(records, tally);
  }

  private async load(checked: CheckedRecords, tally: FileTally): Promise<void> {
    let records: PendingRecord[] = [];
    let bytes = 0;
    for await (const group of checked.groups()) {
      for (const { raw, result } of group) {
        this.bytes += raw.bytes.length;
        this.records++;
        if ('rejects' in result) {
          await this.reject(tally, result.rejects, raw.bytes);
          continue;
        }
        this.noteOwner(tally, result);
        records.push(result);
        bytes += raw.bytes.length;
        if (this.waitingBytes + bytes < this.options.settings.batchBytes) continue;
        await this.flush();
        if (bytes < this.options.settings.batchBytes) continue;
        await this.settle(await this.options.loader.load([this.partOf(tally, records, false)]));
        records = [];
        bytes = 0;
      }
      this.showProgress();
      await this.breath.take();
      if (this.mustStop()) {
        tally.notReached = this.stopped ?? null;
        return this.wait(this.partOf(tally, [], true), 0);
      }
    }
    await this.conclude(checked, tally);
    await this.wait(this.partOf(tally, this.sourceChanged && tally.sha256 === null ? [] : records, true), bytes);
  }

  /** What is known of a file only when it was read to its end. */
  private async conclude(records: CheckedRecords, tally: FileTally): Promise<void> {
    tally.sha256 = records.sha256;
    if (records.envelopeMembers > 0) tally.dropped.set('envelope', records.envelopeMembers);
    const { finding } = records;
    if (finding === undefined) return;
    if (finding.code === 'source-changed') this.sourceChanged = true;
    await this.reject(tally, [finding], undefined);
  }

  private noteOwner(tally: FileTally, { group }: PendingRecord): void {
    if (!group.namesOwner) return;
    tally.owner = group.owner;
    tally.ownerFrom = 'record';
  }

  /** One record, or with `record: null` the file as a whole, is not loaded. */
  private async reject(tally: FileTally, rejects: readonly Reject[], bytes: Uint8Array | undefined): Promise<void> {
    tally.rejected++;
    this.rejected++;
    const { path, absolutePath } = tally.file;
    for (const each of rejects) this.options.reports.addReject(path, each);
    const record = rejects[0]?.record ?? null;
    if (record === null) await this.options.rejects?.addFile(path, absolutePath, rejects);
    else await this.options.rejects?.add({ path, record, bytes: bytes ?? Buffer.alloc(0), rejects });
  }

  private async wait(part: FilePart, bytes: number): Promise<void> {
    this.waiting.push(part);
    this.waitingBytes += bytes;
    if (this.waiting.length >= FILES_PER_BATCH) await this.flush();
  }

  /** Takes over what became of a batch. */
  private async settle(result: LoadResult): Promise<void> {
    for (const { part, tally, records } of result.parts) {
      part.tally.adopt(tally);
      for (const { record, reject } of records) {
        if (!reject) continue;
        // The loader counted it already.
        part.tally.rejected--;
        await this.reject(part.tally, [reject], record.bytes);
      }
      if (part.last) this.release(part.tally);
    }
    for (const warning of result.warnings) this.options.reports.addWarning(warning);
    this.showProgress();
  }

  private release(tally: FileTally): void {
    const entry = tally.entry();
    this.options.reports.addFile(entry, tally.sums);
    this.options.listener({ kind: 'file', entry });
  }

  private showProgress(): void {
    const { bytes, records, rejected } = this;
    this.options.listener({ kind: 'progress', bytes, records, rejected });
  }

  private partOf(tally: FileTally, records: readonly PendingRecord[], last: boolean): FilePart {
    const { verdict } = tally.file;
    const fingerprint = verdict.kind === 'recognised' ? this.options.fingerprintOf(verdict.dataset) : null;
    return { tally, records, last, ledgerFile: (counted) => ledgerFileRow(this.options.runId, counted, fingerprint) };
  }

  private checked(file: SourceFile, recognised: RecognisedFile): CheckedRecords {
    const { settings, rejects, ordinals } = this.options;
    return new CheckedRecords(file, recognised, this.mapperOf(recognised.dataset), {
      ...settings,
      keepBytes: rejects !== undefined,
      ordinals,
    });
  }

  private mapperOf(dataset: Dataset): RecordMapper {
    const known = this.mappers.get(dataset.name);
    if (known) return known;
    const mapper = dataset.compile(this.options.context);
    this.mappers.set(dataset.name, mapper);
    return mapper;
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
