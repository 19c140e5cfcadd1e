import type { Difference } from '../schema/adoption/differences.ts';
import { fittedTable } from './format.ts';
import { plain } from './terminal.ts';

const REMEDIES = {
  none: 'can stay',
  advised: 'schema upgrade',
  upgrade: 'schema upgrade',
  convert: 'schema upgrade --convert',
  person: 'change it by hand',
} as const satisfies Record<Difference['remedy'], string>;

/** Differences as a table for people. */
export function differenceTable(differences: readonly Difference[]): string {
  const rows = differences.map((each) => [
    plain(each.column === null ? each.table : `${each.table}.${each.column}`),
    plain(each.message),
    REMEDIES[each.remedy],
  ]);
  return `${fittedTable([['where', 'difference', 'what removes it'], ...rows], [1, 2])}\n`;
}

export function asJson(result: object): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}
