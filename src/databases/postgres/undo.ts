import type { TableChange } from '../../schema/comparison/table-change.ts';
import { SCHEMA_VERSION } from '../../schema/ledger-tables.ts';
import type { Table } from '../../schema/table.ts';
import { copyName } from '../schema-changes.ts';
import {
  type CatalogColumn,
  type CatalogConstraint,
  columnsOf,
  constraintsOf,
  dependentsOf,
  foreignKeysAround,
  indexesOf,
  triggersOf,
} from './catalog.ts';
import { quote, quoteText } from './ddl.ts';
import type { Session } from './session.ts';

const MODES: Readonly<Record<string, string>> = { O: 'ENABLE', R: 'ENABLE REPLICA', A: 'ENABLE ALWAYS' };

/** Statements that switch the application's triggers off, and on again as they were. */
export async function triggerSwitches(
  session: Session,
  tables: readonly string[],
): Promise<{ readonly off: readonly string[]; readonly on: readonly string[] }> {
  const [off, on]: [string[], string[]] = [[], []];
  for (const table of tables) {
    for (const { name, mode } of await triggersOf(session, table)) {
      off.push(`ALTER TABLE ${session.name(table)} DISABLE TRIGGER ${quote(name)}`);
      on.push(`ALTER TABLE ${session.name(table)} ${MODES[mode]} TRIGGER ${quote(name)}`);
    }
  }
  return { off, on };
}

/** Statements that drop foreign keys, and add them again. */
function keySwitches(keys: readonly CatalogConstraint[]): { readonly off: string[]; readonly on: string[] } {
  return {
    off: keys.map(({ table, name }) => `ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS ${quote(name)}`),
    on: keys.map(({ table, name, definition }) => `ALTER TABLE ${table} ADD CONSTRAINT ${quote(name)} ${definition}`),
  };
}

/** Statements that turn tables back into what they are now. Asked for before anything changes. */
export async function undoOf(
  session: Session,
  changes: readonly TableChange[],
  creates: readonly Table[],
): Promise<readonly string[]> {
  const names = changes.map(({ table }) => table.name);
  if (names.length === 0) return [];
  const triggers = await triggerSwitches(session, names);
  const keys = keySwitches(await foreignKeysAround(session, names));
  const tables: TableUndo[] = [];
  for (const change of changes) tables.push(await tableUndo(session, change));
  return [
    ...triggers.off,
    ...keys.off,
    ...tables.flatMap((each) => each.added),
    ...creates.toReversed().map(({ name }) => `DROP TABLE IF EXISTS ${session.name(name)}`),
    // Refuses where a foreign key was made since, instead of taking its rows along.
    `TRUNCATE ${names.map((name) => session.name(name)).join(', ')}`,
    ...tables.flatMap((each) => each.columns),
    ...tables.flatMap((each) => each.rows),
    ...keys.on,
    ...triggers.on,
  ];
}

interface TableUndo {
  /** Takes away what was added. */
  readonly added: readonly string[];
  /** Gives the empty table its former columns. */
  readonly columns: readonly string[];
  readonly rows: readonly string[];
}

async function tableUndo(session: Session, change: TableChange): Promise<TableUndo> {
  const { table, adds, relaxes } = change;
  const alter = `ALTER TABLE ${session.name(table.name)}`;
  const stored = await columnsOf(session, table.name);
  const replaced = await replacedColumns(session, change, stored);
  const stays = (name: string): boolean => !replaced.some((each) => each.name === name);
  const listed = stored.filter(({ generated }) => generated === '').map(({ name }) => quote(name));
  const copy = session.name(copyName(table.name, SCHEMA_VERSION));
  return {
    added: adds.map(({ name }) => `${alter} DROP COLUMN IF EXISTS ${quote(name)}`),
    columns: [
      ...replaced.map(({ name }) => `${alter} DROP COLUMN IF EXISTS ${quote(name)}`),
      ...replaced.flatMap((each) => columnBack(session.name(table.name), each)),
      ...(await keysBack(session, table.name, replaced)),
    ],
    rows: [
      `INSERT INTO ${session.name(table.name)} (${listed.join(', ')}) OVERRIDING SYSTEM VALUE
        SELECT ${listed.join(', ')} FROM ${copy} ORDER BY ctid`,
      ...relaxes.filter(stays).map((name) => `${alter} ALTER COLUMN ${quote(name)} SET NOT NULL`),
    ],
  };
}

/**
 * The columns that go, and those behind them: made anew in their order, they are where they were. Where one of the
 * latter cannot be dropped, because a view, a sequence or a key needs it, only those that go come back, at the end.
 */
async function replacedColumns(
  session: Session,
  { table, drops }: TableChange,
  stored: readonly CatalogColumn[],
): Promise<readonly CatalogColumn[]> {
  const first = stored.findIndex(({ name }) => drops.includes(name));
  if (first === -1) return [];
  const behind = stored.slice(first);
  const needed = new Set((await dependentsOf(session, table.name)).map((each) => each.column));
  const isFree = ({ name, identity, generated, default: standard }: CatalogColumn): boolean =>
    !needed.has(name) && identity === '' && generated === '' && !standard?.includes('nextval(');
  return behind.every(isFree) ? behind : behind.filter(({ name }) => drops.includes(name));
}

function columnBack(table: string, { name, type, not_null, default: standard, comment }: CatalogColumn): string[] {
  const parts = [
    `ALTER TABLE ${table} ADD COLUMN ${quote(name)} ${type}`,
    ...(standard === null ? [] : [`DEFAULT ${standard}`]),
    ...(not_null === 't' ? ['NOT NULL'] : []),
  ];
  const note = comment === null ? [] : [`COMMENT ON COLUMN ${table}.${quote(name)} IS ${quoteText(comment)}`];
  return [parts.join(' '), ...note];
}

/** Keys, checks and indexes that go with a column that is made anew. Foreign keys come back with all others. */
async function keysBack(session: Session, table: string, replaced: readonly CatalogColumn[]): Promise<string[]> {
  const gone = new Set(replaced.map(({ name }) => name));
  const names = (columns: string): boolean => JSON.parse(columns).some((name: string) => gone.has(name));
  const constraints = (await constraintsOf(session, table)).filter(({ columns }) => names(columns));
  const indexes = (await indexesOf(session, table)).filter(({ columns }) => names(columns));
  return [
    ...constraints.map(
      ({ name, definition }) => `ALTER TABLE ${session.name(table)} ADD CONSTRAINT ${quote(name)} ${definition}`,
    ),
    ...indexes.map(({ definition }) => definition),
  ];
}
