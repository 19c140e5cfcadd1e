import type { Table } from '../table.ts';
import type { Fill } from './old-predictions.ts';

/** What an upgrade does to a table that is there. */
export interface TableChange {
  readonly table: Table;
  readonly adds: readonly { readonly name: string; readonly fill: Fill }[];
  /** Columns that may be NULL from now on, as the table calls them. */
  readonly relaxes: readonly string[];
  /** Columns that go; their content was moved. */
  readonly drops: readonly string[];
  /** Predictions without events, or their events: rows change, so that a copy keeps them as they were. */
  readonly isOld: boolean;
  /** This program made the table, as far as its columns tell. */
  readonly isOurs: boolean;
}

/** Whether somebody is to be asked before. */
export function isAskedFor({ isOld, isOurs, relaxes }: TableChange): boolean {
  return isOld || !isOurs || relaxes.length > 0;
}

export function changesSomething({ adds, relaxes, drops }: TableChange): boolean {
  return adds.length + relaxes.length + drops.length > 0;
}

/** The table with the indexes over what is added: the others are the application's own affair. */
export function withAddedIndexes({ table, adds }: TableChange): Table {
  const added = new Set(adds.map(({ name }) => name));
  const { findableBySourceId, indexes = [], ...others } = table;
  const wanted = indexes.filter((columns) => columns.some((name) => added.has(name.replace('-', ''))));
  const sourceId = findableBySourceId && added.has(table.rest ?? '') ? { findableBySourceId } : {};
  return { ...others, indexes: wanted, ...sourceId };
}

/** Whether the columns that tell rows apart are new, so that nothing keeps them unique yet. */
export function addsKey({ table, adds, isOld }: TableChange): boolean {
  return isOld && table.naturalKey.every((name) => adds.some((each) => each.name === name));
}

/** The change in words: what it loosens first. */
export function describeChange({ adds, relaxes, drops }: TableChange): string {
  const added = adds.map(({ name }) => name);
  const parts = [
    ['allows NULL in', relaxes],
    ['drops', drops],
    ['adds', added],
  ] as const;
  const words = parts.flatMap(([what, names]) => (names.length === 0 ? [] : [`${what} ${names.join(', ')}`]));
  return [...words, ...(adds.some(({ fill }) => fill === 'own-event') ? ['makes an event for each row'] : [])].join(
    '; ',
  );
}
