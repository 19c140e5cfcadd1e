import { isUnexplained } from '../datasets/recognise.ts';
import { type FileEntry, isInPart, type ReportHead, type Totals } from './report.ts';
import type { FileSums } from './tally.ts';

/** The numbers of a report. */
export type Counts = Required<Pick<ReportHead, 'totals' | 'notes' | 'datasets' | 'tables' | 'account'>>;

const NO_TOTALS: Totals = {
  files: 0,
  files_loaded: 0,
  files_unchanged: 0,
  files_partial: 0,
  files_failed: 0,
  files_not_reached: 0,
  files_unrecognised: 0,
  bytes: 0,
  records_read: 0,
  records_loaded: 0,
  records_rejected: 0,
  repairs: 0,
  warnings: 0,
};

export const NO_COUNTS: Counts = {
  totals: NO_TOTALS,
  notes: { unexplained: 0, inPart: 0 },
  datasets: {},
  tables: {},
  account: {},
};

/** What one file adds to the numbers, but for its warnings. */
export function countsOfFile(entry: FileEntry, { tables, account }: FileSums): Counts {
  const { dataset, status, reason, bytes, records, repairs } = entry;
  return {
    totals: {
      ...NO_TOTALS,
      files: 1,
      [`files_${status.replace('-', '_')}`]: 1,
      bytes: bytes ?? 0,
      records_read: records.read,
      records_loaded: records.loaded,
      records_rejected: records.rejected,
      repairs: Object.values(repairs).reduce((sum, times) => sum + times, 0),
    },
    notes: {
      unexplained: status === 'unrecognised' && isUnexplained(reason) ? 1 : 0,
      inPart: isInPart(entry) ? 1 : 0,
      repairs,
    },
    datasets: ofDatasets(entry),
    tables,
    account: dataset === null ? {} : { [dataset]: account },
  };
}

function ofDatasets({ dataset, datasets, records }: FileEntry): Counts['datasets'] {
  if (dataset === null) return {};
  const counts = Object.entries(datasets ?? { [dataset]: records });
  return Object.fromEntries(counts.map(([name, of]) => [name, { files: 1, ...of }]));
}

export function addCounts(a: Counts, b: Counts): Counts {
  return combine(a, b, 1);
}

export function subtractCounts(a: Counts, b: Counts): Counts {
  return combine(a, b, -1);
}

/** Adds number to number, member by member. */
function combine<T extends object>(a: T, b: T, sign: 1 | -1): T {
  const sum: Record<string, unknown> = Object.fromEntries(Object.entries(a));
  for (const [name, value] of Object.entries(b)) {
    const before = sum[name];
    if (typeof value === 'number') sum[name] = (typeof before === 'number' ? before : 0) + sign * value;
    else sum[name] = combine(Object(before ?? {}), value, sign);
  }
  return sum as T;
}
