import type { FileReport, FileStatus, RecordCounts, Report } from '../../report/report.ts';

/** Members of which the page tells; a hostile source may have any number. */
const MOST_MEMBERS = 500;

export interface StatusCounts extends RecordCounts {
  readonly files: number;
}

export interface UnmappedMember {
  readonly dataset: string;
  readonly pointer: string;
  readonly records: number;
}

/** What the page says of all files together, found in one pass. */
export interface Survey {
  readonly files: number;
  readonly statuses: ReadonlyMap<FileStatus, StatusCounts>;
  /** Most frequent first. */
  readonly unmapped: readonly UnmappedMember[];
  readonly hasMoreUnmapped: boolean;
}

export function surveyOf({ files }: Report): Survey {
  const statuses = new Map<FileStatus, StatusCounts>();
  const members = new Map<string, UnmappedMember>();
  let count = 0;
  let hasMoreUnmapped = false;
  for (const file of files()) {
    count++;
    statuses.set(file.status, withFile(statuses.get(file.status), file));
    if (!addMembers(members, file)) hasMoreUnmapped = true;
  }
  const unmapped = [...members.values()].toSorted((one, other) => other.records - one.records);
  return { files: count, statuses, unmapped, hasMoreUnmapped };
}

function withFile(sum: StatusCounts | undefined, { records }: FileReport): StatusCounts {
  return {
    files: (sum?.files ?? 0) + 1,
    read: (sum?.read ?? 0) + records.read,
    loaded: (sum?.loaded ?? 0) + records.loaded,
    rejected: (sum?.rejected ?? 0) + records.rejected,
  };
}

/** False where not all of them found a place. */
function addMembers(members: Map<string, UnmappedMember>, { dataset, unmapped }: FileReport): boolean {
  let haveAll = true;
  for (const [pointer, records] of Object.entries(unmapped)) {
    const key = `${dataset} ${pointer}`;
    const known = members.get(key);
    if (known === undefined && members.size === MOST_MEMBERS) haveAll = false;
    else members.set(key, { dataset: dataset ?? '', pointer, records: (known?.records ?? 0) + records });
  }
  return haveAll;
}
