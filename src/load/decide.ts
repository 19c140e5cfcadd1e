import type { Comparison } from '../databases/transaction.ts';

import type { CONFLICT_MODES } from '../settings/options.ts';

/** What happens to a row that is there already and differs. */
export type ConflictMode = (typeof CONFLICT_MODES)[number];

export type Decision =
  | { readonly kind: 'insert' | 'update' | 'unchanged' }
  | { readonly kind: 'kept'; readonly changedSince: boolean }
  | {
      readonly kind: 'reject';
      readonly code: 'owner-differs' | 'row-differs' | 'number-taken';
      readonly message: string;
    };

/**
 * Decides about one group as a whole. No mode changes an owner, and only child rows that a declaration gives up are deleted.
 * `taken`: why a row of the application may be another thing with its key.
 */
export function decide(comparison: Comparison, mode: ConflictMode, taken: string | undefined): Decision {
  if (comparison.root === 'absent') return { kind: 'insert' };
  if (comparison.ownerDiffers) {
    return { kind: 'reject', code: 'owner-differs', message: 'the row in the database belongs to another owner' };
  }
  const isSame =
    comparison.root === 'same' &&
    comparison.children.every(
      (child) => child.absent + child.differs + (child.going?.length ?? 0) + (child.moving?.length ?? 0) === 0,
    );
  if (isSame) return { kind: 'unchanged' };
  if (taken !== undefined) return { kind: 'reject', code: 'number-taken', message: taken };
  if (comparison.isPlaceholder) return { kind: 'update' };
  switch (mode) {
    case 'overwrite':
      return { kind: 'update' };
    case 'keep':
      return { kind: 'kept', changedSince: false };
    case 'fail':
      return { kind: 'reject', code: 'row-differs', message: 'the database holds another version of this row' };
    case 'update':
      return comparison.storedIsNewer ? { kind: 'kept', changedSince: true } : { kind: 'update' };
  }
}
