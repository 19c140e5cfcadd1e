import type { Declared } from './checks/declared.ts';
import { sourcesOf } from './conditions.ts';
import type { ColumnDeclaration, DatasetDeclaration } from './language.ts';
import type { Problems } from './problem.ts';

// What the language has and nothing does yet. It is refused by name: ignored, it would load something else than was meant.
// Who implements one takes it out here.

const OF_DATASETS: readonly (keyof DatasetDeclaration)[] = ['surplus'];

const OF_COLUMNS: readonly (keyof ColumnDeclaration)[] = ['owned_by'];

/** By their beginning. */
const SOURCES: readonly string[] = ['$file.mtime'];
const SOURCES_OF_CONDITIONS: readonly string[] = ['$file.mtime', '$document'];

const TABLE_IN_SCHEMA = /\./;
const TABLE = 'tables of another schema';
const IDENTITY = 'an identity from a member';

export function refuseNotYet({ datasets, records }: Declared, problems: Problems): void {
  const refuse = (at: readonly string[], what: string): void =>
    problems.add(at, `this version does not know ${what} yet: leave it out`);
  for (const [name, dataset] of Object.entries(datasets)) {
    for (const key of OF_DATASETS) if (dataset[key] !== undefined) refuse(['datasets', name, key], key);
  }
  for (const { at, table, tableAt, columns, conditions } of records) {
    if (TABLE_IN_SCHEMA.test(table)) refuse(tableAt, TABLE);
    for (const { name, full } of columns) {
      const own = [...at, 'columns', name];
      for (const key of OF_COLUMNS) if (full[key] !== undefined) refuse([...own, key], key);
      for (const text of [full.from ?? []].flat()) {
        const unknown = SOURCES.find((source) => text.startsWith(source));
        if (unknown !== undefined) refuse([...own, 'from'], unknown);
      }
      if (full.type === 'identity' && full.from !== undefined) refuse([...own, 'from'], IDENTITY);
    }
    for (const { place, condition } of conditions) {
      for (const text of sourcesOf(condition)) {
        const unknown = SOURCES_OF_CONDITIONS.find((source) => text.startsWith(source));
        if (unknown !== undefined) refuse(place, `${unknown} in conditions`);
      }
    }
  }
}

/** The same for people: constructs, and what of others is missing. */
export const NOT_YET: { readonly constructs: readonly string[]; readonly others: readonly string[] } = {
  constructs: [...OF_DATASETS, ...OF_COLUMNS],
  others: [
    ...SOURCES.map((source) => `\`${source}\` as a source`),
    ...SOURCES_OF_CONDITIONS.map((source) => `\`${source}\` in conditions`),
    TABLE,
    IDENTITY,
  ],
};
