import type { FileEntry } from './report.ts';
import type { StageTime } from './stage-clock.ts';

/** How far a stage is, since it began. Bytes are those on the disk, as they are in its totals. */
export interface Advance {
  readonly files: number;
  readonly bytes: number;
  readonly records: number;
  readonly rejected: number;
}

/** What happens during a run, for whoever shows it. */
export type RunEvent =
  | { readonly kind: 'target'; readonly label: string; readonly origin: string | undefined; readonly dryRun: boolean }
  /** Tables of the data, and those in which the program keeps what it did. */
  | { readonly kind: 'tables-created'; readonly tables: readonly string[]; readonly ledger: readonly string[] }
  | { readonly kind: 'scanning'; readonly files: number; readonly bytes: number }
  | { readonly kind: 'backing-up'; readonly files: number }
  /** What is left to do: files that the ledger has as loaded are not among them. */
  | { readonly kind: 'loading'; readonly files: number; readonly bytes: number }
  /** So many rows are to be taken back: as records they are counted in the progress that follows. */
  | { readonly kind: 'undoing'; readonly rows: number }
  | ({ readonly kind: 'progress' } & Advance)
  | { readonly kind: 'file'; readonly entry: FileEntry }
  | { readonly kind: 'archiving'; readonly files: number }
  | { readonly kind: 'retry'; readonly attempt: number; readonly reason: string }
  | { readonly kind: 'stages'; readonly stages: readonly StageTime[] }
  | { readonly kind: 'warning'; readonly code: string; readonly message: string };

export type Listener = (event: RunEvent) => void;
