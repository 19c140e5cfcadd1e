export { formatBytes, formatCount, formatDuration } from '../system/quantities.ts';

/** Columns padded to their widest cell: the first and those in `left` to the left, numbers to the right. */
export function table(rows: readonly (readonly string[])[], left: readonly number[] = []): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (text: string, column: number): string => {
    const width = widths[column] ?? 0;
    return column === 0 || left.includes(column) ? text.padEnd(width) : text.padStart(width);
  };
  return rows.map((row) => row.map(pad).join('  ').trimEnd());
}

/**
 * A table that a terminal need not break: where it is too wide, its widest texts get lines of their own, those of the first column
 * above the others of their row and all others below.
 */
export function fittedTable(rows: readonly (readonly string[])[], left: readonly number[] = []): string {
  const width = listWidth();
  const isWide = (lines: readonly string[]): boolean => lines.some((line) => line.length > width);
  let columns = (rows[0] ?? []).map((_, column) => column);
  let lines = table(rows, left);
  while (isWide(lines)) {
    const widest = columns.filter((column) => column === 0 || left.includes(column)).toSorted(byWidth(rows))[0];
    if (widest === undefined || columns.length === 1) break;
    columns = columns.filter((column) => column !== widest);
    const isLeft = (column: number): boolean => left.includes(columns[column] ?? 0);
    lines = table(
      rows.map((row) => columns.map((column) => row[column] ?? '')),
      [...columns.keys()].filter(isLeft),
    );
  }
  const indent = columns[0] === 0 ? '' : '  ';
  return rows.flatMap((row, index) => linesOfRow(row, columns, indent + (lines[index] ?? ''))).join('\n');
}

function byWidth(rows: readonly (readonly string[])[]): (one: number, other: number) => number {
  const widthOf = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return (one, other) => widthOf(other) - widthOf(one) || other - one;
}

function linesOfRow(row: readonly string[], columns: readonly number[], line: string): string[] {
  const own = row.map((cell, column) => (columns.includes(column) ? '' : cell));
  const [first = '', ...others] = own;
  const below = others.filter((cell) => cell !== '').map((cell) => wrap(cell, '    ', listWidth()));
  return [...(first === '' ? [] : [wrap(first, '', listWidth())]), ...(line.trim() === '' ? [] : [line]), ...below];
}

/** Lines of at most this width, all of them indented. What has no blank, such as a path, stays whole. */
export function wrap(text: string, indent = '', width = Math.min(80, process.stdout.columns || 80)): string {
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

/** Indents the lines after the first, for text that follows something else. */
export function hang(text: string, indent: number, width: number): string {
  return wrap(text, ' '.repeat(indent), width).trimStart();
}
