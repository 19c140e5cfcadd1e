import type { Advance } from '../report/events.ts';
import { counted, formatBytes, formatCount } from './format.ts';

/** Milliseconds over which the speed is measured: long enough for a few batches, short enough to follow a change. */
const WINDOW = 15_000;

/** Before that nobody knows. */
const FIRST_ESTIMATE = 1000;

interface Sample {
  readonly at: number;
  readonly share: number;
  readonly records: number;
}

/** What there is to do. Without bytes the files are what counts, without files the rows, without any nobody knows the end. */
export interface StageTotal {
  readonly files: number;
  readonly bytes: number;
  readonly rows?: number;
}

/** One stage of a run in numbers: how much of it is done, how fast, and how long it will take. Times are in ms. */
export class StageProgress {
  readonly name: string;
  private readonly total: Required<StageTotal>;
  private readonly began: number;
  private done: Advance = { files: 0, bytes: 0, records: 0, rejected: 0 };
  private readonly samples: Sample[];

  constructor(name: string, { files, bytes, rows = 0 }: StageTotal, now: number) {
    this.name = name;
    this.total = { files, bytes, rows };
    this.began = now;
    this.samples = [{ at: now, share: 0, records: 0 }];
  }

  advance(done: Advance, now: number): void {
    this.done = done;
    this.samples.push({ at: now, share: this.share, records: done.records });
    while (this.samples.length > 2 && now - (this.samples[1]?.at ?? now) > WINDOW) this.samples.shift();
  }

  /** From 0 to 1. */
  get share(): number {
    const { files, bytes, rows } = this.total;
    if (bytes > 0) return Math.min(1, this.done.bytes / bytes);
    if (files > 0) return Math.min(1, this.done.files / files);
    return rows > 0 ? Math.min(1, this.done.records / rows) : 0;
  }

  /** 100 % is when the stage has ended, and then it is not shown any more. */
  get percent(): number {
    return Math.min(99, Math.floor(this.share * 100));
  }

  get hasEnd(): boolean {
    const { files, bytes, rows } = this.total;
    return files + bytes + rows > 0;
  }

  amount(): string {
    const { bytes, rows } = this.total;
    if (rows > 0) return '';
    return bytes > 0 ? `${formatBytes(this.done.bytes)} of ${formatBytes(bytes)}` : formatBytes(this.done.bytes);
  }

  counts(now: number): string {
    const { files, records, rejected } = this.done;
    const { rows } = this.total;
    if (rows > 0)
      return `${formatCount(records)} of ${counted(rows, 'row')} (${formatCount(this.recordsPerSecond(now))}/s)`;
    const parts = [
      this.total.files > 0 ? `${formatCount(files)} of ${counted(this.total.files, 'file')}` : counted(files, 'file'),
    ];
    if (records > 0) parts.push(`${counted(records, 'record')} (${formatCount(this.recordsPerSecond(now))}/s)`);
    if (rejected > 0) parts.push(`${formatCount(rejected)} rejected`);
    return parts.join(', ');
  }

  /** Grows while nothing happens. Empty where it cannot be told yet. */
  timeLeft(now: number): string {
    const [first] = this.samples;
    const gained = this.share - (first?.share ?? 0);
    if (this.share >= 1) return 'finishing';
    if (gained <= 0 || now - this.began < FIRST_ESTIMATE) return '';
    return `${formatLeft(((1 - this.share) * (now - (first?.at ?? now))) / gained)} left`;
  }

  private recordsPerSecond(now: number): number {
    const [first] = this.samples;
    const seconds = (now - (first?.at ?? now)) / 1000;
    return seconds <= 0 ? 0 : Math.round((this.done.records - (first?.records ?? 0)) / seconds);
  }
}

/** No more exact than an estimate can be. */
function formatLeft(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `about ${Math.max(5, Math.ceil(seconds / 5) * 5)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `about ${minutes} min` : `about ${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
