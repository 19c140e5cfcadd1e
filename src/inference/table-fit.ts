import type { FoundColumn, FoundTable } from '../databases/found-table.ts';
import { singular } from '../declarations/spellings.ts';
import { tellingNames, wordsOf } from './names.ts';
import type { ProposedChild, ProposedColumn, ProposedRecord } from './proposed.ts';

/** How well a table fits a record by which both are called, and by the members that are its columns. */
export interface Fit {
  readonly record: ProposedRecord;
  readonly table: FoundTable;
  readonly score: number;
  /** It is called otherwise. */
  readonly isByColumns: boolean;
}

/** The shares of a table's name and of its columns in how well it fits, and what a key to the parent's table adds. */
const BY_NAME = 0.5;
const BY_COLUMNS = 0.5;
const BY_PARENT = 0.2;
/** From here on a table is taken: the same name and a quarter of the members, or another name and nearly all of them. */
const ENOUGH = 0.62;
/** A table that is called otherwise holds nearly all of at least so many members, and has hardly another column. */
const ENOUGH_COLUMNS = 4;
const NEARLY_ALL = 0.8;

export function fitOf(record: ProposedRecord, table: FoundTable): Fit | undefined {
  const members = record.columns.filter(({ draft }) => draft.source.of === 'member');
  const name = Math.max(...namesOf(record).map((each) => nameFit(each, table.name)));
  const held = byName(record, table).size;
  const share = members.length === 0 ? 0 : held / members.length;
  const isOfParent = linksTo(record, table).size > 0;
  // Rows that cannot name the row around them.
  if (record.parent !== undefined && !isOfParent) return undefined;
  if (name < 1 && held < 2 && !isOfParent) return undefined;
  // A few columns, such as id and name, are in every table.
  const byColumns = held >= 3 || name > 0 || isOfParent ? share : 0;
  const score = BY_NAME * name + BY_COLUMNS * byColumns + (isOfParent ? BY_PARENT : 0);
  const isCalledSo = name === 1 && (share >= 0.25 || isOfParent);
  if (score >= ENOUGH || isCalledSo) return { record, table, score, isByColumns: false };
  const isAllOfIt = held >= ENOUGH_COLUMNS && share >= NEARLY_ALL && held >= NEARLY_ALL * ownColumns(table);
  return isAllOfIt ? { record, table, score, isByColumns: true } : undefined;
}

/** A child is called after its parent, too: a table may have the name of the list alone. */
function namesOf(record: ProposedRecord): readonly string[] {
  const member =
    'steps' in record ? (record as ProposedChild).steps.findLast((step) => step.to === 'member') : undefined;
  return member === undefined ? [record.table] : [record.table, member.name];
}

/** 1 for the same words; less where one has words more in front: shop_order for orders. */
export function nameFit(one: string, other: string): number {
  const [own, its] = [one, other].map((name) => wordsOf(name).map(singular)) as [string[], string[]];
  if (own.join(' ') === its.join(' ')) return 1;
  const [short, long] = own.length < its.length ? [own, its] : [its, own];
  if (short.length > 0 && short.length < long.length && short.every((word, at) => word === long.at(at - short.length)))
    return 0.8;
  return own.at(-1) === its.at(-1) ? 0.5 : 0;
}

/** Those that a record may fill: without keys that the database makes. */
function ownColumns({ columns }: FoundTable): number {
  return columns.filter(({ isFilled, isComputed }) => !isFilled && !isComputed).length;
}

/** The columns that are called as the members are, whatever the spelling. */
export function byName(record: ProposedRecord, { columns }: FoundTable): Map<ProposedColumn, FoundColumn> {
  const free = new Set(columns.filter(({ isComputed }) => !isComputed));
  const found = new Map<ProposedColumn, FoundColumn>();
  const take = (wordsIn: (column: ProposedColumn) => readonly string[]): void => {
    for (const column of record.columns) {
      if (column.draft.source.of !== 'member' || found.has(column)) continue;
      const wanted = wordsIn(column).join('');
      const [same, ...others] = [...free].filter((each) => isCalled(each, wanted));
      if (same === undefined || others.length > 0) continue;
      found.set(column, same);
      free.delete(same);
    }
  };
  take((column) => tellingNames(wayOf(column)).flatMap(wordsOf));
  take((column) => wordsOf(tellingNames(wayOf(column)).at(-1) ?? ''));
  return found;
}

function wayOf({ draft: { source } }: ProposedColumn): readonly string[] {
  return source.of === 'member' ? source.way : [];
}

/** The columns of a table by which its rows name those of the table that holds the record's parent. */
export function linksTo({ parent }: ProposedRecord, { columns, references }: FoundTable): ReadonlyMap<string, string> {
  const around = parent?.onto?.table;
  if (around === undefined) return new Map();
  const key = references.find(({ table }) => table === around.name);
  if (key !== undefined) {
    const to = key.to ?? around.key;
    return new Map(key.columns.map((name, at) => [to[at] ?? '', name]));
  }
  // Without a foreign key by their names: order_id holds the id of an order.
  const wanted = (name: string): string => [...wordsOf(around.name).map(singular), ...wordsOf(name)].join('');
  const named = around.key.map((name) => [name, columns.find((each) => isCalled(each, wanted(name)))?.name] as const);
  return new Map(named.flatMap(([name, own]) => (own === undefined ? [] : [[name, own] as const])));
}

function isCalled({ name }: FoundColumn, words: string): boolean {
  return wordsOf(name).join('') === words;
}
