import { hasProblem, type Report, type ReportHead } from '../report/report.ts';
import { formatBytes, formatCount } from '../system/quantities.ts';
import { reasonOf } from './file-reason.ts';
import { placeOf } from './place.ts';
import { printable, shorten } from './printable.ts';
import { verdictOf } from './verdict.ts';

/** GitHub takes comments of 65,536 characters; what cuts them off must fit as well. */
const MOST_CHARACTERS = 65_000;
const MOST_IN_CELL = 200;
const MOST_CODES = 20;
const MOST_FILES = 20;
const MOST_WARNINGS = 10;

type Align = 'left' | 'right';

/** Markdown that fits into a comment of a pull request, whatever the size of the run. */
export function* markdownReport(report: Report): Generator<string> {
  let characters = 0;
  for (const line of lines(report)) {
    characters += line.length + 1;
    if (characters > MOST_CHARACTERS) return yield '\nThe rest does not fit into a comment: see the other formats.\n';
    yield `${line}\n`;
  }
}

function* lines(report: Report): Generator<string> {
  const { head } = report;
  const { word, sentence } = verdictOf(head);
  yield `## migrate-json ${head.command}: ${word.toLowerCase()}${head.dry_run ? ' (dry run)' : ''}`;
  yield '';
  yield `**${sentence}** ${fileLine(head)}`;
  if (head.error) yield* ['', `**${code(head.error.code)}** ${prose(head.error.message)}. ${prose(head.error.hint)}`];
  yield* rejectLines(head);
  yield* problemFiles(report);
  yield* tableLines('Datasets', ['dataset', 'files', 'read', 'loaded', 'rejected'], datasetRows(head));
  yield* tableLines('Tables', ['table', 'inserted', 'updated', 'unchanged', 'kept', 'deleted'], tableRows(head));
  yield* warningLines(report);
  yield* ['', `Run ${code(head.run_id)}, migrate-json ${head.tool_version}, exit code ${head.exit_code}.`];
}

function fileLine({ totals }: ReportHead): string {
  const parts = [
    [totals.files_loaded, 'loaded'],
    [totals.files_unchanged, 'unchanged'],
    [totals.files_partial, 'partial'],
    [totals.files_failed, 'failed'],
    [totals.files_not_reached, 'not reached'],
    [totals.files_unrecognised, 'not recognised'],
  ] as const;
  const told = parts.filter(([files]) => files > 0).map(([files, what]) => `${formatCount(files)} ${what}`);
  return `Files: ${told.join(', ') || 'none'} (${formatBytes(totals.bytes)}).`;
}

function* rejectLines({ reject_codes: codes }: ReportHead): Generator<string> {
  const rows = codes
    .slice(0, MOST_CODES)
    .map(({ code: name, records, example }) => [
      code(name),
      formatCount(records),
      `${code(example.path)}${placeOf(example) === '' ? '' : ` at ${code(placeOf(example))}`}: ${prose(example.message)}`,
      prose(example.hint),
    ]);
  yield* tableLines('Not loaded', ['code', 'records', 'first', 'what to do'], rows, ['left', 'right', 'left', 'left']);
  if (codes.length > MOST_CODES) yield* ['', `And ${codes.length - MOST_CODES} more codes.`];
}

function* problemFiles({ head, files }: Report): Generator<string> {
  const rows: string[][] = [];
  for (const file of files()) {
    if (!hasProblem(file)) continue;
    const { read, rejected } = file.records;
    rows.push([code(file.path), file.status, formatCount(read), formatCount(rejected), prose(reasonOf(file))]);
    if (rows.length === MOST_FILES) break;
  }
  const columns = ['file', 'status', 'read', 'rejected', 'reason'];
  yield* tableLines('Files with problems', columns, rows, ['left', 'left', 'right', 'right', 'left']);
  const { files_partial: partial, files_failed: failed } = head.totals;
  const more = partial - (head.notes?.inPart ?? 0) + failed - rows.length;
  if (more > 0) yield* ['', `And ${formatCount(more)} more.`];
}

function datasetRows({ datasets }: ReportHead): string[][] {
  return Object.entries(datasets).map(([name, { files, read, loaded, rejected }]) => [
    name,
    ...[files, read, loaded, rejected].map(formatCount),
  ]);
}

function tableRows({ tables }: ReportHead): string[][] {
  return Object.entries(tables).map(([name, { inserted, updated, unchanged, kept, deleted }]) => [
    name,
    ...[inserted, updated, unchanged, kept, deleted].map(formatCount),
  ]);
}

function* warningLines({ head, warnings }: Report): Generator<string> {
  const rows: string[][] = [];
  for (const warning of warnings()) {
    rows.push([code(warning.code), warning.path === null ? '' : code(warning.path), prose(warning.message)]);
    if (rows.length === MOST_WARNINGS) break;
  }
  yield* tableLines('Warnings', ['code', 'file', 'message'], rows, ['left', 'left', 'left']);
  const more = head.totals.warnings - rows.length;
  if (more > 0) yield* ['', `And ${formatCount(more)} more.`];
}

/** The first column to the left and all others to the right, unless `align` says otherwise. */
function* tableLines(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly Align[] = [],
): Generator<string> {
  if (rows.length === 0) return;
  const rules = columns.map((_, at) => ((align[at] ?? (at === 0 ? 'left' : 'right')) === 'left' ? '---' : '---:'));
  yield* ['', `### ${title}`, ''];
  for (const cells of [columns, rules, ...rows]) yield `| ${cells.join(' | ')} |`;
}

/** In a code span nothing is markup, nobody is mentioned and no issue is linked. */
function code(text: string): string {
  const shown = shorten(printable(text), MOST_IN_CELL).replaceAll('|', '\\|');
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 && shown.trim() !== '' ? `${fence}${shown}${fence}` : `${fence} ${shown} ${fence}`;
}

/** Text in which names of members may stand: escaped, and with what would mention somebody or become a link broken up. */
function prose(text: string): string {
  return shorten(printable(text), MOST_IN_CELL)
    .replaceAll(/[\\`*{}[\]()#+!|~$<>&]|(?<!\w)_|_(?!\w)/g, (character) => `&#${character.codePointAt(0)};`)
    .replaceAll(/@|:\/\/|www\.|(?<=&#35;)/gi, '$&\u200B');
}
