import { expect } from 'vitest';
import type { Dataset, StoredRecord } from '../../src/datasets/dataset.ts';
import { canonicalJson } from '../../src/json/canonical.ts';
import { isLookup, type RowLookup } from '../../src/schema/row-group.ts';
import { loadColumns, type Value } from '../../src/schema/table.ts';
import { mapText } from './round-trip.ts';

type Circumstances = NonNullable<Parameters<typeof mapText>[2]>;

/** The natural keys of rows that a record refers to by an old id, by column. */
type OldIds = Readonly<Record<string, string>>;

/** What `export` writes after a load of a record that refers to other rows; loading that again must give the same row. */
export function referringRoundTrip(
  dataset: Dataset,
  source: unknown,
  { ids = {}, ...circumstances }: Circumstances & { readonly ids?: OldIds } = {},
): string {
  const text = typeof source === 'string' ? source : JSON.stringify(source);
  const stored = storedRecord(dataset, text, circumstances, ids);
  const written = canonicalJson(dataset.layout.write(stored));
  const again = storedRecord(dataset, written, keyOf(dataset, stored), ids);
  expect(again, 'what is written loads as the same row').toEqual(stored);
  expect(canonicalJson(dataset.layout.write(again)), 'what is written is written again').toBe(written);
  return written;
}

function keyOf(dataset: Dataset, record: StoredRecord): Circumstances {
  const key = dataset.layout.key?.(record);
  return key === undefined ? { stem: 'exported' } : { stem: 'exported', key };
}

/** The row as a database gives it back: what it refers to by the natural key. */
export function storedRecord(
  dataset: Dataset,
  text: string,
  circumstances: Circumstances = {},
  ids: OldIds = {},
): StoredRecord {
  const { account, group } = mapText(dataset, text, circumstances);
  expect(account.findings).toEqual([]);
  if (group === undefined) throw new TypeError('the record is rejected without a finding');
  const row = loadColumns(group.root).map((name, index): [string, Value] => [name, group.row[index] ?? null]);
  const references = group.references?.map(({ column, lookups: [lookup] }): [string, Value] => [
    column,
    ids[column] ?? (lookup === undefined ? null : naturalKey(lookup)),
  ]);
  return { values: Object.fromEntries([...row, ...(references ?? [])]), children: {} };
}

function naturalKey({ key }: RowLookup): string {
  return key.map((part) => (isLookup(part) ? naturalKey(part) : String(part))).join('\u001f');
}
