import { storedKeyPrint } from '../batch/prints.ts';
import type { Database } from '../databases/database.ts';
import { Fingerprint } from '../fingerprint.ts';
import type { Table } from '../schema/table.ts';

/**
 * The prints of all rows of a table, each with its child rows, as the loader makes them of records. They are valid
 * until the next one. Inside a snapshot; `goOn` may end the work by throwing.
 */
export async function eachStored(
  database: Database,
  root: Table,
  child: Table | undefined,
  goOn: () => void,
  onRow: (key: Readonly<Fingerprint>, content: Readonly<Fingerprint>) => void,
): Promise<void> {
  const [key, content] = [new Fingerprint(), new Fingerprint()];
  let isBegun = false;
  const end = (): void => {
    if (!isBegun) return;
    content.end();
    onRow(key, content);
  };
  for await (const page of database.storedPairs(root, child)) {
    goOn();
    for (const pair of page) {
      const { a, b, c } = storedKeyPrint(root, (name) => pair.root.value(name));
      const isSame = child !== undefined && isBegun && key.a === a && key.b === b && key.c === c;
      if (!isSame) {
        end();
        isBegun = true;
        [key.a, key.b, key.c] = [a, b, c];
        content.begin();
        pair.root.addTo(content);
      }
      pair.child?.addTo(content);
    }
  }
  end();
}
