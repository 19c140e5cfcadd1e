import type { StageClock } from '../stage-clock.ts';
import type { FilePart, LoadResult } from './batch.ts';

/** Files share a transaction, up to this many. */
const FILES_PER_BATCH = 1_500;

/** The first batch is small, and each one twice as large as the one before, so that the database need not wait for its work. */
const FIRST_BYTES = 256 * 1024;

export interface WaitingBatchOptions {
  /** The most that a batch holds. */
  readonly batchBytes: number;
  readonly clock: StageClock;
  readonly load: (parts: readonly FilePart[]) => Promise<LoadResult>;
  /** Takes over what became of a batch; `since` is when its load began, in ms since 1970. */
  readonly loaded: (result: LoadResult, since: number) => Promise<void>;
}

/** The batch that fills while the one before it loads. */
export class WaitingBatch {
  private readonly options: WaitingBatchOptions;
  private parts: FilePart[] = [];
  private bytes = 0;
  private nextBytes = FIRST_BYTES;
  private current: Promise<LoadResult> | undefined;
  private currentSince = 0;

  constructor(options: WaitingBatchOptions) {
    this.options = options;
  }

  get isFull(): boolean {
    return this.hasAllFiles || this.bytes >= Math.min(this.options.batchBytes, this.nextBytes);
  }

  get hasAllFiles(): boolean {
    return this.parts.length >= FILES_PER_BATCH;
  }

  add(part: FilePart): void {
    this.parts.push(part);
  }

  /** Source bytes of parts that were added. */
  addBytes(bytes: number): void {
    this.bytes += bytes;
  }

  /** Whether so many bytes more fit into it. */
  hasRoomFor(bytes: number): boolean {
    return this.bytes + bytes <= this.options.batchBytes;
  }

  /** Begins to load what is waiting, as soon as the batch before is loaded. */
  async flush(): Promise<void> {
    await this.loaded();
    const { parts, bytes } = this;
    this.parts = [];
    this.bytes = 0;
    if (parts.length === 0) return;
    this.nextBytes *= 2;
    this.currentSince = Date.now();
    this.current = this.options.clock.measure('load', bytes, () => this.options.load(parts));
    // It is awaited when the next batch is full; until then a failure must not end the process.
    this.current.catch(() => undefined);
  }

  /** Waits for the batch that is loading. */
  async loaded(): Promise<void> {
    const result = await this.current;
    this.current = undefined;
    if (result !== undefined) await this.options.loaded(result, this.currentSince);
  }

  /** Also where something failed: the batch that is loading is not left alone. */
  async close(): Promise<void> {
    await this.current?.catch(() => undefined);
  }
}
