import { storedKeyPrint } from '../checking/prints.ts';
import type { Database } from '../databases/database.ts';
import type { StoredRow } from '../databases/stored-rows.ts';
import { Fingerprint } from '../hash/fingerprint.ts';
import type { TableGroup } from '../schema/declared-tables.ts';

/** Is told about each row. What it is given is valid until the next one. */
export interface StoredVisitor {
  begin?(root: StoredRow): void;
  child?(row: StoredRow): void;
  /** With the prints of the row that was begun, and of all that belongs to it. */
  end(key: Readonly<Fingerprint>, content: Readonly<Fingerprint>): void;
}

/**
 * The prints of all rows of a table, each with its child rows, as the loader makes them of records. Inside a snapshot or
 * a transaction; `throwIfStopped` may end the work by throwing.
 */
export async function eachStored(
  database: Pick<Database, 'storedPairs'>,
  group: TableGroup,
  throwIfStopped: () => void,
  visitor: StoredVisitor,
): Promise<void> {
  const { root, children } = group;
  const [key, content] = [new Fingerprint(), new Fingerprint()];
  let isBegun = false;
  const end = (): void => {
    if (!isBegun) return;
    content.end();
    visitor.end(key, content);
  };
  for await (const page of database.storedPairs(group)) {
    throwIfStopped();
    for (const pair of page) {
      const { a, b, c, d } = storedKeyPrint(root, (name) => pair.root.value(name));
      const isSame = children.length > 0 && isBegun && key.a === a && key.b === b && key.c === c && key.d === d;
      if (!isSame) {
        end();
        isBegun = true;
        visitor.begin?.(pair.root);
        [key.a, key.b, key.c, key.d] = [a, b, c, d];
        content.begin();
        pair.root.addTo(content);
      }
      if (pair.child === undefined) continue;
      visitor.child?.(pair.child);
      pair.child.addTo(content);
    }
  }
  end();
}
