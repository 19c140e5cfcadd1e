import { LEDGER } from '../schema/ledger-tables.ts';
import type { Table, Value } from '../schema/table.ts';

export type LedgerRow = Readonly<Record<string, Value | Uint8Array>>;

/** The questions that the program asks its ledger. */
export type LedgerQuery =
  /** The newest row of each path that tells of rows, by path (bytewise): a file that was left out stays loaded. */
  | { readonly kind: 'latest-files' }
  | { readonly kind: 'files-of-run'; readonly runId: string }
  /** Newest first. One whose process gives no sign of life any more is `interrupted`, as is a shard of it. */
  | { readonly kind: 'runs' }
  | { readonly kind: 'shards' }
  | { readonly kind: 'batches' }
  | { readonly kind: 'batches-of-run'; readonly runId: string }
  /** What was declared for a run: one row, or none where nothing was noted. */
  | { readonly kind: 'declarations-of-run'; readonly runId: string };

/** The table that answers each question. */
export const LEDGER_TABLE = {
  'latest-files': LEDGER.files,
  'files-of-run': LEDGER.files,
  runs: LEDGER.runs,
  shards: LEDGER.shards,
  batches: LEDGER.batches,
  'batches-of-run': LEDGER.batches,
  'declarations-of-run': LEDGER.declarations,
} as const satisfies Record<LedgerQuery['kind'], Table>;
