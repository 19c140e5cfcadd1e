import type { FileReport, Report } from '../report/report.ts';
import { reasonOf } from './file-reason.ts';

type Cell = string | number | null;

/** By the name in the first row. */
const COLUMNS = {
  path: ({ path }) => path,
  dataset: ({ dataset }) => dataset,
  owner: ({ owner }) => owner,
  status: ({ status }) => status,
  records_read: ({ records }) => records.read,
  records_loaded: ({ records }) => records.loaded,
  records_rejected: ({ records }) => records.rejected,
  reject_codes: ({ rejects }) => codesOf(rejects),
  reason: reasonOf,
  rows_inserted: ({ rows }) => rows.inserted,
  rows_updated: ({ rows }) => rows.updated,
  rows_unchanged: ({ rows }) => rows.unchanged,
  rows_kept: ({ rows }) => rows.kept,
  rows_deleted: ({ rows }) => rows.deleted ?? 0,
  repairs: ({ repairs }) => sumOf(repairs),
  unmapped: ({ unmapped }) => sumOf(unmapped),
  dropped: ({ dropped }) => sumOf(dropped),
  bytes: ({ bytes }) => bytes,
  sha256: ({ sha256 }) => sha256,
  archived_to: ({ archived_to: archivedTo }) => archivedTo,
  datasets: ({ datasets }) => countsOf(datasets),
} as const satisfies Record<string, (file: FileReport) => Cell>;

/** What a spreadsheet takes for the start of a formula. https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]|^[\t\r\n]/u;

/** One row per file. https://www.rfc-editor.org/rfc/rfc4180 */
export function* csvReport({ files }: Report): Generator<string> {
  yield `${Object.keys(COLUMNS).join(',')}\r\n`;
  const columns = Object.values(COLUMNS);
  for (const file of files()) yield `${columns.map((column) => cell(column(file))).join(',')}\r\n`;
}

function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function codesOf(rejects: FileReport['rejects']): string {
  const codes = new Set<string>();
  for (const { code } of rejects) codes.add(code);
  return [...codes].sort().join(' ');
}

/** `usage 4/5; users 2/2`: of 5 records of usage 4 are in the database. Empty where the file holds those of one dataset. */
function countsOf(datasets: FileReport['datasets'] = {}): string {
  const counts = Object.entries(datasets).map(([name, { loaded, read }]) => `${name} ${loaded}/${read}`);
  return counts.sort().join('; ');
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
