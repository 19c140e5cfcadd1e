import type { Database } from '../../src/databases/database.ts';
import type { Comparison, Transaction } from '../../src/databases/transaction.ts';
import type { RowGroup } from '../../src/schema/row-group.ts';
import { type Row, rowOf, type Table, type Value } from '../../src/schema/table.ts';
import { TABLES } from '../setup/built-in.ts';

type Values = Readonly<Record<string, Value>>;

/** A conversation of owner `ann` with messages that differ in their content. */
export function conversationGroup(id: string, values: Values = {}, contents: readonly Value[] = []): RowGroup {
  const owner = String(values['user_id'] ?? 'ann');
  const messages = contents.map((content, position) => messageRow(id, { position, content }));
  return {
    root: TABLES.conversations,
    row: rowOf(TABLES.conversations, { id, user_id: owner, title: `Title of ${id}`, ...values }),
    owner,
    namesOwner: values['user_id'] !== undefined,
    children: [{ table: TABLES.messages, rows: messages }],
  };
}

export function messageRow(conversation: string, values: Values): Row {
  return rowOf(TABLES.messages, { conversation_id: conversation, role: 'user', ...values });
}

/** A row without children and without an owner. */
export function group(root: Table, values: Values): RowGroup {
  return { root, row: rowOf(root, values), owner: null, namesOwner: false, children: [] };
}

export function metric(source: string, values: Values = {}): RowGroup {
  return group(TABLES.metrics, { source, timestamp: '2024-01-02 03:04:05.000000', ...values });
}

/** What the loader does with groups that it wants in the database, whatever is there. */
export async function loadGroups(database: Database, groups: readonly RowGroup[]): Promise<readonly Comparison[]> {
  return database.transaction(undefined, (transaction) => loadInto(transaction, groups));
}

export async function loadInto(transaction: Transaction, groups: readonly RowGroup[]): Promise<readonly Comparison[]> {
  const comparisons = await transaction.compare(groups);
  await transaction.createOwners([...new Set(groups.flatMap(({ owner }) => (owner === null ? [] : [owner])))]);
  await transaction.merge(
    groups.flatMap((each, index) => {
      const comparison = comparisons[index];
      return comparison === undefined ? [] : [{ group: each, comparison }];
    }),
  );
  return comparisons;
}

/** What the database says of the groups, without loading them. */
export async function compareGroups(database: Database, groups: readonly RowGroup[]): Promise<readonly Comparison[]> {
  return database.transaction(undefined, (transaction) => transaction.compare(groups));
}

export async function storedRows(database: Database, table: Table): Promise<Record<string, Value>[]> {
  const rows: Record<string, Value>[] = [];
  const names = Object.keys(table.columns).filter((name) => table.columns[name]?.type !== 'identity');
  for await (const row of database.rows(table)) {
    rows.push(Object.fromEntries(names.map((name, index) => [name, row[index] ?? null])));
  }
  return rows;
}
