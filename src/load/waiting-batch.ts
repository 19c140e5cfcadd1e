import type { StageClock } from '../report/stage-clock.ts';
import type { FilePart, LoadResult } from './batch.ts';

/** Files share a transaction, up to this many. */
const FILES_PER_BATCH = 1_500;

/**
 * The first batch is small, and each one twice as large as the one before, so that the database need not wait for its work. It begins
 * anew after a batch whose records were unpacked: as objects they take some thirty times their bytes, and where one batch must be opened
 * the next must most likely, too.
 */
const FIRST_BYTES = 256 * 1024;

export interface WaitingBatchOptions {
  /** How many load at the same time. */
  readonly atOnce: number;
  /** The most that a batch holds. */
  readonly batchBytes: number;
  readonly clock: StageClock;
  /** Whether a batch may load while those before it do. */
  readonly mayLoadBeside: (parts: readonly FilePart[]) => boolean;
  readonly load: (parts: readonly FilePart[], isBeside: boolean) => Promise<LoadResult>;
  /** Takes over what became of a batch; `since` is when its load began, in ms since 1970. */
  readonly loaded: (result: LoadResult, since: number) => Promise<void>;
}

interface Loading {
  readonly result: Promise<LoadResult>;
  /** In ms since 1970. */
  readonly since: number;
}

/** The batch that fills while those before it load. */
export class WaitingBatch {
  private readonly options: WaitingBatchOptions;
  private parts: FilePart[] = [];
  private bytes = 0;
  private nextBytes = FIRST_BYTES;
  /** In order. */
  private readonly loading: Loading[] = [];

  constructor(options: WaitingBatchOptions) {
    this.options = options;
  }

  /** Batches that load at the same time together hold what one may. */
  get isFull(): boolean {
    const { batchBytes, atOnce } = this.options;
    return this.hasAllFiles || this.bytes >= Math.min(batchBytes / atOnce, this.nextBytes);
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

  /** Begins to load what is waiting, as soon as there is room beside the batches before. */
  async flush(): Promise<void> {
    const { parts, bytes } = this;
    if (parts.length === 0) return this.loaded();
    const isBeside = this.options.mayLoadBeside(parts);
    while (this.loading.length >= (isBeside ? this.options.atOnce : 1)) await this.takeFirst();
    this.parts = [];
    this.bytes = 0;
    this.nextBytes *= 2;
    const since = Date.now();
    const result = this.options.clock.measure('load', bytes, () => this.options.load(parts, isBeside));
    // It is awaited when there are too many; until then a failure must not end the process.
    result.catch(() => undefined);
    this.loading.push({ result, since });
  }

  /** Waits for the batches that are loading. */
  async loaded(): Promise<void> {
    while (this.loading.length > 0) await this.takeFirst();
  }

  /** Also where something failed: the batches that are loading are not left alone, and what they have loaded is told. */
  async close(): Promise<void> {
    while (this.loading.length > 0) await this.takeFirst().catch(() => undefined);
  }

  private async takeFirst(): Promise<void> {
    const first = this.loading.shift();
    if (first === undefined) return;
    const result = await first.result;
    if (result.isOpened) this.nextBytes = FIRST_BYTES;
    await this.options.loaded(result, first.since);
  }
}
