import type { FileStatus, ReportHead, Throughput } from '../../report/report.ts';
import { counted, formatCount, formatDuration } from '../../system/quantities.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import type { Survey } from './survey.ts';
import { table } from './table.ts';

/** Worst first. */
export const STATUSES = {
  failed: 'failed',
  partial: 'partial',
  'not-reached': 'not reached',
  loaded: 'loaded',
  unchanged: 'unchanged',
  unrecognised: 'not recognised',
} as const satisfies Record<FileStatus, string>;

/** The numbers stand beside the bars, so that the bars are for the eye only. */
export function statusChart({ statuses }: Survey): Markup {
  const most = Math.max(1, ...[...statuses.values()].map(({ read }) => read));
  const rows = Object.entries(STATUSES).flatMap(([status, name]) => {
    const counts = statuses.get(status as FileStatus);
    if (counts === undefined) return [];
    const { files, read, loaded, rejected } = counts;
    return [[name, files, read, loaded, rejected, bar((100 * loaded) / most, (100 * rejected) / most)]];
  });
  const columns = ['files that are', 'files', 'records', 'in the database', 'rejected', 'loaded and rejected'];
  return table('Records by what became of their file', columns, rows);
}

/** The widths are parts of a hundred. What is there can be seen, however little it is. */
function bar(loaded: number, rejected: number): Markup {
  const [first, second] = [loaded, rejected].map((width) => (width === 0 ? 0 : Math.max(width, 0.5)));
  return html`<svg class="bar" viewBox="0 0 101 8" preserveAspectRatio="none" aria-hidden="true"><rect class="good" width="${fixed(first ?? 0)}" height="8"/><rect class="bad" x="${fixed(first ?? 0)}" width="${fixed(second ?? 0)}" height="8"/></svg>`;
}

/** Rows per second since the run began. */
export function throughputChart({ throughput, duration_ms: duration }: ReportHead): Markup {
  const rows = throughput.rows.reduce((sum, count) => sum + count, 0);
  if (rows === 0) return NOTHING;
  const average = `${counted(Math.round((1000 * rows) / Math.max(1, duration)), 'row')} per second on average`;
  const told = `${counted(rows, 'row')} in ${formatDuration(duration)}, ${average}`;
  if (throughput.rows.length < 2) return html`<p>${told}. The run was too short for a chart.</p>`;
  const rates = ratesOf(throughput, duration);
  const peak = Math.max(...rates);
  return html`<figure>
<figcaption>${told}, ${formatCount(Math.round(peak))} at the most</figcaption>
<div class="axis"><span>${formatCount(Math.round(peak))} rows/s</span></div>
<svg class="line" viewBox="0 0 ${rates.length} 100" preserveAspectRatio="none" role="img" aria-label="Rows per second over time: ${told}"><path d="${steps(rates, peak)}"/></svg>
<div class="axis"><span>0</span><span>${formatDuration(rates.length * throughput.interval_ms)}</span></div>
</figure>
`;
}

/** The last interval may not have been over. */
function ratesOf({ interval_ms: interval, rows }: Throughput, duration: number): number[] {
  return rows.map((count, at) => {
    const length = Math.min(interval, Math.max(duration - at * interval, interval / 4));
    return (1000 * count) / length;
  });
}

function steps(rates: readonly number[], peak: number): string {
  const tops = rates.map((rate, at) => `V${fixed(100 - (98 * rate) / peak)}H${at + 1}`);
  return `M0 100${tops.join('')}V100Z`;
}

function fixed(value: number): string {
  return String(Math.round(value * 100) / 100);
}
