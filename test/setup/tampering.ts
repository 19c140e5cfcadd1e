import { column, keepsStoredWhenNull, loadColumns, placeholderColumns, type Table } from '../../src/schema/table.ts';
import { referencedTable, TABLE_LIST } from '../../src/schema/tables.ts';
import { otherText } from './other-values.ts';
import type { random } from './random.ts';
import { queryTarget } from './targets.ts';

type Source = ReturnType<typeof random>;

/** One value of one stored row. */
interface Cell {
  readonly table: Table;
  readonly name: string;
  /** The primary key of the row, as text. */
  readonly id: string;
  readonly text: string | null;
}

/** A change of one value that the program knows nothing of. */
export interface Tampering extends Cell {
  readonly description: string;
  readonly change: string;
  readonly undo: string;
}

/** So many single values of a loaded database, each with another value that its column takes. All columns take turns. */
export async function planTampering(url: string, count: number, source: Source): Promise<readonly Tampering[]> {
  const cells = shuffled(await storedCells(url), source);
  const ids = Map.groupBy(cells, ({ table }) => table);
  const idsOf = (table: Table): readonly string[] => (ids.get(table) ?? []).map(({ id }) => id);
  const columns = Map.groupBy(cells, ({ table, name }) => `${table.name}.${name}`);
  const turns = [...columns.values()].flatMap((some) => some.map((cell, turn) => ({ cell, turn })));
  const planned: Tampering[] = [];
  for (const { cell } of turns.toSorted((one, other) => one.turn - other.turn)) {
    const tampering = planned.length < count ? tamperingOf(cell, idsOf, source) : undefined;
    if (tampering && (await isTaken(url, tampering))) planned.push(tampering);
  }
  return planned;
}

/** A constraint may be against it: two messages have no place in common. */
async function isTaken(url: string, { change, undo }: Tampering): Promise<boolean> {
  try {
    await queryTarget(url, change);
  } catch {
    return false;
  }
  await queryTarget(url, undo);
  return true;
}

/** What the loader has bound, but keys by which rows of other tables know theirs. */
async function storedCells(url: string): Promise<readonly Cell[]> {
  const cells: Cell[] = [];
  for (const table of TABLE_LIST) {
    const names = loadColumns(table).filter((name) => !isKnownBy(table, name));
    const texts = Object.keys(table.columns).map((name) => `CAST("${name}" AS TEXT) AS "${name}"`);
    for (const row of await queryTarget(url, `SELECT ${texts.join(', ')} FROM ${table.name}`)) {
      const textOf = (name: string): string | null => (row[name] === null ? null : String(row[name]));
      // What is in a placeholder is said by no record.
      if (table.hasPlaceholders && placeholderColumns(table).every((name) => row[name] === null)) continue;
      cells.push(...names.map((name) => ({ table, name, id: String(row['id']), text: textOf(name) })));
    }
  }
  return cells;
}

function isKnownBy(table: Table, name: string): boolean {
  return table.primaryKey.includes(name) && TABLE_LIST.some((other) => refersTo(other, table));
}

/** Whether rows of one table refer to rows of another. */
export function refersTo(table: Table, other: Table): boolean {
  return Object.values(table.columns).some((declared) => referencedTable(declared) === other);
}

function tamperingOf(cell: Cell, idsOf: (table: Table) => readonly string[], source: Source): Tampering | undefined {
  const { table, name, id, text } = cell;
  const declared = column(table, name);
  // A time that no record tells may be filled by anybody.
  if (text === null && keepsStoredWhenNull(declared)) return undefined;
  const target = referencedTable(declared);
  const others = target && [...new Set(idsOf(target))].filter((each) => each !== text);
  const other = others === undefined ? otherText(declared, text, source) : others[below(source, others.length)];
  if (other === undefined) return undefined;
  const set = (to: string | null, of: string): string =>
    `UPDATE ${table.name} SET "${name}" = ${literal(to)} WHERE id = ${literal(of)}`;
  return {
    ...cell,
    description: `${table.name}.${name} of row ${id}: ${JSON.stringify(text)} becomes ${JSON.stringify(other)}`,
    change: set(other, id),
    undo: set(text, name === 'id' ? String(other) : id),
  };
}

function literal(text: string | null): string {
  return text === null ? 'NULL' : `'${text.replaceAll("'", "''")}'`;
}

function shuffled<T>(items: readonly T[], { next }: Source): readonly T[] {
  return items
    .map((item) => ({ item, at: next() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

function below({ next }: Source, limit: number): number {
  return Math.floor(next() * limit);
}
