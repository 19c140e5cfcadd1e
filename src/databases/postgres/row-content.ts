import type { Table } from '../../schema/table.ts';
import type { StoredColumn } from './stored-link.ts';

/** Where a row stands among those that hold the same, from 1. */
export const PLACE_AMONG_EQUAL = '"migrate_json_place"';

/** What a row of a table without a key holds. */
export const CONTENT = '"migrate_json_content"';

/**
 * What a row holds in these columns, as a text that is the same whatever the settings of the session. Rows that hold the same cannot
 * be told apart by anybody: so this, and a place among equal ones, is the key of a table that has none.
 */
export function contentOf(columns: readonly StoredColumn[], value: (stored: StoredColumn) => string): string {
  const spelled = columns.map((stored) => (SPELLED[stored.type] ?? ((given) => given))(value(stored)));
  return `md5(to_jsonb(ROW(${spelled.join(', ')}))::text)`;
}

const SPELLED: Readonly<Record<string, (value: string) => string>> = {
  'timestamp with time zone': (value) => `(${value} AT TIME ZONE 'UTC')`,
  bytea: (value) => `encode(${value}, 'hex')`,
  numeric: (value) => `trim_scale(${value})`,
  character: (value) => `${value}::text`,
};

/** The columns of a row that a load writes and the table keeps as they are, in their order. */
export function contentColumns(
  table: Table,
  {
    columns,
    computed,
  }: { readonly columns: ReadonlyMap<string, StoredColumn>; readonly computed: ReadonlySet<string> },
): readonly (readonly [declared: string, stored: StoredColumn])[] {
  return [...columns].filter(([name]) => !computed.has(name) && table.columns[name]?.isApplications !== true);
}
