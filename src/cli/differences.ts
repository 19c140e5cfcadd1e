import { ADVICE, ADVICE_BEFORE_UPGRADE, type Difference } from '../schema/comparison/differences.ts';
import { fittedTable } from './format.ts';
import { printable } from './terminal.ts';

const REMEDIES = {
  none: () => 'can stay',
  advised: ({ code }) => ADVICE_BEFORE_UPGRADE[code] ?? 'schema upgrade',
  upgrade: () => 'schema upgrade',
  person: ({ code }) => ADVICE[code] ?? 'a person has to look at it',
} as const satisfies Record<Difference['remedy'], (difference: Difference) => string>;

/** Differences as a table for people. */
export function differenceTable(differences: readonly Difference[]): string {
  const rows = differences.map((each) => [
    printable(each.column === null ? each.table : `${each.table}.${each.column}`),
    printable(each.message),
    REMEDIES[each.remedy](each),
  ]);
  return `${fittedTable([['where', 'difference', 'what removes it'], ...rows], [1, 2])}\n`;
}

export function asJson(result: object): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}
