import type { RejectExample, Report, ReportHead, Warning } from '../../report/report.ts';
import { counted, formatBytes, formatCount, formatDuration } from '../../system/quantities.ts';
import { quoted } from '../../system/quoted.ts';
import { placeOf } from '../place.ts';
import { verdictOf } from '../verdict.ts';
import { statusChart, throughputChart } from './charts.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import type { Survey } from './survey.ts';
import { table } from './table.ts';

const MOST_WARNINGS = 100;

/** First of all how it ended, in words. */
export function verdictSection(head: ReportHead): Markup {
  const { word, sentence } = verdictOf(head);
  const { error } = head;
  const what = `migrate-json ${head.command}${head.dry_run ? ', a dry run: nothing was written' : ''}`;
  const ended = error
    ? html`<p class="error"><strong>${error.message}.</strong> ${error.hint} <code>${error.code}</code></p>`
    : NOTHING;
  return html`<header class="verdict ${word.toLowerCase()}">
<p>${what}</p>
<h1>${word}</h1>
<p class="sentence">${sentence}</p>
${ended}${nextStep(head)}</header>
`;
}

function nextStep(head: ReportHead): Markup {
  const { command, dry_run: isDry, exit_code: exitCode, totals, options } = head;
  const { rejects } = options;
  const isToCorrect = totals.records_rejected > 0 && !isDry;
  if (isToCorrect && typeof rejects === 'string')
    return html`<p>Next: correct what is in <code>${rejects}</code>, then load it with <code>${retryOf(head, rejects)}</code>.</p>`;
  if (isToCorrect && command === 'run')
    return html`<p>Next: correct the files and run the same command again. Only what is not loaded yet is read.</p>`;
  return exitCode === 0 && isDry
    ? html`<p>Next: the same command without <code>--dry-run</code> loads it.</p>`
    : NOTHING;
}

/** The same place for what is loaded: of the database the page knows all but the password. */
function retryOf({ target, options }: ReportHead, rejects: string): string {
  const { dbSchema, ledgerSchema, config } = options;
  const schema = dbSchema === 'public' ? undefined : dbSchema;
  const places = { to: target, 'db-schema': schema, 'ledger-schema': ledgerSchema, config };
  const words = Object.entries(places).flatMap(([name, value]) =>
    typeof value === 'string' ? [`--${name}`, quoted(value)] : [],
  );
  return ['migrate-json', 'retry', quoted(rejects), ...words].join(' ');
}

export function factsSection(head: ReportHead): Markup {
  const facts: Readonly<Record<string, string | null>> = {
    Run: head.run_id,
    Shard: head.shard,
    'Read from': head.root,
    'Loaded into': head.target,
    Started: `${head.started_at.slice(0, 19).replace('T', ' ')} UTC`,
    Took: formatDuration(head.duration_ms),
    'Source files': `${formatCount(head.totals.files)}, ${formatBytes(head.totals.bytes)}`,
    'Exit code': String(head.exit_code),
    Backup: head.backup,
    Archive: head.archive,
    Version: `migrate-json ${head.tool_version}, schema ${head.schema_version}`,
  };
  const lines = Object.entries(facts).flatMap(([name, value]) =>
    value === null ? [] : [html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`],
  );
  return html`<dl>\n${lines}</dl>\n`;
}

/** By code, the most frequent first. */
export function rejectsSection({ reject_codes: codes }: ReportHead): Markup {
  if (codes.length === 0) return NOTHING;
  const groups = codes.map(({ code, records, example, further }) => {
    const examples = [example, ...further];
    const shown = examples.length < records ? `the first ${examples.length} of ${formatCount(records)}` : 'all of them';
    return html`<section class="reject">
<h3><code>${code}</code> ${counted(records, 'record')}</h3>
<p>${example.hint}</p>
${table(`${code}: ${shown}`, ['file', 'place', 'what is wrong'], examples.map(exampleRow))}</section>
`;
  });
  return section('not-loaded', 'Not loaded', groups);
}

function exampleRow(example: RejectExample): readonly string[] {
  return [example.path, placeOf(example), example.message];
}

export function countsSection(head: ReportHead, survey: Survey): Markup {
  const datasets = Object.entries(head.datasets).map(([name, { files, read, loaded, rejected }]) => [
    ...[name, files, read, loaded, rejected],
  ]);
  const tables = Object.entries(head.tables).map(([name, { inserted, updated, unchanged, kept, deleted }]) => [
    ...[name, inserted, updated, unchanged, kept, deleted],
  ]);
  const goal = head.command === 'validate' ? 'valid' : 'loaded';
  return section('counts', 'Counts', [
    statusChart(survey),
    table('Records by dataset', ['dataset', 'files', 'records', goal, 'rejected'], datasets),
    table('Rows by table', ['table', 'inserted', 'updated', 'unchanged', 'kept', 'deleted'], tables),
  ]);
}

export function throughputSection(head: ReportHead): Markup {
  const chart = throughputChart(head);
  return chart === NOTHING ? NOTHING : section('throughput', 'Rows per second', [chart]);
}

export function unmappedSection({ unmapped, hasMoreUnmapped }: Survey): Markup {
  if (unmapped.length === 0) return NOTHING;
  const rows = unmapped.map(({ dataset, pointer, records }) => [pointer, dataset, records]);
  const more = hasMoreUnmapped ? html`<p>There are more: the JSON report has them by file.</p>` : NOTHING;
  return section('unmapped', 'Unmapped members', [
    html`<p>No column holds these members. They are kept in the column <code>extra</code> of their row.</p>`,
    table('Unmapped members by dataset', ['member', 'dataset', 'records'], rows),
    more,
  ]);
}

export function warningsSection({ head, warnings }: Report): Markup {
  const shown: Warning[] = [];
  for (const warning of warnings()) {
    if (shown.length === MOST_WARNINGS) break;
    shown.push(warning);
  }
  if (shown.length === 0) return NOTHING;
  const rows = shown.map(({ code, path, message }) => [code, path ?? '', message]);
  const more = head.totals.warnings - shown.length;
  return section('warnings', 'Warnings', [
    table('Warnings in the order they came', ['code', 'file', 'message'], rows),
    more > 0 ? html`<p>And ${formatCount(more)} more, in the JSON report.</p>` : NOTHING,
  ]);
}

function section(id: string, title: string, content: readonly Markup[]): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}</section>
`;
}
