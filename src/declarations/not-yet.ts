import type { Declared } from './checks/declared.ts';
import type { ColumnDeclaration } from './language.ts';
import type { Problems } from './problem.ts';

// What the language has and nothing does yet. It is refused by name: ignored, it would load something else than was meant.
// Who implements one takes it out here.

const OF_COLUMNS: readonly (keyof ColumnDeclaration)[] = ['column'];

const TABLE_IN_SCHEMA = /\./;
const TABLE = 'tables of another schema';

export function refuseNotYet({ records }: Declared, problems: Problems): void {
  const refuse = (at: readonly string[], what: string): void =>
    problems.add(at, `this version does not know ${what} yet: leave it out`);
  for (const { at, table, tableAt, columns } of records) {
    if (TABLE_IN_SCHEMA.test(table)) refuse(tableAt, TABLE);
    for (const { name, full } of columns) {
      const own = [...at, 'columns', name];
      for (const key of OF_COLUMNS) if (full[key] !== undefined) refuse([...own, key], key);
    }
  }
}

/** The same for people: constructs, and what of others is missing. */
export const NOT_YET: { readonly constructs: readonly string[]; readonly others: readonly string[] } = {
  constructs: OF_COLUMNS,
  others: [TABLE],
};
