import type { RunSharing } from '../databases/run-lease.ts';
import { withoutKeys } from './claim-list.ts';
import type { LedgerClaims } from './ledger-claims.ts';

/** A file that held a key which an earlier file has taken over. */
export interface Displaced {
  readonly key: string;
  readonly path: string;
}

/** During a transaction: takes the keys from what these files claim in the ledger. The files must be loaded again. */
export async function displaceClaims(
  displaced: readonly Displaced[],
  runId: string,
  claims: LedgerClaims,
  sharing: RunSharing,
): Promise<void> {
  for (const [path, lost] of Map.groupBy(displaced, (each) => each.path)) {
    const keys = new Set(lost.map(({ key }) => key));
    const batches = new Set([...keys].flatMap((key) => claims.batchesWith(key, path, runId)));
    const ranges = [...batches].map((batch) => ({ after: batch - 1, before: batch + 1 }));
    const claimed = await sharing.batches(runId, ranges);
    const left = claimed.map((each) => ({ ...each, claims: withoutKeys(each.claims, path, keys) }));
    await sharing.displace(runId, path, left);
  }
}
