import type { PackedRecords } from '../checking/packed-records.ts';
import type { MappedRecord } from '../checking/record.ts';
import type { LedgerRow } from '../databases/ledger-query.ts';
import type { AccountSummary } from '../datasets/account.ts';
import type { NamedCollection } from '../inventory/source.ts';
import type { Place, Reject } from '../reject.ts';
import type { Warning } from '../report/report.ts';
import type { FileTally } from '../report/tally.ts';
import type { Claims } from './claim-list.ts';
import type { Displaced } from './displaced.ts';
import type { BatchMemory } from './memory.ts';

/** A record on its way into the database. */
export interface PendingRecord extends MappedRecord {
  readonly number: number;
  /** The record is a member of an object, which may not have two members of one name. */
  readonly isMember: boolean;
  readonly place: Place;
  /** Of the record in its file: its name where it is a member, else empty. */
  readonly pointer: string;
  /** Its place in its list or object, kept only for `--rejects`. */
  readonly index: number | undefined;
  /** Kept only for `--rejects`. */
  readonly bytes: Uint8Array | undefined;
  readonly account: AccountSummary;
}

/** The records of one file in a batch; `last` when no more of the file follows. */
export interface FilePart {
  readonly tally: FileTally;
  readonly packed: PackedRecords;
  /** Which of the packed records are this file's. */
  readonly first: number;
  readonly count: number;
  readonly last: boolean;
  /** What the ledger says of the file stays the newest that it says. */
  readonly staysLoaded?: boolean;
  /** `--strict`: another record of the file is rejected, here or elsewhere, so none of these loads. */
  readonly isRefused?: boolean;
  /** Where the file holds records of several datasets: whose these are. */
  readonly collection?: NamedCollection | undefined;
  /** Members that stand beside the records, of which each has them. */
  readonly shared?: Readonly<Record<string, string>> | undefined;
  readonly ledgerFile: (tally: FileTally) => LedgerRow;
}

/** The dataset of its records. */
export function datasetOfPart({ tally, collection }: Pick<FilePart, 'tally' | 'collection'>): string {
  return collection?.dataset ?? tally.dataset ?? '';
}

/** A part with its records unpacked, because each of them must be looked at. */
export interface OpenPart extends FilePart {
  readonly records: readonly PendingRecord[];
}

export function recordsIn(parts: readonly Pick<FilePart, 'count'>[]): number {
  return parts.reduce((sum, { count }) => sum + count, 0);
}

/** What became of a batch. The tallies are those of its parts, with this batch counted. */
export interface LoadResult {
  /** Its records were unpacked, and each was looked at. */
  readonly isOpened: boolean;
  readonly parts: readonly {
    readonly part: FilePart;
    readonly tally: FileTally;
    readonly rejected: readonly { readonly record: PendingRecord; readonly reject: Reject }[];
  }[];
  /** The keys that the loaded records hold from now on: none of a rejected one. */
  readonly claims: Claims;
  readonly memory: BatchMemory;
  /** Files that held keys which earlier files have taken over. Only where a run is shared. */
  readonly displaced: readonly Displaced[];
  readonly warnings: readonly Warning[];
}
