import type { Database } from '../databases/database.ts';
import type { Table, Value } from '../schema/table.ts';

/** The owner of each stored row of these tables that has one; the same owner may come many times. Inside a snapshot. */
export async function* storedOwners(
  database: Database,
  isWanted: (table: Table) => boolean = () => true,
): AsyncGenerator<Value> {
  for (const { root } of database.declared.groups) {
    const { owner } = root;
    if (owner === undefined || !isWanted(root)) continue;
    for await (const page of database.storedPairs({ root, children: [] })) {
      for (const { root: row } of page) {
        const id = row.value(owner);
        if (id !== null) yield id;
      }
    }
  }
}
