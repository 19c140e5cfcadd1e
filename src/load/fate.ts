import type { Comparison } from '../databases/transaction.ts';
import type { Finding } from '../reject.ts';
import { NO_ROWS, type RowCounts } from '../report/report.ts';
import type { RecordOutcome } from '../report/tally.ts';
import type { RowGroup } from '../schema/row-group.ts';
import type { Claim } from './claim-list.ts';

/** How a record ends, before it is counted. */
export type Fate =
  | { readonly kind: 'insert' | 'replace' | 'update' | 'unchanged' | 'kept'; readonly comparison: Comparison }
  | { readonly kind: 'repeated'; readonly of: Claim }
  | { readonly kind: 'rejected'; readonly finding: Finding };

export function conflicting(earlier: Claim): Fate {
  const message = `record ${earlier.record} of ${earlier.path} has the same key and other content; that one stays`;
  return { kind: 'rejected', finding: { code: 'conflicting-duplicate', pointer: '', message } };
}

export function twice(earlier: Claim): Fate {
  const message = `the member occurs twice: record ${earlier.record} of this file has the same name`;
  return { kind: 'rejected', finding: { code: 'duplicate-member', pointer: '', message } };
}

/** The rows of a group by table, counted. */
export function rowCounts(group: RowGroup, fate: Exclude<Fate, { kind: 'rejected' }>): RecordOutcome['rows'] {
  const all = (kind: keyof RowCounts): RecordOutcome['rows'] => [
    [group.root.name, { ...NO_ROWS, [kind]: 1 }],
    ...group.children.map(({ table, rows }): RecordOutcome['rows'][number] => [
      table.name,
      { ...NO_ROWS, [kind]: rows.length },
    ]),
  ];
  // What is replaced was inserted by this run, for a record that is counted as rejected now.
  if (fate.kind === 'insert' || fate.kind === 'replace') return all('inserted');
  if (fate.kind === 'kept') return all('kept');
  if (fate.kind !== 'update') return all('unchanged');
  const root = fate.comparison.root === 'differs' ? { ...NO_ROWS, updated: 1 } : { ...NO_ROWS, unchanged: 1 };
  return [
    [group.root.name, root],
    ...fate.comparison.children.map(({ table, absent, same, differs, going = [] }): RecordOutcome['rows'][number] => [
      table,
      { inserted: absent, updated: differs, unchanged: same, kept: 0, deleted: going.length },
    ]),
  ];
}
