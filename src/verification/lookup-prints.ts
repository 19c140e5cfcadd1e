import { storedKeyPrint } from '../checking/prints.ts';
import type { Finder } from '../databases/transaction.ts';
import { Fingerprint } from '../hash/fingerprint.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import { lookupName, type RowLookup } from '../schema/row-group.ts';
import type { Table, Value } from '../schema/table.ts';
import { ANYTHING, type PrintStore } from './print-store.ts';

const NO_CONTENT = new Fingerprint();

interface MissingRow {
  readonly table: Table;
  readonly file: number;
  readonly record: number;
}

export interface NamedRow {
  readonly lookup: RowLookup;
  readonly file: number;
  readonly record: number;
}

/** Rows that are there because records name them: nobody says what else is in them. */
export class LookupPrints {
  readonly tables = new Set<Table>();
  private readonly rows = new Map<string, MissingRow | undefined>();
  private readonly store: PrintStore;
  private readonly finder: Finder;
  private readonly declared: DeclaredTables;

  constructor(store: PrintStore, finder: Finder, declared: DeclaredTables) {
    this.store = store;
    this.finder = finder;
    this.declared = declared;
  }

  /** Those that are not there, each with the first record that names it. */
  get missing(): readonly MissingRow[] {
    return [...this.rows.values()].filter((row) => row !== undefined);
  }

  /** What records name that are loaded. */
  async add(named: readonly NamedRow[]): Promise<void> {
    // Of several records that name a row the first is told.
    const unknown = new Map(named.toReversed().map((each) => [lookupName(each.lookup), each]));
    for (const name of [...unknown.keys()]) if (this.rows.has(name)) unknown.delete(name);
    const asked = [...unknown.values()].flatMap(({ lookup }) =>
      lookup.table.naturalKey.map((answer) => ({ ...lookup, answer })),
    );
    const found = (await this.finder.find(asked)).values();
    for (const [name, { lookup, file, record }] of unknown) {
      const { table } = lookup;
      this.tables.add(table);
      const values = new Map<string, Value>();
      for (const column of table.naturalKey) {
        const hit = found.next().value;
        if (hit !== undefined && hit !== 'several') values.set(column, hit.value);
      }
      const isThere = values.size === table.naturalKey.length;
      this.rows.set(name, isThere ? undefined : { table, file, record });
      if (isThere) this.expect(table, values);
    }
  }

  private expect(table: Table, values: ReadonlyMap<string, Value>): void {
    const key = storedKeyPrint(table, (column) => values.get(column) ?? null);
    this.store.add('expected', key, NO_CONTENT, ANYTHING, 0, this.declared.groupNumber(table));
  }
}
