import { type Column, column, hasGeneratedKey, ownKey, type Table } from './table.ts';

/** A column of a table that is there, as far as it tells which declared column it holds. */
export interface MatchedColumn {
  readonly name: string;
  /** The database numbers the rows by it: it is the whole primary key. */
  readonly isGeneratedKey: boolean;
  /** Its type holds JSON. */
  readonly holdsJson: boolean;
}

/**
 * Which column of a table that is there holds each declared one: the first of the names that its declaration gives; without those
 * the one of its own name, or of the same words written otherwise (createdAt, created_at, "Created At"). Declared columns that
 * nothing holds are left out. A key that the database generates is one, whatever it is called. What cannot hold JSON is no column
 * for the rest: an application may have an `extra` of its own.
 */
export function matchColumns(table: Table, stored: readonly MatchedColumn[]): ReadonlyMap<string, string> {
  const free = new Set(stored.map(({ name }) => name));
  const matched = new Map<string, string>();
  const take = (declared: string, name: string | undefined): void => {
    if (name === undefined || !free.delete(name)) return;
    matched.set(declared, name);
  };
  const names = Object.keys(table.columns);
  const others = new Set(stored.filter(({ holdsJson }) => !holdsJson).map(({ name }) => name));
  const mayTake = (declared: string, name: string): boolean =>
    free.has(name) && !(declared === table.rest && others.has(name));
  for (const name of names) {
    const wanted = column(table, name).storedAs ?? [name];
    take(
      name,
      wanted.find((each) => mayTake(name, each)),
    );
  }
  const isOpen = (name: string): boolean => !matched.has(name) && column(table, name).storedAs === undefined;
  for (const name of names.filter(isOpen)) {
    const same = [...free].filter((each) => haveSameWords(each, name) && mayTake(name, each));
    if (same.length === 1) take(name, same[0]);
  }
  const generated = stored.find(({ name, isGeneratedKey }) => isGeneratedKey && free.has(name));
  if (generated && hasGeneratedKey(table)) {
    const isKey = (name: string): boolean => column(table, name).type === 'identity' && !matched.has(name);
    const key = table.primaryKey.find(isKey);
    if (key !== undefined) take(key, generated.name);
  }
  return matched;
}

/** Whether two names are the same words, written otherwise: createdAt, created_at, "Created At". */
export function haveSameWords(one: string, other: string): boolean {
  return wordsOf(one) === wordsOf(other);
}

function wordsOf(name: string): string {
  return name.replace(/[\s_-]+/g, '').toLowerCase();
}

/** What of a declared table a table that is there has no column for. */
export interface Unheld {
  /** Kept in the ledger, beside the row's own key: what tells rows apart, and the id that the row had in the old database. */
  readonly beside: readonly string[];
  /** A record with a value for one of them is rejected. */
  readonly absent: readonly string[];
}

/** `hasRowKey`: rows have a key of one column, by which the ledger knows them. */
export function unheldOf(table: Table, held: ReadonlyMap<string, unknown>, hasRowKey: boolean): Unheld {
  const open = Object.keys(table.columns).filter((name) => !held.has(name) && isWritten(column(table, name)));
  const isBeside = (name: string): boolean =>
    name === table.recordKey
      ? hasRowKey || table.mayLackKey === true
      : hasRowKey && (name === table.rest || isPlace(table, name));
  return { beside: open.filter(isBeside), absent: open.filter((name) => !isBeside(name)) };
}

/** The place of a row among those that belong to the same row: it says nothing that the rows themselves do not. */
function isPlace(table: Table, name: string): boolean {
  return table.belongsTo !== undefined && ownKey(table).includes(name) && column(table, name).type === 'integer';
}

/** Its rows have no key, and the ledger knows them by what they hold. */
export function isUnkeyed(table: Table, held: ReadonlyMap<string, unknown>, hasRowKey: boolean): boolean {
  return table.mayLackKey === true && !hasRowKey && !held.has(table.recordKey ?? '');
}

function isWritten({ type, isApplications }: Column): boolean {
  return type !== 'identity' && !isApplications;
}
