import { column, keepsStoredWhenNull, loadColumns, placeholderColumns, type Table } from '../../src/schema/table.ts';
import { BUILT_IN, TABLE_LIST } from './built-in.ts';
import { otherText } from './other-values.ts';
import type { random } from './random.ts';
import { openTarget, queryTarget } from './targets.ts';

type Source = ReturnType<typeof random>;

/** A stored row: the text of each value. */
type Texts = Readonly<Record<string, string | null>>;

/** A change that somebody makes, of which the program knows nothing. */
export interface Tampering {
  readonly description: string;
  readonly table: Table;
  /** The column that changes; none where a row goes or comes. */
  readonly name?: string;
  readonly kind: 'different' | 'missing' | 'added';
  readonly change: string;
  readonly undo: string;
}

/** So many single values of a loaded database, each with another one that its column takes. All columns take turns. */
export async function planValues(url: string, count: number, source: Source): Promise<readonly Tampering[]> {
  const rows = await tellingRows(url);
  const cells = shuffled(
    rows.flatMap(({ table, row }) => changeable(table).map((name) => ({ table, row, name }))),
    source,
  );
  const turns = [...Map.groupBy(cells, ({ table, name }) => `${table.name}.${name}`).values()].flatMap((some) =>
    some.map((cell, turn) => ({ cell, turn })),
  );
  const planned: Tampering[] = [];
  for (const { cell } of turns.toSorted((one, other) => one.turn - other.turn)) {
    if (planned.length === count) break;
    const { table, row, name } = cell;
    const to = otherValue(table, row[name] ?? null, name, rows, source);
    const tampering = to !== undefined && valueChange(table, row, name, to);
    if (tampering && (await isTaken(url, tampering))) planned.push(tampering);
  }
  return planned;
}

/** Of every table to which no other refers, one row that goes, and one like it that comes. */
export async function planRows(url: string, source: Source): Promise<readonly Tampering[]> {
  const tables = Map.groupBy(await tellingRows(url), ({ table }) => table);
  return [...tables]
    .filter(([table]) => !TABLE_LIST.some((other) => refersTo(other, table)))
    .flatMap(([table, rows]): readonly Tampering[] => {
      const { row } = shuffled(rows, source)[0] as (typeof rows)[number];
      const keys = [...table.primaryKey, ...table.naturalKey.slice(-1), ...(table.unique ?? []).flat()];
      const changed = keys.map((name) => [name, SOME_KEY[column(table, name).type] ?? '1000000']);
      const other: Texts = { ...row, ...Object.fromEntries(changed) };
      const what = `of ${table.name}: ${JSON.stringify(row)}`;
      return [
        {
          table,
          kind: 'missing',
          description: `a row goes ${what}`,
          change: removal(table, row),
          undo: insertion(table, row),
        },
        {
          table,
          kind: 'added',
          description: `a row comes like one ${what}`,
          change: insertion(table, other),
          undo: removal(table, other),
        },
      ];
    });
}

const SOME_KEY: Partial<Record<string, string>> = {
  text: 'another',
  uuid: '00000000-0000-4000-8000-000000000000',
  timestamp: '2001-01-01 00:00:00.000000',
};

/** All rows but placeholders: what is in those is said by no record. */
async function tellingRows(url: string): Promise<readonly { readonly table: Table; readonly row: Texts }[]> {
  const found: { table: Table; row: Texts }[] = [];
  const database = await openTarget(url, { readOnly: true });
  const there = TABLE_LIST.filter((table) => database.hasTable(table));
  await database.close();
  for (const table of there) {
    const texts = Object.keys(table.columns).map((name) => `CAST("${name}" AS TEXT) AS "${name}"`);
    const rows = (await queryTarget(
      url,
      `SELECT ${texts.join(', ')} FROM ${table.name} ORDER BY id`,
    )) as readonly Texts[];
    const isPlaceholder = (row: Texts): boolean =>
      table.hasPlaceholders === true && placeholderColumns(table).every((name) => row[name] === null);
    found.push(...rows.filter((row) => !isPlaceholder(row)).map((row) => ({ table, row })));
  }
  return found;
}

/** What the loader has bound, but keys by which rows of other tables know theirs. */
function changeable(table: Table): readonly string[] {
  const isKnown = TABLE_LIST.some((other) => refersTo(other, table));
  return loadColumns(table).filter((name) => !(isKnown && table.primaryKey.includes(name)));
}

/** Whether rows of one table refer to rows of another, be it by those of a third. */
export function refersTo(table: Table, other: Table): boolean {
  return Object.values(table.columns).some((declared) => {
    const target = BUILT_IN.tables.referenced(declared);
    return target !== undefined && (target === other || refersTo(target, other));
  });
}

function otherValue(
  table: Table,
  text: string | null,
  name: string,
  rows: readonly { readonly table: Table; readonly row: Texts }[],
  source: Source,
): string | null | undefined {
  const declared = column(table, name);
  // A time that no record tells may be filled by anybody.
  if (text === null && keepsStoredWhenNull(declared)) return undefined;
  const target = BUILT_IN.tables.referenced(declared);
  if (target === undefined) return otherText(declared, text, source);
  const ids = rows.flatMap((each) => (each.table === target && each.row['id'] !== text ? [each.row['id']] : []));
  return shuffled(ids, source)[0];
}

function valueChange(table: Table, row: Texts, name: string, to: string | null): Tampering {
  const from = row[name] ?? null;
  const id = row['id'] ?? null;
  const set = (value: string | null, of: string | null): string =>
    `UPDATE ${table.name} SET "${name}" = ${literal(value)} WHERE id = ${literal(of)}`;
  return {
    table,
    name,
    kind: table.naturalKey.includes(name) ? 'missing' : 'different',
    description: `${table.name}.${name} of row ${id}: ${JSON.stringify(from)} becomes ${JSON.stringify(to)}`,
    change: set(to, id),
    undo: set(from, name === 'id' ? to : id),
  };
}

/** A constraint may be against it: no two messages have the same place. */
async function isTaken(url: string, { change, undo }: Tampering): Promise<boolean> {
  try {
    await queryTarget(url, change);
  } catch {
    return false;
  }
  await queryTarget(url, undo);
  return true;
}

function removal(table: Table, row: Texts): string {
  return `DELETE FROM ${table.name} WHERE id = ${literal(row['id'] ?? null)}`;
}

function insertion(table: Table, row: Texts): string {
  const names = Object.keys(row).map((name) => `"${name}"`);
  return `INSERT INTO ${table.name} (${names.join(', ')}) VALUES (${Object.values(row).map(literal).join(', ')})`;
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
