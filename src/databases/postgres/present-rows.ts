import type pg from 'pg';
import { loadColumns, type Table } from '../../schema/table.ts';
import { belongsTo } from '../links.ts';
import { compileFit } from '../misfit.ts';
import { rowsIn, type Segment } from '../row-codec.ts';
import { copyLines, copyTuples } from './copy.ts';
import { quote, temporaryName } from './ddl.ts';
import { heldColumn } from './known-table.ts';
import { isSame, type Names, sameKey, type Tables } from './names.ts';
import { POSTGRES_ROWS } from './row-codec.ts';
import { fieldWriter } from './values.ts';

function presentName(table: Table): string {
  return temporaryName('present', table);
}

/** Whether encoded rows are there as they are given, and those that have child tables have no other child rows. */
export async function arePresent(
  client: pg.ClientBase,
  segments: readonly Segment[],
  tables: Tables,
): Promise<boolean> {
  const byTable = new Map(
    [...Map.groupBy(segments, ({ table }) => table)].map(([name, parts]) => [tables.declared.get(name), parts]),
  );
  if (!tables.holdsAllTexts() || ![...byTable.keys()].every((table) => canTell(table, tables))) return false;
  const staged: Table[] = [];
  const result = await compare(client, byTable, { ...tables, stage: presentName }, staged);
  // A dry run never commits, so that ON COMMIT DROP does nothing there.
  if (tables.dryRun) for (const table of staged) await client.query(`DROP TABLE ${presentName(table)}`);
  return result;
}

/** @param staged takes the tables of which there is a temporary one. */
async function compare(
  client: pg.ClientBase,
  segments: ReadonlyMap<Table, readonly Segment[]>,
  tables: Tables,
  staged: Table[],
): Promise<boolean> {
  const has = async (sql: string, table: Table): Promise<boolean> => {
    const { rows } = await client.query<{ count: string }>(sql);
    return Number(rows[0]?.count) === rowsIn(segments.get(table) ?? []);
  };
  for (const [table, parts] of segments) {
    staged.push(table);
    if (!(await stage(client, table, parts, tables)) || !(await has(countPresent(table, tables), table))) return false;
  }
  for (const root of staged.filter(({ belongsTo: parent }) => parent === undefined)) {
    for (const child of tables.declared.groupOf(root).children)
      if (tables.exists(child.name) && !(await has(countChildren(child, root, tables), child))) return false;
  }
  return true;
}

/** No two stored rows have one key, and the join is one that the server makes. */
function canTell(table: Table, { exists, known }: Tables): boolean {
  if (!exists(table.name)) return false;
  const { isIndexed, folds, citus } = known(table);
  return isIndexed && folds.size === 0 && citus === undefined;
}

/** False where a row has a value that the table does not hold. */
async function stage(
  client: pg.ClientBase,
  table: Table,
  segments: readonly Segment[],
  names: Names,
): Promise<boolean> {
  const known = names.known(table);
  const columns = loadColumns(table);
  const typed = columns.map((name) => `${quote(name)} ${heldColumn(known, table, name).type}`);
  const name = presentName(table);
  await client.query(`CREATE TEMP TABLE ${name} (${typed.join(', ')}) ON COMMIT DROP`);
  if (known.isAsDeclared && known.isEncodable) {
    await copyTuples(client, `COPY ${name} FROM STDIN (FORMAT binary)`, segments);
    return true;
  }
  const fits = compileFit(known, table);
  const fields = columns.map((each) => fieldWriter(table, each, names));
  const lines: string[] = [];
  for (const { rows, bytes } of segments) {
    const decoder = POSTGRES_ROWS.decoder(table, bytes);
    for (let at = 0; at < rows; at++) {
      const row = decoder.next();
      if (!fits(row)) return false;
      lines.push(`${fields.map((write, index) => write(row[index] ?? null)).join('\t')}\n`);
    }
  }
  await copyLines(client, `COPY ${name} FROM STDIN`, lines);
  return true;
}

function countPresent(table: Table, names: Names): string {
  const same = loadColumns(table)
    .filter((name) => !table.naturalKey.includes(name))
    .map((name) => ` AND ${isSame(table, name, ['t', 's'], names)}`);
  return `SELECT count(*) FROM ${names.stage(table)} s JOIN ${names.rows(table)} t ON ${sameKey(table, names)}${same.join('')}`;
}

function countChildren(child: Table, root: Table, names: Names): string {
  return `SELECT count(*) FROM ${names.stage(root)} r JOIN ${names.rows(child)} t ON ${belongsTo(child, root, ['t', 'r'], quote)}`;
}
