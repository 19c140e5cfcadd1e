import { expect } from 'vitest';
import { RecordAccount } from '../../src/datasets/account.ts';
import type { Dataset, SourceContext, StoredRow } from '../../src/datasets/dataset.ts';
import { canonicalJson } from '../../src/json/canonical.ts';
import { readFaithfully } from '../../src/json/parse.ts';
import type { JsonValue } from '../../src/json/value.ts';
import type { RowGroup } from '../../src/schema/row-group.ts';
import { loadColumns } from '../../src/schema/table.ts';
import { compileTimeReader } from '../../src/time/time.ts';

interface Circumstances {
  readonly naiveTime?: string;
  readonly stem?: string;
  /** The name of the record in a map. */
  readonly key?: string;
}

/** What one record becomes, and what is said about it. */
interface Outcome {
  readonly account: RecordAccount;
  /** Undefined where the record is rejected. */
  readonly group: RowGroup | undefined;
}

/** Validates and maps one record, given as the text of a source file. */
export function mapText(
  dataset: Dataset,
  text: string,
  { naiveTime = 'UTC', stem = 'dump', key }: Circumstances = {},
): Outcome {
  const mapper = dataset.compile({
    naiveTime,
    source: undefined,
    repair: [],
    hashSecrets: false,
    keepPlainKeys: false,
    readTime: compileTimeReader(naiveTime),
  });
  const source: SourceContext = {
    stem,
    path: `${stem}.json`,
    container: key === undefined ? 'document' : 'map',
    member: undefined,
    owner: 'system',
    occurrenceOf: () => 1,
  };
  const account = new RecordAccount();
  const valid = mapper.validate({ value: parsed(text), text, key }, source, account);
  const group = valid === undefined || account.rejected ? undefined : mapper.map(valid, source, account);
  return { account, group };
}

/** The record that `export` writes after a load of `source`; loading that again must give the same row. */
export function roundTrip(dataset: Dataset, source: unknown, circumstances: Circumstances = {}): string {
  const written = writtenAfter(dataset, typeof source === 'string' ? source : JSON.stringify(source), circumstances);
  const { key: _key, ...flat } = circumstances;
  // Written times are in UTC already, and names in a map have become members.
  expect(writtenAfter(dataset, written, flat), 'what is written is written again').toBe(written);
  expect(rowOf(dataset, written, flat), 'what is written loads as the same row').toEqual(
    rowOf(dataset, typeof source === 'string' ? source : JSON.stringify(source), circumstances),
  );
  return written;
}

/** The canonical text of a record as somebody expects it. */
export function canonical(record: unknown): string {
  return canonicalJson(parsed(typeof record === 'string' ? record : JSON.stringify(record)));
}

export function rowOf(dataset: Dataset, text: string, circumstances: Circumstances = {}): StoredRow {
  const { account, group } = mapText(dataset, text, circumstances);
  expect(account.findings).toEqual([]);
  if (group === undefined) throw new TypeError('the record is rejected without a finding');
  return Object.fromEntries(loadColumns(group.root).map((name, index) => [name, group.row[index] ?? null]));
}

function writtenAfter(dataset: Dataset, text: string, circumstances: Circumstances): string {
  return canonicalJson(dataset.layout.write({ values: rowOf(dataset, text, circumstances), children: {} }));
}

function parsed(text: string): JsonValue {
  const value = readFaithfully(text);
  if (value === undefined) throw new SyntaxError('the record of the test is no JSON');
  return value;
}
