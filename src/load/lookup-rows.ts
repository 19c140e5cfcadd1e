import { ABSENT, type Transaction } from '../databases/transaction.ts';
import { lookupName, type Reference, type RowGroup } from '../schema/row-group.ts';
import { cell, type Row, type Table } from '../schema/table.ts';
import { bytewise } from '../system/bytewise.ts';
import { writeBisecting } from './bisect.ts';
import { type Found, findNamed } from './references.ts';

/** A row that is made because others name it. */
export interface LookupRow {
  readonly table: Table;
  readonly row: Row;
}

/** Rows by the name of the lookup that did not find them. */
export type LookupRows = ReadonlyMap<string, LookupRow>;

export interface Making {
  readonly made: LookupRows;
  /** What was looked for, looked up once more. */
  readonly found: Found;
  /** Why the database does not take a row, by the same name. */
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * Makes the rows that references name and that nobody has, each once. One that the database refuses may have been made by
 * somebody else meanwhile: then it is there.
 */
export async function makeLookupRows(references: readonly Reference[], transaction: Transaction): Promise<Making> {
  const wanted = new Map<string, RowGroup>();
  for (const reference of references) {
    const lookup = reference.lookups.at(-1);
    if (lookup && reference.make && !wanted.has(lookupName(lookup)))
      wanted.set(lookupName(lookup), groupOf(lookup.table, reference.make));
  }
  const made = new Map<string, LookupRow>();
  const refused = new Map<string, string>();
  // Two writers that make the same rows in the same order do not wait for each other.
  const units = [...wanted].toSorted(([one], [other]) => bytewise(one, other));
  for (const some of Map.groupBy(units, ([, { root }]) => root).values()) {
    const groups = some.map(([, group]) => group);
    const comparisons = await transaction.compare(groups);
    // A row with this key is there, under another name.
    const taken = some.filter((_unit, index) => comparisons[index]?.root !== 'absent');
    for (const [name] of taken) refused.set(name, 'its key is taken by another row');
    await writeBisecting(
      some.filter((unit) => !taken.includes(unit)),
      async (units) => {
        await transaction.merge(units.map(([, group]) => ({ group, comparison: ABSENT })));
        for (const [name, { root, row }] of units) made.set(name, { table: root, row });
      },
      ([name], constraint) => refused.set(name, constraint),
    );
  }
  return { made, refused, found: await findNamed(references, transaction) };
}

function groupOf(table: Table, row: Row): RowGroup {
  const { owner } = table;
  const own = owner === undefined ? null : cell(table, row, owner);
  return { root: table, row, owner: own === null ? null : String(own), namesOwner: false, children: [] };
}
