import type { Declared } from './checks/declared.ts';
import type { Problems } from './problem.ts';

// What the language has and nothing does yet. It is refused by name: ignored, it would load something else than was meant.
// Who implements one takes it out here.

const TABLE_IN_SCHEMA = /\./;
const TABLE = 'tables of another schema';

export function refuseNotYet({ records }: Declared, problems: Problems): void {
  for (const { table, tableAt } of records)
    if (TABLE_IN_SCHEMA.test(table)) problems.add(tableAt, `this version does not know ${TABLE} yet: leave it out`);
}

/** The same for people: constructs, and what of others is missing. */
export const NOT_YET: { readonly constructs: readonly string[]; readonly others: readonly string[] } = {
  constructs: [],
  others: [TABLE],
};
