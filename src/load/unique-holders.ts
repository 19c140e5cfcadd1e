import { storedKeyPrint } from '../checking/prints.ts';
import type { Finder } from '../databases/transaction.ts';
import type { Finding } from '../reject.ts';
import type { TableGroup } from '../schema/declared-tables.ts';
import type { RowGroup, RowLookup } from '../schema/row-group.ts';
import { cell, type Row, type Table, type Value } from '../schema/table.ts';
import type { Claim } from './claim-list.ts';

/** What a row of a group must have alone, and another row has. */
export interface UniqueHolder {
  readonly table: Table;
  readonly columns: readonly string[];
  /** The print of the key of the row, or of the one that it belongs to; undefined where there are several, or it is in the group. */
  readonly key: string | undefined;
  readonly isOwn: boolean;
}

/** The first such row. Nothing where the database refuses the group for another reason. */
export async function uniqueHolderOf(group: RowGroup, finder: Finder): Promise<UniqueHolder | undefined> {
  const { root, row, children } = group;
  for (const [table, rows] of [[root, [row]] as const, ...children.map((each) => [each.table, each.rows] as const)]) {
    for (const columns of uniqueSets(table, root)) {
      const own = new Set<string>();
      for (const each of rows) {
        const values = columns.map((name) => cell(table, each, name));
        if (values.includes(null)) continue;
        const text = JSON.stringify(values.map(String));
        if (own.has(text)) return { table, columns, key: undefined, isOwn: true };
        own.add(text);
        const holder = await holderOf(table, columns, values, group, finder);
        if (holder) return holder;
      }
    }
  }
  return undefined;
}

export function notUnique({ table, columns, isOwn }: UniqueHolder, by: Claim | undefined): Finding {
  const elsewhere = by ? `record ${by.record} of ${by.path}` : 'a row of the database';
  const holder = isOwn ? 'another element of the record' : elsewhere;
  const what = `${columns.join(', ')} of ${table.name} must be unique`;
  return { code: 'not-unique', pointer: '', message: `${what}, and ${holder} has the same` };
}

/** Whether rows of the group must be unique by more than what finds them again. */
export function hasUniqueSets({ root, children }: TableGroup): boolean {
  return [root, ...children].some((table) => uniqueSets(table, root).length > 0);
}

/** Columns that are unique together, beside those by which a row of the group is found again. */
function uniqueSets(table: Table, root: Table): readonly (readonly string[])[] {
  const { unique = [], naturalKey, belongsTo } = table;
  const isOfParent = table === root || belongsTo?.by.every((name) => naturalKey.includes(name)) === true;
  return isOfParent ? unique : [...unique, naturalKey];
}

async function holderOf(
  table: Table,
  columns: readonly string[],
  values: readonly Value[],
  { root, row }: RowGroup,
  finder: Finder,
): Promise<UniqueHolder | undefined> {
  const answers = table === root ? root.naturalKey : (table.belongsTo?.by ?? []);
  const words = `the row of ${table.name} with the same ${columns.join(', ')}`;
  const found = await finder.find(
    answers.map((answer): RowLookup => ({ table, by: columns, key: values, answer, words })),
  );
  if (found.every((hit) => hit === undefined)) return undefined;
  const stored = found.map((hit) => (hit === undefined || hit === 'several' ? undefined : hit.value));
  const isKnown = stored.every((value) => value !== undefined);
  const key = isKnown ? keyOf(root, stored) : undefined;
  return key === keyOfRow(root, row) ? undefined : { table, columns, key, isOwn: false };
}

function keyOf(root: Table, key: readonly (Value | undefined)[]): string {
  return storedKeyPrint(root, (name) => key[root.naturalKey.indexOf(name)] ?? null).text;
}

function keyOfRow(root: Table, row: Row): string {
  return storedKeyPrint(root, (name) => cell(root, row, name)).text;
}
