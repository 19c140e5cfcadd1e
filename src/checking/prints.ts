import { Fingerprint } from '../hash/fingerprint.ts';
import { lookupName, type RowGroup, unknownReferences } from '../schema/row-group.ts';
import { cell, type Table, type Value } from '../schema/table.ts';
import type { MappedRecord } from './record.ts';

const print = new Fingerprint();

/** The print of table and natural key: equal for groups that claim the same row. Valid until the next print. */
export function keyPrint(group: RowGroup): Readonly<Fingerprint> {
  print.begin();
  print.addText(group.root.name);
  for (const name of group.root.naturalKey) addValue(keyPart(group, name));
  print.end();
  return print;
}

/** What a column of the natural key adds. Generated keys are not known yet: the lookups that find them stand for them. */
export function keyPart({ root, row, references }: RowGroup, name: string): Value {
  const reference = references?.find(({ column, isEnforced, child }) => !isEnforced && !child && column === name);
  return reference === undefined ? cell(root, row, name) : reference.lookups.map(lookupName).join();
}

/** The same of a row with its generated keys. */
export function storedKeyPrint(table: Table, value: (column: string) => Value): Readonly<Fingerprint> {
  print.begin();
  print.addText(table.name);
  for (const name of table.naturalKey) addValue(value(name));
  print.end();
  return print;
}

/** The print of a group that refers to other rows: equal for equal rows and references. */
export function linkedPrint(group: RowGroup): Readonly<Fingerprint> {
  const { row, children, references } = group;
  const lookups = references && unknownReferences(group).map(({ lookups, child }) => [child, lookups.map(lookupName)]);
  print.begin();
  print.addText(JSON.stringify([row, children.map(({ rows }) => rows), lookups], bigintAsText));
  print.end();
  return print;
}

function bigintAsText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function addValue(value: Value): void {
  if (value === null) print.addNull();
  else print.addText(typeof value === 'string' ? value : String(value));
}

/** A leading row, as duplicates are recognised by. */
export function printedLead(lead: RowGroup): MappedRecord {
  return { group: lead, key: keyPrint(lead).text, content: linkedPrint(lead).text };
}
