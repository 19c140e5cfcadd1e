import type { Database } from '../databases/database.ts';
import type { Misfit } from '../databases/refused-row.ts';
import type { Finding } from '../reject.ts';
import { haveSameWords } from '../schema/match-columns.ts';
import { isLookup, type RowGroup, type RowLookup } from '../schema/row-group.ts';
import type { Table } from '../schema/table.ts';
import type { KnownRejects } from './attempt.ts';
import type { OpenPart, PendingRecord } from './batch.ts';

const NOT_IN_ENCODING: Finding = {
  code: 'not-in-encoding',
  pointer: '',
  message: 'a text of the record, its id or its owner has a character that the encoding of the database does not have',
};

/**
 * Records that the database cannot store: its encoding lacks a character, or a table that is there has no place for one of their
 * values.
 */
export async function unstorableRecords(database: Database, parts: readonly OpenPart[]): Promise<KnownRejects> {
  const records = parts.flatMap((part) => part.records);
  const unstorable = await database.unstorable(textsOfAll(records));
  const isLost = (record: PendingRecord): boolean => {
    for (const text of textsOf(record)) for (const character of text) if (unstorable.has(character)) return true;
    return false;
  };
  const lost = unstorable.size === 0 ? [] : records.filter(isLost);
  const misfits = records.flatMap((record): [PendingRecord, Finding][] => {
    const finding = misfitOf(record.group, database) ?? (record.lead && misfitOf(record.lead.group, database));
    return finding === undefined ? [] : [[record, finding]];
  });
  return new Map([...misfits, ...lost.map((record): [PendingRecord, Finding] => [record, NOT_IN_ENCODING])]);
}

/** Why a table that is there has no place for a value of a record. */
export function misfitOf(
  { root, row, children, references = [], lead }: RowGroup,
  database: Pick<Database, 'misfit'>,
): Finding | undefined {
  const later = (table: string | undefined): ReadonlySet<string> =>
    new Set(references.filter(({ child }) => child?.table === table).map(({ column }) => column));
  const open = later(undefined);
  const found = database.misfit(root, row, open);
  if (found !== undefined) return findingOf(root, found);
  for (const { table, rows } of children) {
    const openInChild = later(table.name);
    for (const each of rows) {
      const inChild = database.misfit(table, each, openInChild);
      if (inChild !== undefined) return findingOf(table, inChild);
    }
  }
  return lead && misfitOf(lead, database);
}

function findingOf({ name, columns }: Table, { column, words, why, members }: Misfit): Finding {
  if (members !== undefined) {
    const listed = members.map((member) => JSON.stringify(member)).join(', ');
    // The value has its column; how the source spells it has none.
    const isSpelling = members.every((member) => Object.keys(columns).some((each) => haveSameWords(each, member)));
    const what = isSpelling ? `${column} that keeps how the source spells ${listed}` : `for ${listed}`;
    return { code: 'no-column', pointer: '', message: `the table ${name} has no column ${what}` };
  }
  if (words === undefined)
    return {
      code: 'no-column',
      pointer: '',
      message: `the table ${name} has no column ${column}, and the record a value`,
    };
  return { code: 'does-not-fit', pointer: '', message: `${name}.${column} is ${words}: ${why}` };
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
