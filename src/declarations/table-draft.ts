import { loadedColumns } from '../schema/key-link.ts';
import { haveSameWords } from '../schema/match-columns.ts';
import { type Column, placeholderColumns, type Table } from '../schema/table.ts';
import type { TableDeclaration } from './language.ts';
import type { Problems } from './problem.ts';

/** The longest name of PostgreSQL, in bytes. */
const LONGEST_NAME = 63;

/** PostgreSQL gives every table columns of these names. https://www.postgresql.org/docs/current/ddl-system-columns.html */
const SYSTEM_COLUMNS = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'];

export const RECORD_KEY = 'record_key';

/** A table while it is put together: several datasets may feed it. */
export interface TableDraft {
  readonly name: string;
  readonly at: readonly string[];
  readonly columns: Map<string, Column>;
  key: readonly string[] | undefined;
  rest: string | undefined;
  owner: string | undefined;
  belongsTo: Table['belongsTo'];
  link: Table['link'];
  readonly foreignKeys: NonNullable<Table['foreignKeys']>[number][];
  readonly unique: (readonly string[])[];
  /** A table that is there may have no key at all. */
  mayLackKey: boolean;
  /** Rows of it are made where others name them. */
  isMade: boolean;
  /** No dataset feeds it, and none of its rows are made. */
  isApplications: boolean;
}

export function tableDraft(name: string, at: readonly string[]): TableDraft {
  return {
    name,
    at,
    columns: new Map(),
    key: undefined,
    rest: undefined,
    owner: undefined,
    belongsTo: undefined,
    link: undefined,
    foreignKeys: [],
    unique: [],
    mayLackKey: false,
    isMade: false,
    isApplications: false,
  };
}

/** Two datasets that feed one table agree about a column, or it is a problem. */
export function addColumn(
  draft: TableDraft,
  name: string,
  column: Column,
  at: readonly string[],
  problems: Problems,
): void {
  const problem = columnNameProblem(name);
  if (problem !== undefined) problems.add(at, problem);
  const known = draft.columns.get(name);
  if (known === undefined) draft.columns.set(name, column);
  else if (typeText(known) !== typeText(column))
    problems.add(at, `the column ${draft.name}.${name} is ${typeText(known)} elsewhere, and ${typeText(column)} here`);
  else if (known.isApplications !== column.isApplications)
    problems.add(at, `another dataset says otherwise who writes ${draft.name}.${name}: say \`owned_by\` in both`);
  else if (known.notNull && !column.notNull) draft.columns.set(name, column);
}

function typeText({ type, max, precision, scale }: Column): string {
  const parts = [max, precision, scale].filter((part) => part !== undefined);
  return parts.length === 0 ? type : `${type}(${parts.join(',')})`;
}

export function columnNameProblem(name: string): string | undefined {
  if (SYSTEM_COLUMNS.includes(name)) return `every table of PostgreSQL has a column ${name} already`;
  return nameProblem(name);
}

/** Of a table: `billing.invoices` is one of the schema billing. */
export function tableNameProblem(name: string): string | undefined {
  const parts = name.split('.');
  if (parts.length > 2) return 'write the schema and the table: no other point is in the name';
  return parts.map(nameProblem).find((problem) => problem !== undefined);
}

function nameProblem(name: string): string | undefined {
  if (name.trim() === '' || name.includes('\0'))
    return 'a name in a database has at least one character, and none is U+0000';
  if (/^(?:pg_|sqlite_)/i.test(name))
    return `names that begin like ${name.slice(0, 7)} belong to the database: choose another`;
  const bytes = Buffer.byteLength(name);
  return bytes > LONGEST_NAME
    ? `the name has ${bytes} bytes, and PostgreSQL takes ${LONGEST_NAME}: shorten it`
    : undefined;
}

/** The table as the program has it. Without a natural key its rows have a record key. */
export function finishTable(draft: TableDraft, declared: TableDeclaration | undefined): Table {
  const { name, columns, rest, owner, belongsTo, link, foreignKeys } = draft;
  const all = new Map(columns);
  const identity = [...all].find(isNumbered)?.[0];
  let recordKey: string | undefined;
  if (draft.key === undefined) {
    recordKey = RECORD_KEY;
    if (identity === undefined && !draft.mayLackKey) {
      const entries = [...all];
      all.clear();
      all.set(columns.has('id') ? 'row_id' : 'id', { type: 'identity' });
      for (const [column, each] of entries) all.set(column, each);
    }
    all.set(RECORD_KEY, { type: 'text', max: 64 });
  }
  if (rest !== undefined) all.set(rest, { type: 'json' });
  const naturalKey = draft.key ?? [RECORD_KEY];
  const generated = [...all].find(isNumbered)?.[0];
  const primaryKey =
    (declared?.primary_key && loadedColumns(draft, declared.primary_key)) ??
    (generated === undefined ? naturalKey : [generated]);
  const unique = [...draft.unique, ...(declared?.unique ?? []).map((each) => loadedColumns(draft, each))].filter(
    (each) => String(each) !== String(naturalKey),
  );
  const keys = [...foreignKeys, ...(declared?.references ?? []).map(foreignKeyOf)];
  const created = timeCalled('created_at', columns);
  const touched = timeCalled('updated_at', columns);
  const table: Table = {
    name,
    columns: Object.fromEntries(all),
    primaryKey,
    naturalKey,
    ...(unique.length > 0 && { unique }),
    ...(declared?.indexes && { indexes: declared.indexes }),
    ...(rest !== undefined && { rest }),
    ...(owner !== undefined && { owner }),
    ...(recordKey !== undefined && { recordKey }),
    ...(draft.mayLackKey && { mayLackKey: true as const }),
    ...(touched !== undefined && { touched }),
    ...(created !== undefined && { created }),
    ...(declared?.keeps_rest && { keepsRest: true as const }),
    ...(declared?.owners && { holdsOwners: true as const }),
    ...(declared?.found_by_id && { findableBySourceId: true as const }),
    ...(declared?.distributed_by !== undefined && { distributedBy: declared.distributed_by }),
    ...(belongsTo && { belongsTo }),
    ...(link && { link }),
    ...(draft.isApplications && { isApplications: true as const }),
    ...(keys.length > 0 && { foreignKeys: keys }),
  };
  const isMade = draft.isMade || declared?.owners === true;
  return isMade && placeholderColumns(table).length > 0 ? { ...table, hasPlaceholders: true } : table;
}

/** The time of this name, also where the table writes its words otherwise: updatedAt. */
function timeCalled(name: string, columns: TableDraft['columns']): string | undefined {
  const times = [...columns].filter(([, { type }]) => type === 'timestamp').map(([each]) => each);
  return times.find((each) => each === name) ?? times.find((each) => haveSameWords(each, name));
}

export function isNumbered([, { type, numbered }]: readonly [string, Column]): boolean {
  return type === 'identity' || numbered === true;
}

/** `to` is "table(column, column)". */
function foreignKeyOf({
  columns,
  to,
  on_delete,
  deferred,
}: NonNullable<TableDeclaration['references']>[number]): NonNullable<Table['foreignKeys']>[number] {
  const [, table = '', names = ''] = /^([^()]+)\(([^()]+)\)$/.exec(to) ?? [];
  return {
    columns,
    table: table.trim(),
    to: names.split(',').map((name) => name.trim()),
    ...(on_delete && { onDelete: on_delete === 'cascade' ? ('cascade' as const) : ('set null' as const) }),
    ...(deferred && { deferred: true as const }),
  };
}

/** Every table behind those that it refers to; the members of a cycle in the order in which they were declared. */
export function inOrderOfReference(tables: readonly Table[]): readonly Table[] {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const done = new Set<Table>();
  const open = new Set<Table>();
  const ordered: Table[] = [];
  const visit = (table: Table): void => {
    if (done.has(table) || open.has(table)) return;
    open.add(table);
    for (const name of neededBefore(table)) {
      const target = byName.get(name);
      if (target) visit(target);
    }
    open.delete(table);
    done.add(table);
    ordered.push(table);
  };
  for (const table of tables) visit(table);
  return ordered;
}

/** The names of the tables that a table refers to. */
export function referencedBy(table: Table): readonly string[] {
  return [...new Set(keysOf(table).map((key) => key.table))];
}

/** Of these those whose rows must be there before: what is checked at the end may come later. */
function neededBefore(table: Table): readonly string[] {
  return keysOf(table).flatMap((key) => (key.deferred ? [] : [key.table]));
}

function keysOf({ columns, foreignKeys = [] }: Table): readonly { readonly table: string; readonly deferred?: true }[] {
  return [...Object.values(columns).flatMap(({ references }) => references ?? []), ...foreignKeys];
}
