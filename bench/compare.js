// Two results side by side. A change counts only where the intervals of the medians do not overlap, and where the
// reference took as long as before: under other load all of them move, ratios too.
import { summary } from './statistics.js';
import { markdown } from './table.js';

const HEADS = ['work', 'command', 'figure', 'before', 'now', 'change', ''];

/** Less is not worth a word, however narrow the intervals are. */
const LEAST_CHANGE = 0.02;

/** On another machine only ratios say something. */
export function comparisonTable(before, now) {
  if (before.scale !== now.scale)
    throw new Error(`The saved result is of a ${before.scale} run, this is a ${now.scale} one.`);
  const sameMachine = before.machine.cpu === now.machine.cpu && before.machine.cores === now.machine.cores;
  const lines = now.results.flatMap((row) => {
    const old = before.results.find(({ id, name }) => id === row.id && name === row.name);
    if (old === undefined) return [];
    const isSteady = !sameMachine || hasSteadyReference(row.id, before, now);
    return linesOf(old, row, { sameMachine, isSteady });
  });
  const note = sameMachine
    ? ''
    : `The saved result is from another machine (${before.machine.cpu}): only ratios are compared.\n\n`;
  return note + markdown(lines, HEADS);
}

function linesOf(old, row, { sameMachine, isSteady }) {
  const figures = {
    ...(sameMachine && { 'wall s': wallOf }),
    ratio: (of) => of.ratios ?? [],
    ...(sameMachine && { 'RSS MiB': (of) => of.runs.map((run) => run.rss && run.rss / 1024 ** 2) }),
  };
  return Object.entries(figures).flatMap(([figure, read]) => {
    const [left, right] = [summary(read(old)), summary(read(row))];
    return left && right
      ? [[row.title, row.name, figure, show(left), show(right), ...changeOf(left, right, isSteady)]]
      : [];
  });
}

const wallOf = (row) => row.runs.map((run) => run.wall);

/** Whether the reference of a work took as long as before. Its code did not change: if it did, the machine was another. */
function hasSteadyReference(id, before, now) {
  const [left, right] = [before, now].map(({ results }) => {
    const reference = results.find((row) => row.id === id && row.role === 'reference');
    return reference && summary(wallOf(reference));
  });
  return left?.low === undefined || right?.low === undefined || !isApart(left, right);
}

const isApart = (left, right) => right.low > left.high || right.high < left.low;

const show = ({ median, low, high }) =>
  low === undefined ? median.toFixed(2) : `${median.toFixed(2)} [${low.toFixed(2)}–${high.toFixed(2)}]`;

function changeOf(left, right, isSteady) {
  const change = right.median / left.median - 1;
  const percent = `${(100 * change).toFixed(1)} %`;
  if (left.low === undefined || right.low === undefined) return [percent, 'too few runs'];
  if (!isApart(left, right) || Math.abs(change) < LEAST_CHANGE) return [percent, 'noise'];
  if (!isSteady) return [percent, 'machine changed'];
  return [percent, change > 0 ? 'worse' : 'better'];
}
