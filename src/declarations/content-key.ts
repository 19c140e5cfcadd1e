import type { SourceContext } from '../datasets/dataset.ts';
import { recordKey } from '../datasets/record-key.ts';
import { canonicalJson } from '../json/canonical.ts';
import type { JsonValue } from '../json/value.ts';
import type { DatasetPlan } from './plan.ts';

/** What tells a record without a key from others: what it says, and the names on the way to it. */
export function contentOf(record: JsonValue, captures: ReadonlyMap<string, string>): string {
  const content = canonicalJson(record);
  return captures.size === 0 ? content : `${JSON.stringify([...captures])} ${content}`;
}

/** The key of the row of a record with this content. */
export function contentKey(
  { origin }: DatasetPlan,
  content: string,
  source: Pick<SourceContext, 'occurrenceOf'>,
): string {
  return recordKey({ dataset: origin, name: origin }, undefined, { row: [content] }, source);
}
