import type { SourcePlace } from '../files/source-place.ts';
import type { RecognisedFile } from '../inventory/source.ts';
import type { Reject } from '../reject.ts';
import type { PackedRecords } from './packed-records.ts';

/** A file to check: what of a `SourceFile` can go to another thread. The dataset goes by its name. */
export interface FileToCheck {
  /** Its number in the run. */
  readonly number: number;
  readonly path: string;
  readonly place: SourcePlace;
  readonly bytes: number;
  /** Nanoseconds since 1970. */
  readonly mtimeNs?: string | undefined;
  readonly dataset: string;
  readonly recognised: Omit<RecognisedFile, 'dataset'>;
}

/** Checked records of one file or of several, in the order of the files: the unit in which threads work. */
export interface Chunk {
  readonly packed: PackedRecords;
  readonly slices: readonly FileSlice[];
  /** Watched members of datasets that were there for the first time. */
  readonly seen: readonly (readonly [dataset: string, member: string])[];
  /** Bytes of all records in it, those of rejected ones too. */
  readonly bytes: number;
  /** Bytes on disk that were read for it: over all chunks of a file, its size. */
  readonly bytesOnDisk: number;
  readonly times: StageTimes;
}

/** Time spent in each stage, in ms. */
export interface StageTimes {
  readonly read: number;
  readonly validate: number;
  readonly map: number;
}

/** What a chunk holds of one file. */
export interface FileSlice {
  /** The file's number. */
  readonly file: number;
  /** Where the file holds records of several datasets: whose these are, by its place in `collectionsOf`. */
  readonly collection: number;
  /** Members that stand beside the records, of which each has them. */
  readonly shared: Readonly<Record<string, string>> | undefined;
  /** Which of the packed records are the file's. */
  readonly first: number;
  readonly count: number;
  readonly rejected: readonly RejectedRecord[];
  /** Records that a rule of their declaration leaves out, by its name. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** `--strict`: the file has a reject, here or elsewhere, so none of its records loads. */
  readonly isRefused: boolean;
  /** The owner that the last record named which names one; undefined where none does. */
  readonly namedOwner: string | null | undefined;
  /** Present when nothing more of the file follows. */
  readonly end: FileEnd | undefined;
}

export interface RejectedRecord {
  readonly rejects: readonly Reject[];
  /** By what others may name its row, as far as it says: see schema/row-names.ts. */
  readonly names?: readonly string[] | undefined;
  /** The record as the file spells it, kept only for `--rejects`. */
  readonly bytes?: Uint8Array | undefined;
  /** The name of the record, where records are members. */
  readonly key?: string | undefined;
  /** Where it lies in its document, where that is known. */
  readonly pointer?: string | undefined;
  /** Its place in its list or object, kept only for `--rejects`. */
  readonly index?: number | undefined;
}

/** What is known of a file only when it was read to its end. */
export interface FileEnd {
  readonly sha256: string | null;
  /** Members of the root beside the records, which are dropped. */
  readonly envelope: readonly string[];
  /** What is wrong with the file as a whole. */
  readonly finding: Reject | undefined;
}
