import type { FileEntry } from '../report/report.ts';

/** Why a file was not loaded as a whole, where no reject says it. */
export function reasonOf({ status, skipped_by: skippedBy, reason }: FileEntry): string {
  if (status === 'unrecognised') return reason;
  if (skippedBy === 'only') return 'other datasets are left out by --only';
  return skippedBy === null || skippedBy === 'ledger' ? '' : `not reached: ${skippedBy}`;
}

/** The datasets that take records from the file. */
export function datasetsOf({ dataset, datasets }: Pick<FileEntry, 'dataset' | 'datasets'>): string {
  return datasets === undefined ? (dataset ?? '') : Object.keys(datasets).sort().join(', ');
}
