import type { Database } from '../databases/database.ts';
import type { Finding } from '../reject.ts';
import { isLookup, type RowGroup, type RowLookup } from '../schema/row-group.ts';
import type { KnownRejects } from './attempt.ts';
import type { OpenPart, PendingRecord } from './batch.ts';

const NOT_IN_ENCODING: Finding = {
  code: 'not-in-encoding',
  pointer: '',
  message: 'a text of the record, its id or its owner has a character that the encoding of the database does not have',
};

/** Records that the database cannot store because its encoding lacks a character. */
export async function unstorableRecords(database: Database, parts: readonly OpenPart[]): Promise<KnownRejects> {
  const records = parts.flatMap((part) => part.records);
  const unstorable = await database.unstorable(textsOfAll(records));
  if (unstorable.size === 0) return new Map();
  const isLost = (record: PendingRecord): boolean => {
    for (const text of textsOf(record)) for (const character of text) if (unstorable.has(character)) return true;
    return false;
  };
  return new Map(records.filter(isLost).map((record) => [record, NOT_IN_ENCODING]));
}

function* textsOfAll(records: readonly PendingRecord[]): Generator<string> {
  for (const record of records) yield* textsOf(record);
}

function* textsOf({ group, lead }: PendingRecord): Generator<string> {
  yield* textsOfGroup(group);
  if (lead) yield* textsOfGroup(lead.group);
}

function* textsOfGroup({ row, owner, children, references = [], lead }: RowGroup): Generator<string> {
  const rows = [row, ...children.flatMap((child) => child.rows)];
  for (const each of rows) for (const value of each) if (typeof value === 'string') yield value;
  if (owner !== null) yield owner;
  for (const { lookups, make = [] } of references) {
    for (const lookup of lookups) yield* textsOfLookup(lookup);
    for (const value of make) if (typeof value === 'string') yield value;
  }
  if (lead) yield* textsOfGroup(lead);
}

function* textsOfLookup({ key }: RowLookup): Generator<string> {
  for (const part of key) {
    if (isLookup(part)) yield* textsOfLookup(part);
    else if (typeof part === 'string') yield part;
  }
}
