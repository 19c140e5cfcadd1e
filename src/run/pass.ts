import type { Scratch } from '../files/scratch.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { FileLoadingOptions } from '../load/load-files.ts';
import type { Precedence } from '../load/load-options.ts';

/** The files that are gone through together, and what is known of them. */
export interface Pass {
  readonly scratch: Scratch;
  readonly inventory: Inventory;
  /** Which files are examined at all. */
  readonly isOwn: (path: string) => boolean;
  /** Files that are loaded again, whatever the ledger says of them. */
  readonly isOpen?: (path: string) => boolean;
  /** See `ScanOptions`. */
  readonly isTakenOnce?: (datasets: readonly string[]) => boolean;
  readonly precedence?: Precedence | 'settled-later';
  readonly insertedBefore?: NonNullable<FileLoadingOptions['insertedBefore']>;
}
