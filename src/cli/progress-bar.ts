import { MultiBar } from 'cli-progress';
import type { ProgressDisplay } from './progress-display.ts';
import type { StageProgress } from './stage-progress.ts';
import { fitted } from './terminal.ts';

/** Where the texts beside the bar begin, and how wide the bar is at most and at least. */
const NAME = 9;
const WIDEST_BAR = 28;
const NARROWEST_BAR = 5;

/** On a terminal: the bar of the stage, below it the counts. Both vanish with the stage. */
export class ProgressBar implements ProgressDisplay {
  private readonly full: string;
  private readonly empty: string;
  private bars: MultiBar | undefined;
  /** Lines that go above the bar when it is drawn again. */
  private waiting: string[] = [];

  constructor(hasUnicode: boolean) {
    [this.full, this.empty] = hasUnicode ? ['█', '░'] : ['#', '.'];
    // A second Ctrl-C ends the program at once; the cursor must come back.
    process.once('exit', () => this.end());
  }

  begin(stage: StageProgress): void {
    this.end();
    const format = (_options: unknown, _params: unknown, { text }: { readonly text: () => string }): string => text();
    const options = { format, stream: process.stderr, hideCursor: true, clearOnComplete: true, gracefulExit: false };
    this.bars = new MultiBar({ ...options, forceRedraw: true, fps: 5 });
    this.bars.on('redraw-pre', () => this.writeWaiting());
    const texts = [() => this.barLine(stage), () => cut(' '.repeat(NAME) + stage.counts(performance.now()))];
    for (const text of texts) this.bars.create(1, 0, { text });
  }

  /** The texts are made when they are drawn. */
  update(): void {}

  end(): void {
    this.bars?.stop();
    this.bars = undefined;
    if (this.waiting.length > 0) process.stderr.write(`${this.waiting.join('\n')}\n`);
    this.waiting = [];
  }

  line(text: string): void {
    const shown = fitted(text);
    if (this.bars === undefined) process.stderr.write(`${shown}\n`);
    else this.waiting.push(shown);
  }

  /** In the place of the bar, whose own lines do not wrap. */
  private writeWaiting(): void {
    if (this.waiting.length > 0) process.stderr.write(`\u001b[J\u001b[?7h${this.waiting.join('\n')}\n\u001b[?7l`);
    this.waiting = [];
  }

  private barLine(stage: StageProgress): string {
    const name = stage.name.padEnd(NAME);
    if (!stage.hasEnd) return cut(name + stage.amount());
    const amount = [stage.amount(), stage.timeLeft(performance.now())].filter((text) => text !== '').join(', ');
    const texts = `${String(stage.percent).padStart(3)} %  ${amount}`;
    const width = Math.min(WIDEST_BAR, columns() - NAME - texts.length - 2);
    if (width < NARROWEST_BAR) return cut(name + texts);
    const full = Math.round(stage.share * width);
    return `${name}${this.full.repeat(full)}${this.empty.repeat(width - full)}  ${texts}`;
  }
}

/** One less than there are: some terminals wrap behind the last. */
function columns(): number {
  return (process.stderr.columns || 80) - 1;
}

function cut(text: string): string {
  return text.slice(0, columns());
}
