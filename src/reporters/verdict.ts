import type { ReportHead } from '../report/report.ts';
import { formatCount, formatDuration } from '../system/quantities.ts';

/** How a run ended, in one word and one sentence. */
export interface Verdict {
  readonly word: 'Complete' | 'Valid' | 'Partial' | 'Failed' | 'Interrupted';
  readonly sentence: string;
}

export function verdictOf(head: ReportHead): Verdict {
  const { records_loaded: loaded, records_rejected: rejected } = head.totals;
  const records = `${formatCount(loaded)} ${loaded === 1 ? 'record' : 'records'}`;
  const counts = `${records} ${goalOf(head)}, ${formatCount(rejected)} rejected, in ${formatDuration(head.duration_ms)}.`;
  return { word: wordOf(head), sentence: counts };
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
