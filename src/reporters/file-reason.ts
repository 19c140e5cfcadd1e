import type { FileEntry } from '../report/report.ts';

/** Why a file was not loaded as a whole, where no reject says it. */
export function reasonOf({ status, skipped_by: skippedBy, reason }: FileEntry): string {
  if (status === 'unrecognised') return reason;
  return skippedBy === null || skippedBy === 'ledger' ? '' : `not reached: ${skippedBy}`;
}
