import { LEDGER, LEDGER_LIST, type LedgerName } from './ledger-tables.ts';
import type { Table } from './table.ts';

/**
 * How the tables of a ledger are called: as declared, in a schema of their own; with a prefix, among the tables of the
 * application; or as before there was such a schema, among them too.
 */
export type LedgerNaming = 'own' | 'prefixed' | 'former';

/** Where the ledger is. Found out when the database is opened; nothing else knows what its tables are called. */
export interface LedgerPlace {
  /** The PostgreSQL schema; undefined on SQLite. */
  readonly schema: string | undefined;
  readonly naming: LedgerNaming;
  /** Each table as it is called there. */
  readonly tables: Readonly<Record<LedgerName, Table>>;
  /** The table as it is called there, of one that the ledger declares; undefined of any other. */
  readonly stored: (table: Table) => Table | undefined;
  /** The name of any table for people: one of the ledger with its schema, if that is its own. */
  readonly title: (table: Table) => string;
}

const PREFIX = 'migrate_json_';

const NAMES: Readonly<Record<LedgerNaming, (table: Table) => string>> = {
  own: ({ name }) => name,
  prefixed: ({ name }) => `${PREFIX}${name}`,
  former: (table) => (table === LEDGER.schemaVersion ? table.name : `migration_${table.name}`),
};

export function ledgerPlace(naming: LedgerNaming, schema: string | undefined): LedgerPlace {
  const stored = new Map(LEDGER_LIST.map((table) => [table, { ...table, name: NAMES[naming](table) }]));
  const named = Object.entries(LEDGER).map(([name, table]) => [name, stored.get(table)]);
  const ofLedger = new Set(stored.values());
  const title = (table: Table): string => {
    const own = stored.get(table) ?? (ofLedger.has(table) ? table : undefined);
    return own !== undefined && naming === 'own' ? `${schema}.${own.name}` : (own ?? table).name;
  };
  return Object.freeze({
    schema,
    naming,
    tables: Object.fromEntries(named) as LedgerPlace['tables'],
    stored: (table: Table) => stored.get(table),
    title,
  });
}

/** Where a ledger is made when nothing else is said. */
export const LEDGER_SCHEMA = 'migrate_json';

/** Without those no ledger is taken for one. */
export const SIGNATURE: readonly Table[] = [LEDGER.runs, LEDGER.files, LEDGER.batches];

/** Whether stored columns are those of a table of the ledger: what another program calls so has others. */
export function isOfLedger(table: Table, columns: readonly string[]): boolean {
  return Object.keys(table.columns).every((name) => columns.includes(name));
}

/** Names of tables that an older version made beside those of the application. */
export const FORMER_NAMES: readonly string[] = LEDGER_LIST.map(NAMES.former);

/** Describes a place in a message. */
export function describePlace({ naming, schema }: LedgerPlace): string {
  const where = schema === undefined ? '' : ` in the schema ${schema}`;
  const names = { own: 'tables', prefixed: `${PREFIX}* tables`, former: 'migration_* tables' };
  return `${names[naming]}${where}`;
}

/** Whether a table that lies beside those of the application is one of a ledger, of this version or an older one. */
export function isLedgerTable(name: string, columns: readonly { readonly name: string }[]): boolean {
  const names = columns.map((each) => each.name);
  return LEDGER_LIST.some(
    (table) => [NAMES.prefixed(table), NAMES.former(table)].includes(name) && isOfLedger(table, names),
  );
}
