import { datasetsOf } from '../inventory/source.ts';
import { ledgerFileRow } from '../report/ledger-entry.ts';
import type { FileTally } from '../report/tally.ts';
import type { FilePart } from './batch.ts';

/** What the ledger says of a file beside what became of it. */
export interface LedgerOfFiles {
  readonly runId: string;
  readonly fingerprintOf: (datasets: readonly string[]) => string;
  /** Where several processes share the run: which run had loaded the same bytes before. */
  readonly heldBefore?: (path: string) => string | null;
}

/** What a batch knows of a file beside its records. `last`: no part of it follows. */
export function filePart(
  tally: FileTally,
  last: boolean,
  { runId, fingerprintOf, heldBefore }: LedgerOfFiles,
): Pick<FilePart, 'tally' | 'last' | 'staysLoaded' | 'ledgerFile'> {
  const { verdict, path } = tally.file;
  const fingerprint = verdict.kind === 'recognised' ? fingerprintOf(datasetsOf(verdict)) : null;
  const held = heldBefore?.(path);
  return {
    tally,
    last,
    staysLoaded: verdict.kind !== 'recognised' && verdict.staysLoaded === true,
    ledgerFile: (counted) => ledgerFileRow(runId, counted, fingerprint, held),
  };
}
