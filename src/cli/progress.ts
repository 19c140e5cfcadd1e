import type { Listener, RunEvent } from '../report/events.ts';
import type { StageTime } from '../report/stage-clock.ts';
import type { Options } from '../settings/settings.ts';
import { counted, formatBytes, table } from './format.ts';
import { withCommands } from './named-commands.ts';
import { NoProgress, type ProgressDisplay, ProgressLines } from './progress-display.ts';
import { StageProgress, type StageTotal } from './stage-progress.ts';
import { hasUnicode, isCi, paintFor, printable } from './terminal.ts';

/** Shows a run on stderr: the target, notices, and how far each stage is. */
export class Progress {
  private readonly options: Options;
  private readonly paint;
  private readonly display: ProgressDisplay;
  /** What the stage is called in which records are read: a validation loads nothing. */
  private readonly reading: string;
  /** Messages of the warnings that were shown. */
  readonly told = new Set<string>();
  /** Told after the target. */
  private readonly notes: readonly string[];
  private stage: StageProgress | undefined;

  private constructor(options: Options, reading: string, display: ProgressDisplay, notes: readonly string[]) {
    this.notes = notes;
    this.options = options;
    this.reading = reading;
    this.display = display;
    this.paint = paintFor(process.stderr, options.color);
  }

  /** Bars on a terminal, lines elsewhere; in CI nobody watches, and what goes wrong is told anyway. */
  static async begin(
    options: Options,
    reading: 'load' | 'check' | 'verify' | 'undo' | 'read',
    notes: readonly string[] = [],
  ): Promise<Progress> {
    const isShown = options.progress && !options.quiet && !isCi();
    if (!isShown) return new Progress(options, reading, new NoProgress(), notes);
    if (!process.stderr.isTTY) return new Progress(options, reading, new ProgressLines(), notes);
    // Loaded only where a bar is shown.
    const { ProgressBar } = await import('./progress-bar.ts');
    return new Progress(options, reading, new ProgressBar(hasUnicode()), notes);
  }

  readonly listener: Listener = (event) => {
    if (!this.options.quiet) this.show(event);
  };

  /** A line that does not get in the way of a bar. */
  readonly tell = (text: string): void => this.display.line(text);

  stop(): void {
    this.display.end();
    this.stage = undefined;
  }

  private show(event: RunEvent): void {
    if (event.kind === 'scanning') this.list(event);
    if (event.kind === 'backing-up') this.begin('back up', { files: event.files, bytes: 0 });
    if (event.kind === 'loading') this.begin(this.reading, event);
    if (event.kind === 'undoing') this.begin(this.reading, { files: 0, bytes: 0, rows: event.rows });
    if (event.kind === 'archiving') this.begin('archive', { files: event.files, bytes: 0 });
    if (event.kind === 'progress') this.advance(event);
    if (event.kind === 'stages') this.stop();
    const text = this.textOf(event);
    if (text !== undefined) this.display.line(text);
    if (event.kind === 'target') for (const note of this.notes) this.display.line(note);
  }

  /** Nobody knows how many there will be. */
  private list({ files, bytes }: { readonly files: number; readonly bytes: number }): void {
    if (this.stage?.name !== 'list') this.begin('list', { files: 0, bytes: 0 });
    this.advance({ files, bytes, records: 0, rejected: 0 });
  }

  private begin(name: string, { files, bytes, rows = 0 }: StageTotal): void {
    this.stage = new StageProgress(name, { files, bytes, rows }, performance.now());
    this.display.begin(this.stage);
  }

  private advance(done: Parameters<StageProgress['advance']>[0]): void {
    if (this.stage === undefined) return;
    this.stage.advance(done, performance.now());
    this.display.update(this.stage);
  }

  private textOf(event: RunEvent): string | undefined {
    switch (event.kind) {
      case 'target': {
        const origin = event.origin ?? 'the default; name another with --to';
        return printable(`target: ${event.label} (${origin})${event.dryRun ? ', dry run' : ''}`);
      }
      case 'tables-created':
        return tablesCreated(event, this.options.verbose);
      case 'retry':
        return this.paint.yellow(printable(`${event.reason}; trying again (${event.attempt})`));
      case 'warning':
        this.told.add(event.message);
        return `${this.paint.yellow('warning:')} ${printable(withCommands(event.message))}`;
      case 'file':
        return this.options.verbose ? `${event.entry.status.padEnd(12)} ${printable(event.entry.path)}` : undefined;
      case 'stages':
        return this.options.debug ? stageTable(event.stages) : undefined;
      default:
        return undefined;
    }
  }
}

/** Most people never see their names; `--verbose` has all. */
function tablesCreated({ tables, ledger }: Extract<RunEvent, { kind: 'tables-created' }>, isVerbose: boolean): string {
  const one = ([what, names]: readonly [string, readonly string[]]): string => {
    const isNamed = isVerbose || names.length === 1;
    return `${counted(names.length, 'table')} ${what}${isNamed ? ` (${names.join(', ')})` : ''}`;
  };
  const kinds = [['for the data', tables] as const, ['of the ledger', ledger] as const];
  return `created ${kinds
    .filter(([, names]) => names.length > 0)
    .map(one)
    .join(' and ')}`;
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
