import type { SourceContext } from '../datasets/dataset.ts';
import { recordKey } from '../datasets/record-key.ts';
import { derivedId } from '../datasets/uuid.ts';
import { canonicalJson } from '../json/canonical.ts';
import type { JsonValue } from '../json/value.ts';
import type { Cells } from '../schema/cells.ts';
import type { DatasetPlan, RowKeyPlan } from './plan.ts';
import type { ReadRecord } from './record-reader.ts';
import { RECORD_KEY } from './table-draft.ts';

/** What tells a record without a key from others: what it says, and the names on the way to it. */
export function contentOf(record: JsonValue, captures: ReadonlyMap<string, string>): string {
  const content = canonicalJson(record);
  return captures.size === 0 ? content : `${JSON.stringify([...captures])} ${content}`;
}

/** The row of a record with the key that follows from it, or from its own id. */
export function withRowKey(
  { origin }: DatasetPlan,
  { column }: RowKeyPlan,
  { cells, id, found, oldTable = origin }: Pick<ReadRecord, 'cells' | 'id' | 'found' | 'oldTable'>,
  source: Pick<SourceContext, 'occurrenceOf'>,
): Cells {
  const content = { row: cells.row, references: found.length === 0 ? undefined : found };
  const key = recordKey({ dataset: origin, name: oldTable }, id, content, source);
  return cells.with(column === undefined ? { [RECORD_KEY]: key } : { [column]: derivedId(origin, key) });
}

/** The key of the row of a record with this content. */
export function contentKey(
  { origin }: DatasetPlan,
  content: string,
  source: Pick<SourceContext, 'occurrenceOf'>,
): string {
  return recordKey({ dataset: origin, name: origin }, undefined, { row: [content] }, source);
}
