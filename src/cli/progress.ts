import type { SingleBar } from 'cli-progress';
import type { Listener, RunEvent } from '../events.ts';
import type { Options } from '../settings.ts';
import type { StageTime } from '../stage-clock.ts';
import { formatBytes, formatCount, table } from './format.ts';
import { paintFor, plain } from './terminal.ts';

/** What draws bars; loaded only where one is shown. */
type Bars = typeof import('cli-progress');

/** Shows a run on stderr: the target, notices, and on a terminal a progress bar. */
export class Progress {
  private readonly options: Options;
  private readonly paint;
  private readonly bars: Bars | undefined;
  private bar: SingleBar | undefined;
  private total = 0;

  private constructor(options: Options, bars: Bars | undefined) {
    this.options = options;
    this.paint = paintFor(process.stderr, options.color);
    this.bars = bars;
  }

  static async begin(options: Options): Promise<Progress> {
    const isShown = options.progress && !options.quiet && process.stderr.isTTY;
    return new Progress(options, isShown ? await import('cli-progress') : undefined);
  }

  readonly listener: Listener = (event) => {
    if (!this.options.quiet) this.show(event);
  };

  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
  }

  private show(event: RunEvent): void {
    if (event.kind === 'loading') this.start(event.bytes);
    if (event.kind === 'progress') this.advance(event);
    const text = this.textOf(event);
    if (text !== undefined) this.line(text);
  }

  private textOf(event: RunEvent): string | undefined {
    switch (event.kind) {
      case 'target': {
        const origin = event.origin ?? 'the default; name another with --to';
        return plain(`target: ${event.label} (${origin})${event.dryRun ? ', dry run' : ''}`);
      }
      case 'tables-created':
        return `created ${event.tables.length} tables: ${event.tables.join(', ')}`;
      case 'retry':
        return this.paint.yellow(plain(`${event.reason}; trying again (${event.attempt})`));
      case 'warning':
        return `${this.paint.yellow('warning:')} ${plain(event.message)}`;
      case 'file':
        return this.options.verbose ? `${event.entry.status.padEnd(12)} ${plain(event.entry.path)}` : undefined;
      case 'stages':
        return this.options.debug ? stageTable(event.stages) : undefined;
      default:
        return undefined;
    }
  }

  private start(bytes: number): void {
    this.total = bytes;
    if (this.bars === undefined) return;
    const format =
      '{bar} {percentage}% | {done} of {all} | {records} records, {rejected} rejected | {duration_formatted}';
    this.bar = new this.bars.SingleBar(
      { format, stream: process.stderr, hideCursor: true, clearOnComplete: true },
      this.bars.Presets.shades_classic,
    );
    this.bar.start(Math.max(bytes, 1), 0, { done: '0', all: formatBytes(bytes), records: 0, rejected: 0 });
  }

  private advance({ bytes, records, rejected }: { bytes: number; records: number; rejected: number }): void {
    // What is decompressed may be more than what is on disk.
    const done = Math.min(bytes, this.total);
    this.bar?.update(done, { done: formatBytes(done), records: formatCount(records), rejected: formatCount(rejected) });
  }

  private line(text: string): void {
    // The bar is drawn again below the line with its next update.
    if (this.bar) process.stderr.write('\r\u001b[K');
    process.stderr.write(`${text}\n`);
  }
}

/** Where the time went. Threads work at the same time, so that the stages may take longer together than the run. */
function stageTable(stages: readonly StageTime[]): string {
  const rows = stages.map(({ stage, milliseconds, bytes }) => [
    stage,
    `${(milliseconds / 1000).toFixed(2)} s`,
    bytes === 0 ? '' : formatBytes(bytes),
    bytes === 0 ? '' : `${formatBytes((bytes / milliseconds) * 1000)}/s`,
  ]);
  return table([['stage', 'time', 'bytes', 'speed'], ...rows]).join('\n');
}
