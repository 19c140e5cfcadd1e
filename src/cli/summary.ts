import type { ChalkInstance } from 'chalk';
import type { Report, ReportHead } from '../report/report.ts';
import { verdictOf } from '../reporters/verdict.ts';
import { counted, formatBytes, formatCount, table, wrap } from './format.ts';
import { withCommands } from './named-commands.ts';
import { nextLines } from './next-lines.ts';
import { nextSteps } from './next-steps.ts';
import type { Call } from './repeated-call.ts';
import { printable } from './terminal.ts';

/** Reasons of rejects that the summary lists; the report has all. */
const MOST_CODES = 8;
const MOST_WARNINGS = 5;
/** Files that look like data and were not read. */
const MOST_UNREAD = 20;

/**
 * What a person must know at once: the verdict, what was loaded, what was not and why; and what to do next, unless the run
 * is one of the past.
 */
export function* summary(report: Report, call: Call | undefined, paint: ChalkInstance): Generator<string> {
  const { head } = report;
  yield `${verdict(head, paint)}\n\n`;
  if (Object.keys(head.datasets).length > 0) yield `${datasetTable(head)}\n\n`;
  if (Object.keys(head.tables).length > 0) yield `${rowTable(head)}\n\n`;
  yield `${fileLine(head)}\n`;
  yield* repairLine(head);
  yield* rejectLines(report, paint);
  yield* unreadLines(report, paint);
  yield* warningLines(report, call?.told ?? new Set(), paint);
  if (call) yield* nextLines(nextSteps(head, call), paint);
}

function verdict(head: ReportHead, paint: ChalkInstance): string {
  const { word, sentence } = verdictOf(head);
  const shown = word.toUpperCase();
  const text = wrap(`${shown}  ${sentence.slice(0, -1)}`);
  const bad = word === 'Failed' ? paint.red(shown) : paint.yellow(shown);
  return text.replace(shown, head.exit_code === 0 ? paint.green(shown) : bad);
}

function datasetTable({ datasets, command }: ReportHead): string {
  const rows = Object.entries(datasets).map(([name, { files, read, loaded, rejected }]) => [
    name,
    ...[files, read, loaded, rejected].map(formatCount),
  ]);
  return table([
    ['dataset', 'files', 'records', command === 'validate' ? 'valid' : 'loaded', 'rejected'],
    ...rows,
  ]).join('\n');
}

function rowTable({ tables }: ReportHead): string {
  const hasDeleted = Object.values(tables).some(({ deleted }) => deleted > 0);
  const rows = Object.entries(tables).map(([name, { inserted, updated, unchanged, kept, deleted }]) => [
    name,
    ...[inserted, updated, unchanged, kept, ...(hasDeleted ? [deleted] : [])].map(formatCount),
  ]);
  const head = ['table', 'inserted', 'updated', 'unchanged', 'kept', ...(hasDeleted ? ['deleted'] : [])];
  return table([head, ...rows]).join('\n');
}

function fileLine({ totals, command }: ReportHead): string {
  const parts = [
    [totals.files_loaded, command === 'validate' ? 'valid' : 'loaded'],
    [totals.files_unchanged, 'unchanged since they were loaded'],
    [totals.files_partial, 'partial'],
    [totals.files_failed, 'failed'],
    [totals.files_not_reached, 'not reached'],
    [totals.files_unrecognised, 'not recognised'],
  ] as const;
  const told = parts.filter(([files]) => files > 0).map(([files, what]) => `${formatCount(files)} ${what}`);
  return wrap(`files: ${told.join(', ') || 'none'} (${formatBytes(totals.bytes)})`);
}

/** What was changed on the way, by name. */
function* repairLine({ notes }: ReportHead): Generator<string> {
  const made = Object.entries(notes?.repairs ?? {}).filter(([, times]) => times > 0);
  const repairs = made.toSorted(([one], [other]) => (one < other ? -1 : 1));
  const told = repairs.map(([code, times]) => `${code} ${formatCount(times)}`);
  if (told.length > 0) yield `${wrap(`repairs: ${told.join(', ')}`)}\n`;
}

function* rejectLines(report: Report, paint: ChalkInstance): Generator<string> {
  const codes = report.rejectCodes();
  if (codes.length === 0) return;
  yield `\n${paint.bold('Not loaded')}\n`;
  for (const { code, records, example } of codes.slice(0, MOST_CODES)) {
    yield `  ${paint.red(code)}  ${counted(records, 'record')}\n`;
    yield `${wrap(`${records === 1 ? 'at' : 'first at'} ${printable(placeOf(example))}`, '    ')}\n`;
    yield `${wrap(printable(withCommands(example.message)), '    ')}\n${paint.dim(wrap(printable(withCommands(example.hint)), '    '))}\n`;
  }
  if (codes.length > MOST_CODES) yield `  and ${codes.length - MOST_CODES} more reasons, in the report\n`;
}

function placeOf({
  path,
  record,
  line,
  column,
  pointer,
}: ReturnType<Report['rejectCodes']>[number]['example']): string {
  const parts = [path];
  if (line !== null && column !== null) parts.push(`${line}:${column}`);
  return `${parts.join(':')}${record === null ? '' : ` record ${record}`}${pointer === '' ? '' : ` ${pointer}`}`;
}

function* unreadLines(report: Report, paint: ChalkInstance): Generator<string> {
  const unread = report.head.notes?.unexplained ?? 0;
  if (unread === 0) return;
  yield `\n${paint.bold('Not read')}\n`;
  let shown = 0;
  for (const { code, path, message } of report.warnings()) {
    if (code !== NOT_READ) continue;
    if (shown++ === MOST_UNREAD) break;
    yield `${wrap(`${printable(path ?? '')}: ${withCommands(message)}`, '  ')}\n`;
  }
  if (unread > MOST_UNREAD) yield `  and ${formatCount(unread - MOST_UNREAD)} more, in the report\n`;
  yield `${paint.dim(wrap('They look like data. If they need not be in the database, name them with --ignore, or under ignore: in the config file.', '    '))}\n`;
}

const NOT_READ = 'not-read';

/** Those that stderr has not shown already. */
function* warningLines(report: Report, told: ReadonlySet<string>, paint: ChalkInstance): Generator<string> {
  const { warnings } = report.head.totals;
  const unread = report.head.notes?.unexplained ?? 0;
  const others = warnings - unread - told.size;
  if (others <= 0) return;
  yield `\n${paint.bold('Warnings')}\n`;
  let shown = 0;
  for (const { code, path, message } of report.warnings()) {
    if (code === NOT_READ || (path === null && told.has(message))) continue;
    if (shown++ === MOST_WARNINGS) break;
    const text = `${code}  ${path === null ? '' : `${printable(path)}: `}${printable(withCommands(message))}`;
    yield `${wrap(text, '  ').replace(code, paint.yellow(code))}\n`;
  }
  if (others > MOST_WARNINGS) yield `  and ${formatCount(others - MOST_WARNINGS)} more, in the report\n`;
}
