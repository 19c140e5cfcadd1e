import { summary } from './statistics.js';

const MEMORY_GOAL = 300 * 1024 * 1024;
const HEADS = ['work', 'command', 'n', 'wall s', 'CPU s', 'server CPU s', 'RSS MiB', 'rows/s', 'MB/s', 'ratio', 'goal'];

/** One Markdown table of everything that was measured. */
export function resultTable({ results: rows, scale }) {
  const body = rows.map((row, index) => cellsOf(row, rows[index - 1]?.id !== row.id));
  return markdown([...body, ...memoryLine(rows, scale)]);
}

function cellsOf(row, isFirst) {
  const title = isFirst ? row.title : '';
  if (row.failed !== undefined)
    return [title, row.name, '0', `failed: ${row.failed.split('\n')[0]}`, ...Array(7).fill('')];
  const of = (member) => summary(row.runs.map((run) => run[member]));
  const wall = of('wall');
  const speed = (amount) => (amount === undefined ? '' : Math.round(amount / wall.median).toLocaleString('en'));
  return [
    title,
    row.name,
    String(row.runs.length),
    withInterval(wall, (seconds) => seconds.toFixed(seconds < 1 ? 3 : 2)),
    fixed(of('cpu'), 2),
    fixed(of('serverCpu'), 2),
    fixed(of('rss'), 0, 1024 ** 2),
    speed(row.rows),
    speed(row.bytes === undefined ? undefined : row.bytes / 1e6),
    row.ratios === undefined ? '' : withInterval(summary(row.ratios), (ratio) => ratio.toFixed(2)),
    verdict(row),
  ];
}

function fixed(values, digits, unit = 1) {
  return values === undefined ? '' : (values.median / unit).toFixed(digits);
}

function withInterval({ median, low, high }, format) {
  return low === undefined ? format(median) : `${format(median)} [${format(low)}–${format(high)}]`;
}

function verdict({ goal, ratios, added }) {
  if (goal === undefined || ratios === undefined) return '';
  if (added !== undefined) {
    const milliseconds = (seconds) => `${Math.round(seconds * 1000)} ms`;
    const measured = summary(added);
    return `≤ +${milliseconds(goal.addedSeconds)}: +${milliseconds(measured.median)}, ${standing(measured, goal.addedSeconds)}`;
  }
  return `≤ ${goal.ratio}: ${standing(summary(ratios), goal.ratio)}`;
}

/** Open while the interval contains the goal. */
function standing({ low, high }, goal) {
  if (high <= goal) return 'met';
  return low > goal ? 'missed' : 'open';
}

/** The largest RSS of migrate-json in any load. The goal is for the data of a `large` run: below that it can only be missed. */
function memoryLine(rows, scale) {
  const peaks = rows.filter((row) => row.isLoad).flatMap((row) => row.runs.map((run) => run.rss ?? 0));
  if (peaks.length === 0) return [];
  const peak = Math.max(...peaks);
  const withinGoal = scale === 'large' ? 'met' : 'open (--large)';
  const goal = `≤ 300: ${peak <= MEMORY_GOAL ? withinGoal : 'missed'}`;
  const cells = ['peak memory, all loads', 'migrate-json', String(peaks.length), '', '', ''];
  return [[...cells, (peak / 1024 ** 2).toFixed(0), '', '', '', goal]];
}

export function markdown(body, heads = HEADS) {
  const widths = heads.map((head, column) =>
    Math.max(...[head, ...body.map((cells) => cells[column])].map((cell) => cell.length)),
  );
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
