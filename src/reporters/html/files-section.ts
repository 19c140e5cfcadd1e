import { type FileReport, hasProblem, type Report } from '../../report/report.ts';
import { formatBytes, formatCount } from '../../system/quantities.ts';
import { datasetsOf, reasonOf } from '../file-reason.ts';
import { printable } from '../printable.ts';
import { STATUSES } from './charts.ts';
import { html, type Markup, NOTHING, scriptJson } from './markup.ts';

/** More of them no browser shows smoothly: the other formats have them all. */
const MOST_FILES = 100_000;
/** Readable without JavaScript. The script shows as many on a page. */
const FILES_ON_PAGE = 100;
const MOST_CODES = 5;

/** What the table says of a file; `bytes` is null where the file could not be read. */
type FileRow = readonly [
  path: string,
  dataset: string,
  status: string,
  read: number,
  loaded: number,
  rejected: number,
  bytes: number | null,
  why: string,
];

const COLUMNS = ['file', 'dataset', 'status', 'read', 'loaded', 'rejected', 'size', 'why'] as const;
const NUMBERS: readonly string[] = ['read', 'loaded', 'rejected', 'size'];

/** The table of files: its first page as HTML, all rows as data for the script. Files with problems come first. */
export function* filesSection(report: Report, listed: number): Generator<string> {
  const count = Math.min(listed, MOST_FILES);
  yield html`<section id="files" aria-labelledby="files-title">
<h2 id="files-title">Files</h2>
${unlisted(report, count)}${controls()}
<noscript><p>Without JavaScript these are the first ${Math.min(count, FILES_ON_PAGE)} of ${formatCount(count)} files, those with problems first.</p></noscript>
<div class="scroll" role="region" aria-label="Files" tabindex="0"><table id="file-table" data-page="${FILES_ON_PAGE}">
<caption>What became of each file</caption>
<thead><tr>${COLUMNS.map(headerOf)}</tr></thead>
<tbody>
`.text;
  for (const file of take(problemsFirst(report), FILES_ON_PAGE)) yield htmlRow(rowOf(file)).text;
  yield html`</tbody></table></div>
<nav class="pages" aria-label="Pages of files" hidden><button type="button" id="previous">Previous</button> <span id="page"></span> <button type="button" id="next">Next</button></nav>
</section>
<script type="application/json" id="file-data">[`.text;
  let between = '\n';
  for (const file of take(problemsFirst(report), MOST_FILES)) {
    yield `${between}${scriptJson(rowOf(file))}`;
    between = ',\n';
  }
  yield '\n]</script>\n';
}

function* problemsFirst({ files }: Report): Generator<FileReport> {
  for (const isProblem of [true, false]) {
    for (const file of files()) {
      if (hasProblem(file) === isProblem) yield file;
    }
  }
}

function* take<T>(items: Iterable<T>, most: number): Generator<T> {
  let left = most;
  for (const item of items) {
    if (left-- === 0) return;
    yield item;
  }
}

function rowOf(file: FileReport): FileRow {
  const { path, status, records, bytes } = file;
  const { read, loaded, rejected } = records;
  return [printable(path), datasetsOf(file), STATUSES[status], read, loaded, rejected, bytes, whyOf(file)];
}

function whyOf(file: FileReport): string {
  if (!hasProblem(file)) return reasonOf(file);
  const codes = new Set<string>();
  for (const { code } of file.rejects) {
    codes.add(code);
    if (codes.size === MOST_CODES) break;
  }
  return [...codes].join(', ') || reasonOf(file);
}

function htmlRow([path, dataset, status, read, loaded, rejected, bytes, why]: FileRow): Markup {
  const counts = [read, loaded, rejected].map((count) => html`<td class="number">${formatCount(count)}</td>`);
  const size = bytes === null ? '' : formatBytes(bytes);
  return html`<tr><th scope="row">${path}</th><td>${dataset}</td><td>${status}</td>${counts}<td class="number">${size}</td><td>${why}</td></tr>
`;
}

function headerOf(name: string): Markup {
  return NUMBERS.includes(name)
    ? html`<th scope="col" class="number">${name}</th>`
    : html`<th scope="col">${name}</th>`;
}

function unlisted({ head }: Report, count: number): Markup {
  const { files } = head.totals;
  return files > count ? html`<p>Listed are ${formatCount(count)} of ${formatCount(files)} files.</p>\n` : NOTHING;
}

/** Shown by the script, which they need. */
function controls(): Markup {
  const statuses = Object.values(STATUSES).map((name) => html`<option>${name}</option>`);
  return html`<form class="controls" role="search" hidden>
<label for="search">Search <input type="search" id="search" placeholder="path, dataset, reason" autocomplete="off" spellcheck="false"></label>
<label for="status">Status <select id="status"><option value="">all</option>${statuses}</select></label>
<p id="count" role="status"></p>
</form>`;
}
