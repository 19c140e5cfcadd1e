import type { SourceContext } from '../datasets/dataset.ts';
import { type Finding, rejectAt, WHOLE_FILE } from '../reject.ts';
import type { FileEnd, FileSlice, FileToCheck, RejectedRecord } from './chunk.ts';
import type { RecordReader } from './read.ts';

/** The part of a file that the chunk at hand holds. */
export class OpenSlice {
  readonly rejected: RejectedRecord[] = [];
  readonly leftOut: Record<string, number> = {};
  namedOwner: string | null | undefined;
  private readonly file: number;
  private readonly collection: { readonly index: number; readonly shared: SourceContext['shared'] };
  private readonly isRefused: boolean;
  private readonly first: number;

  constructor(
    { number }: FileToCheck,
    collection: OpenSlice['collection'],
    { isRefused, first }: Pick<FileSlice, 'isRefused' | 'first'>,
  ) {
    this.file = number;
    this.collection = collection;
    this.isRefused = isRefused;
    this.first = first;
  }

  leaveOut(rule: string): void {
    this.leftOut[rule] = (this.leftOut[rule] ?? 0) + 1;
  }

  closed(recordsInChunk: number, end: FileEnd | undefined): FileSlice {
    const { file, collection, first, rejected, leftOut, isRefused, namedOwner } = this;
    const { index, shared } = collection;
    const count = Math.max(0, recordsInChunk - first);
    return { file, collection: index, shared, first, count, rejected, leftOut, isRefused, namedOwner, end };
  }
}

export function endOf({ sha256, finding, beside }: RecordReader): FileEnd {
  return {
    sha256: sha256 ?? null,
    envelope: [...beside.envelope].flatMap(([name, times]) => new Array<string>(times).fill(name)),
    finding: finding && rejectAt(finding.place, finding),
  };
}

const NO_RECORDS: Finding = {
  code: 'wrong-shape',
  pointer: '',
  message: 'the file has none of the members under which its datasets look for records',
};

/** Of a file that was read once for each dataset: what one reader found, all have found. Members that records have are not dropped. */
export function wholeEnd(ends: readonly FileEnd[], taken: ReadonlySet<string>, foundPlace: boolean): FileEnd {
  const last = ends.at(-1);
  if (last === undefined) throw new TypeError('a file without records of any dataset');
  const envelope = last.envelope.filter((name) => !taken.has(name));
  const finding = ends.find((end) => end.finding !== undefined)?.finding;
  return { ...last, envelope, finding: finding ?? (foundPlace ? undefined : rejectAt(WHOLE_FILE, NO_RECORDS)) };
}
