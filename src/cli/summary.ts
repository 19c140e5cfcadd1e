import type { ChalkInstance } from 'chalk';
import type { Report, ReportHead } from '../report/report.ts';
import { formatBytes, formatCount, formatDuration, table } from './format.ts';
import { plain } from './terminal.ts';

/** Reasons of rejects that the summary lists; the report has all. */
const MOST_CODES = 8;
const MOST_WARNINGS = 5;

/** What a person must know at once: the verdict, what was loaded, what was not and why, what to do next. */
export function* summary(report: Report, paint: ChalkInstance): Generator<string> {
  const { head } = report;
  yield `${verdict(head, paint)}\n\n`;
  if (Object.keys(head.datasets).length > 0) yield `${datasetTable(head)}\n\n`;
  if (Object.keys(head.tables).length > 0) yield `${rowTable(head)}\n\n`;
  yield `${fileLine(head)}\n`;
  yield* rejectLines(report, paint);
  yield* warningLines(report, paint);
  yield* nextLines(head, paint);
}

function verdict(head: ReportHead, paint: ChalkInstance): string {
  const { records_loaded: loaded, records_rejected: rejected } = head.totals;
  const took = `in ${formatDuration(head.duration_ms)}`;
  const loadedWhere = head.dry_run ? 'would be in the database' : 'in the database';
  const what = head.command === 'validate' ? 'valid' : loadedWhere;
  const counts = `${formatCount(loaded)} ${loaded === 1 ? 'record' : 'records'} ${what}, ${formatCount(rejected)} rejected, ${took}`;
  if (head.exit_code === 0) return `${paint.green(head.command === 'validate' ? 'VALID' : 'COMPLETE')}  ${counts}`;
  if (head.status === 'interrupted') return `${paint.yellow('INTERRUPTED')}  ${counts}`;
  return head.status === 'failed' ? `${paint.red('FAILED')}  ${counts}` : `${paint.yellow('PARTIAL')}  ${counts}`;
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
  const rows = Object.entries(tables).map(([name, { inserted, updated, unchanged, kept }]) => [
    name,
    ...[inserted, updated, unchanged, kept].map(formatCount),
  ]);
  return table([['table', 'inserted', 'updated', 'unchanged', 'kept'], ...rows]).join('\n');
}

function fileLine({ totals, command }: ReportHead): string {
  const parts = [
    [totals.files_loaded, command === 'validate' ? 'valid' : 'loaded'],
    [totals.files_unchanged, 'unchanged since they were loaded'],
    [totals.files_partial, 'partial'],
    [totals.files_failed, 'failed'],
    [totals.files_unrecognised, 'not recognised'],
  ] as const;
  const told = parts.filter(([files]) => files > 0).map(([files, what]) => `${formatCount(files)} ${what}`);
  return `files: ${told.join(', ') || 'none'} (${formatBytes(totals.bytes)})`;
}

function* rejectLines(report: Report, paint: ChalkInstance): Generator<string> {
  const codes = report.rejectCodes();
  if (codes.length === 0) return;
  yield `\n${paint.bold('Not loaded')}\n`;
  for (const { code, records, example } of codes.slice(0, MOST_CODES)) {
    yield `  ${paint.red(code)}  ${formatCount(records)} ${records === 1 ? 'record' : 'records'}, ${records === 1 ? 'at' : 'first at'} ${plain(placeOf(example))}\n`;
    yield `    ${plain(example.message)}\n    ${paint.dim(plain(example.hint))}\n`;
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

function* warningLines(report: Report, paint: ChalkInstance): Generator<string> {
  const { warnings } = report.head.totals;
  if (warnings === 0) return;
  yield `\n${paint.bold('Warnings')}\n`;
  let shown = 0;
  for (const { code, path, message } of report.warnings()) {
    if (shown++ === MOST_WARNINGS) break;
    yield `  ${paint.yellow(code)}  ${path === null ? '' : `${plain(path)}: `}${plain(message)}\n`;
  }
  if (warnings > MOST_WARNINGS) yield `  and ${formatCount(warnings - MOST_WARNINGS)} more, in the report\n`;
}

function* nextLines(head: ReportHead, paint: ChalkInstance): Generator<string> {
  const next: string[] = [];
  if (head.backup !== null) next.push(`the sources were copied to ${head.backup}`);
  if (head.archive !== null) next.push(`loaded files were moved to ${head.archive}`);
  const hasRejects = head.totals.records_rejected > 0;
  if (hasRejects)
    next.push(
      'every reject with its place: the same command with --report report.json, and --rejects DIR for the bytes',
    );
  if (hasRejects && !head.dry_run && head.command === 'run')
    next.push('correct the files and run the same command again: only what is not loaded yet is read');
  if (head.exit_code === 0 && head.dry_run) next.push('the same command without --dry-run loads it');
  if (head.totals.files === head.totals.files_unrecognised)
    next.push(`nothing to load in ${head.root}: migrate-json scan says what each file was taken for`);
  if (next.length === 0) return;
  yield `\n${paint.bold('Next')}\n`;
  for (const line of next) yield `  ${plain(line)}\n`;
}
