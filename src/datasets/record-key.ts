import { hash } from 'node:crypto';
import { lookupName, type RowGroup } from '../schema/row-group.ts';
import type { SourceContext } from './dataset.ts';

/** Which old table a record comes from: its dataset, and the member or file family that names the table. */
export interface Origin {
  readonly dataset: string;
  readonly name: string;
}

/**
 * The key of a row in a table without a natural key: hex SHA-256 over the origin and the record's own id, or without one
 * over the row and its ordinal among equal rows of the file. Dumps that overlap load once, true repeats survive.
 */
export function recordKey(
  origin: Origin,
  id: string | undefined,
  { row, references }: { readonly row: RowGroup['row']; readonly references?: RowGroup['references'] | undefined },
  source: Pick<SourceContext, 'occurrenceOf'>,
): string {
  if (id !== undefined) return recordKeyOf(origin, id);
  const named = references?.map(({ lookups }) => lookups.map(lookupName));
  const content = JSON.stringify([origin.dataset, origin.name, row, named], bigintAsText);
  const ordinal = source.occurrenceOf(hash('sha256', content, 'base64'));
  return hash('sha256', `${content} ${ordinal}`, 'hex');
}

/** The key of the row that had this id in the old table. */
export function recordKeyOf({ dataset, name }: Origin, id: string): string {
  return hash('sha256', JSON.stringify([dataset, name, id]), 'hex');
}

function bigintAsText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
