import { Fingerprint } from '../fingerprint.ts';
import type { MappedRecord } from '../record.ts';
import { lookupName, type RowGroup } from '../schema/row-group.ts';
import { cell, type Table, type Value } from '../schema/table.ts';

const print = new Fingerprint();

/** The print of table and natural key: equal for groups that claim the same row. Valid until the next print. */
export function keyPrint({ root, row, references }: RowGroup): Readonly<Fingerprint> {
  print.begin();
  print.addText(root.name);
  for (const name of root.naturalKey) {
    // Generated keys are not known yet: the lookups that find them stand for them.
    const reference = references?.find(({ column }) => column === name);
    const value = reference === undefined ? cell(root, row, name) : reference.lookups.map(lookupName).join();
    print.addText(typeof value === 'string' ? value : String(value));
  }
  print.end();
  return print;
}

/** The same of a row with its generated keys. */
export function storedKeyPrint(table: Table, value: (column: string) => Value): Readonly<Fingerprint> {
  print.begin();
  print.addText(table.name);
  for (const name of table.naturalKey) print.addText(String(value(name)));
  print.end();
  return print;
}

/** The print of a group that refers to other rows: equal for equal rows and references. */
export function linkedPrint({ row, children, references }: RowGroup): Readonly<Fingerprint> {
  const lookups = references?.map((reference) => reference.lookups.map(lookupName));
  print.begin();
  print.addText(JSON.stringify([row, children.map(({ rows }) => rows), lookups], bigintAsText));
  print.end();
  return print;
}

function bigintAsText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** A leading row, as duplicates are recognised by. */
export function printedLead(lead: RowGroup): MappedRecord {
  const key = keyText(wordsOf(keyPrint(lead)), 0);
  return { group: lead, key, content: contentText(wordsOf(linkedPrint(lead)), 0) };
}

/** How many words of a fingerprint tell keys apart, and how many contents of one key. */
export const KEY_WORDS = 3;
export const CONTENT_WORDS = 2;

/** The text of a key's print, to look it up by: its words from a place on. */
export function keyText(words: Int32Array, from: number): string {
  return words.subarray(from, from + KEY_WORDS).join(' ');
}

export function contentText(words: Int32Array, from: number): string {
  return words.subarray(from, from + CONTENT_WORDS).join(' ');
}

function wordsOf({ a, b, c }: Readonly<Fingerprint>): Int32Array {
  return Int32Array.of(a, b, c);
}
