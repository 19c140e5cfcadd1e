import { Presets, SingleBar } from 'cli-progress';
import type { Listener, RunEvent } from '../events.ts';
import type { Options } from '../settings.ts';
import { formatBytes, formatCount } from './format.ts';
import { paintFor, plain } from './terminal.ts';

/** Shows a run on stderr: the target, notices, and on a terminal a progress bar. */
export class Progress {
  private readonly options: Options;
  private readonly paint;
  private bar: SingleBar | undefined;
  private total = 0;

  constructor(options: Options) {
    this.options = options;
    this.paint = paintFor(process.stderr, options.color);
  }

  readonly listener: Listener = (event) => {
    if (!this.options.quiet) this.show(event);
  };

  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
  }

  private show(event: RunEvent): void {
    switch (event.kind) {
      case 'target':
        return this.line(
          `target: ${event.label} (${event.origin ?? 'the default; name another with --to'})${event.dryRun ? ', dry run' : ''}`,
        );
      case 'tables-created':
        return this.line(`created ${event.tables.length} tables: ${event.tables.join(', ')}`);
      case 'retry':
        return this.line(this.paint.yellow(`${event.reason}; trying again (${event.attempt})`));
      case 'warning':
        return this.line(`${this.paint.yellow('warning:')} ${event.message}`);
      case 'loading':
        return this.start(event.bytes);
      case 'progress':
        return this.advance(event);
      case 'file':
        if (this.options.verbose) this.line(`${event.entry.status.padEnd(12)} ${event.entry.path}`);
    }
  }

  private start(bytes: number): void {
    this.total = bytes;
    if (!this.options.progress || !process.stderr.isTTY) return;
    const format =
      '{bar} {percentage}% | {done} of {all} | {records} records, {rejected} rejected | {duration_formatted}';
    this.bar = new SingleBar(
      { format, stream: process.stderr, hideCursor: true, clearOnComplete: true },
      Presets.shades_classic,
    );
    this.bar.start(Math.max(bytes, 1), 0, { done: '0', all: formatBytes(bytes), records: 0, rejected: 0 });
  }

  private advance({ bytes, records, rejected }: { bytes: number; records: number; rejected: number }): void {
    // What is decompressed may be more than what is on disk.
    const done = Math.min(bytes, this.total);
    this.bar?.update(done, { done: formatBytes(done), records: formatCount(records), rejected: formatCount(rejected) });
  }

  private line(text: string): void {
    const wasShown = this.bar !== undefined;
    if (wasShown) process.stderr.write('\r\u001b[K');
    // Colour codes are ours; everything else that is printed here is made harmless.
    process.stderr.write(`${text.split('\u001b').length > 1 ? text : plain(text)}\n`);
  }
}
