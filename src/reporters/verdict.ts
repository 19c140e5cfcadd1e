import type { ReportHead } from '../report/report.ts';
import { counted, formatCount, formatDuration } from '../system/quantities.ts';

/** How a run ended, in one word and one sentence. */
export interface Verdict {
  readonly word: 'Complete' | 'Valid' | 'Partial' | 'Failed' | 'Interrupted';
  readonly sentence: string;
}

export function verdictOf(head: ReportHead): Verdict {
  const gone = head.notes?.gone ?? 0;
  const loaded = head.totals.records_loaded - gone;
  const records = counted(loaded, 'record');
  const since = gone > 0 ? `, ${formatCount(gone)} deleted since` : '';
  const rejected = formatCount(head.totals.records_rejected);
  const counts = `${records} ${goalOf(head)}${since}, ${rejected} rejected, in ${formatDuration(head.duration_ms)}.`;
  return { word: wordOf(head), sentence: `${stopOf(head)}${counts}` };
}

/** What a limit kept the run from. */
function stopOf({ stopped_by: stoppedBy, totals }: ReportHead): string {
  if (stoppedBy === undefined) return '';
  const [left, were] = [totals.files_not_reached, totals.files_not_reached === 1 ? 'was' : 'were'];
  const files = left === 0 ? '' : `: ${counted(left, 'file')} ${were} not reached`;
  return `stopped by --${stoppedBy}${files}; `;
}

function wordOf({ exit_code: exitCode, command, status }: ReportHead): Verdict['word'] {
  if (exitCode === 0) return command === 'validate' ? 'Valid' : 'Complete';
  if (status === 'interrupted') return 'Interrupted';
  return status === 'failed' ? 'Failed' : 'Partial';
}

function goalOf({ command, dry_run: isDry }: ReportHead): string {
  if (command === 'validate') return 'valid';
  return isDry ? 'would be in the database' : 'in the database';
}
