export { counted, formatBytes, formatCount, formatDuration } from '../system/quantities.ts';

/**
 * Columns padded to their widest cell: the first and those in `left` to the left, numbers to the right. Where that is wider than
 * `width`, the widest texts get lines of their own: those of the first column above the others of their row, all others below.
 * Every row is noted before the first one is drawn, so that none has to be kept.
 */
export class TableLayout {
  private readonly left: readonly number[];
  private readonly width: number;
  private readonly widths: number[] = [];
  /** Those that stand in one line. */
  private columns: readonly number[] | undefined;

  constructor(left: readonly number[] = [], width = Number.POSITIVE_INFINITY) {
    this.left = [0, ...left];
    this.width = width;
  }

  note(row: readonly string[]): void {
    for (const [column, cell] of row.entries()) this.widths[column] = Math.max(this.widths[column] ?? 0, cell.length);
  }

  draw(row: readonly string[]): string {
    this.columns ??= this.fitting();
    const { columns, width } = this;
    const cells = columns.map((column) => this.pad(row[column] ?? '', column));
    const line = `${this.indent(columns)}${cells.join('  ')}`.trimEnd();
    const own = (column: number): string => (columns.includes(column) ? '' : (row[column] ?? ''));
    const above = own(0) === '' ? [] : [wrap(own(0), '', width)];
    const below = [...row.keys()]
      .slice(1)
      .map(own)
      .filter((cell) => cell !== '');
    return [
      ...above,
      ...(line === '' && columns.length < row.length ? [] : [line]),
      ...below.map((cell) => wrap(cell, '    ', width)),
    ].join('\n');
  }

  private pad(text: string, column: number): string {
    const width = this.widths[column] ?? 0;
    return this.left.includes(column) ? text.padEnd(width) : text.padStart(width);
  }

  private indent(columns: readonly number[]): string {
    return columns[0] === 0 ? '' : '  ';
  }

  private fitting(): readonly number[] {
    const widthOf = (column: number): number => this.widths[column] ?? 0;
    let columns: readonly number[] = [...this.widths.keys()];
    const total = (): number =>
      columns.reduce((sum, column) => sum + widthOf(column) + 2, this.indent(columns).length - 2);
    while (columns.length > 1 && total() > this.width) {
      const texts = columns.filter((column) => this.left.includes(column));
      const [widest] = texts.toSorted((one, other) => widthOf(other) - widthOf(one) || other - one);
      if (widest === undefined) break;
      columns = columns.filter((column) => column !== widest);
    }
    return columns;
  }
}

export function table(rows: readonly (readonly string[])[], left: readonly number[] = []): string[] {
  return drawn(rows, new TableLayout(left));
}

/** A table that a terminal need not break. */
export function fittedTable(rows: readonly (readonly string[])[], left: readonly number[] = []): string {
  return drawn(rows, new TableLayout(left, listWidth())).join('\n');
}

function drawn(rows: readonly (readonly string[])[], layout: TableLayout): string[] {
  for (const row of rows) layout.note(row);
  return rows.map((row) => layout.draw(row));
}

/** Lines of at most this width, all of them indented. What has no blank, such as a path, stays whole. */
export function wrap(text: string, indent = '', width = Math.min(80, (process.stdout.columns || 81) - 1)): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    const isFirst = line.trim() === '';
    if (!isFirst && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent + word;
    } else line += isFirst ? word : ` ${word}`;
  }
  return [...lines, line].join('\n');
}

/** For lists that programs read line by line too: they wrap on a terminal only, before its last column. */
export function listWidth(): number {
  return process.stdout.isTTY ? (process.stdout.columns || 80) - 1 : Number.POSITIVE_INFINITY;
}

/** A command, indented. A terminal would break a long one in the middle of a word; elsewhere it stays one line. */
export function fittedCommand(command: string): string {
  const indent = '    ';
  return wrap(command, indent, listWidth() - 1).replaceAll('\n', ' \\\n  ');
}

/** Indents the lines after the first, for text that follows something else. */
export function hang(text: string, indent: number, width: number): string {
  return wrap(text, ' '.repeat(indent), width).trimStart();
}
