import type pg from 'pg';
import { cell, column, loadColumns, type Row, type Table } from '../../schema/table.ts';
import { compileFit } from '../misfit.ts';
import { UnfitRow } from '../refused-row.ts';
import type { Segment } from '../row-codec.ts';
import { copyLines } from './copy.ts';
import { quote, temporaryName } from './ddl.ts';
import { heldColumn, type KnownTable, type RowKeyColumn } from './known-table.ts';
import { linkTo } from './linked-key.ts';
import { lookupType, type Names, type Tables } from './names.ts';
import { POSTGRES_ROWS } from './row-codec.ts';
import { insertUnkeyed, typeInTable, writtenColumns } from './staged-writes.ts';
import { copyField, escaped, fieldWriter, keyOf } from './values.ts';

/**
 * Copies encoded rows into a table of other types, as its columns hold them, and into the ledger what it has no column for. Throws
 * UnfitRow where a value has no place.
 */
export async function copyHeld(
  client: pg.ClientBase,
  table: Table,
  segments: readonly Segment[],
  { tables, onSent }: { readonly tables: Tables; readonly onSent: () => void },
): Promise<void> {
  const known = tables.known(table);
  if (known.isUnkeyed) return copyUnkeyed(client, table, segments, { tables, onSent });
  const { beside, filled, rowKey } = known;
  const columns = writtenColumns(table, tables);
  const places = columns.map((name) => loadColumns(table).indexOf(name));
  const writers = columns.map((name) => fieldWriter(table, name, tables));
  const names = columns.map((name) => quote(heldColumn(known, table, name).name));
  const isKept = beside.length + filled.size > 0 && rowKey !== undefined;
  if (!isKept && known.link === undefined) {
    const write = (row: Row): string => {
      let line = '';
      for (let at = 0; at < writers.length; at++)
        line += `${at === 0 ? '' : '\t'}${(writers[at] as (typeof writers)[number])(row[places[at] as number] ?? null)}`;
      return `${line}\n`;
    };
    const plain = mapRows(table, segments, known, write);
    return copyLines(client, `COPY ${tables.real(table)} (${names.join(', ')}) FROM STDIN`, plain, onSent);
  }
  const rows = mapRows(table, segments, known, (row) => row);
  const fills = await defaultsFor(client, table, rows, tables);
  const links = await linksFor(client, table, rows, tables);
  const keys = isKept ? await keysFor(client, table, rowKey, rows) : [];
  const isMade = isKept && rowKey.generator !== undefined;
  const into = [
    ...(isMade ? [quote(rowKey.name)] : []),
    ...names,
    ...(known.link === undefined ? [] : [quote(known.link.name)]),
  ];
  function* lines(): Generator<string> {
    for (const [index, row] of rows.entries()) {
      const fields = writers.map((write, at) => {
        const value = row[places[at] as number] ?? null;
        const name = columns[at] as string;
        return value === null && fills.has(name) ? (fills.get(name)?.[index]?.text ?? '\\N') : write(value);
      });
      const ofLink = links.length === 0 ? [] : [links[index]];
      yield `${[...(isMade ? [keys[index]] : []), ...fields, ...ofLink].join('\t')}\n`;
    }
  }
  if (!isKept) return copyLines(client, `COPY ${tables.real(table)} (${into.join(', ')}) FROM STDIN`, lines(), onSent);
  await copyLines(client, `COPY ${tables.real(table)} (${into.join(', ')}) FROM STDIN`, lines());
  const entries = `COPY ${tables.rowKeys()} (table_name, ${rowKey.isNumber ? 'row_number' : 'row_text'}, record_key, kept) FROM STDIN`;
  await copyLines(client, entries, entryLines(table, known, { rows, keys, fills }), onSent);
}

/** By way of a table of this transaction: the database says what each row holds, by which the ledger knows it. */
async function copyUnkeyed(
  client: pg.ClientBase,
  table: Table,
  segments: readonly Segment[],
  { tables, onSent }: { readonly tables: Tables; readonly onSent: () => void },
): Promise<void> {
  const key = table.recordKey ?? '';
  const columns = writtenColumns(table, tables);
  const staged = [
    ...columns.map((name) => ({ name, type: typeInTable(table, name, tables) })),
    { name: key, type: 'text' },
  ];
  const writers = staged.map(({ name }) => ({
    at: loadColumns(table).indexOf(name),
    write: fieldWriter(table, name, tables),
  }));
  const lines = mapRows(table, segments, tables.known(table), (row) => {
    return `${writers.map(({ at, write }) => write(row[at] ?? null)).join('\t')}\n`;
  });
  const stage = temporaryName('appended', table);
  const listed = staged.map(({ name, type }) => `${quote(name)} ${type}`).join(', ');
  await client.query(`CREATE TEMP TABLE ${stage} (${listed}) ON COMMIT DROP`);
  await copyLines(
    client,
    `COPY ${stage} (${staged.map(({ name }) => quote(name)).join(', ')}) FROM STDIN`,
    lines,
    onSent,
  );
  await client.query(insertUnkeyed(table, tables, `FROM (SELECT * FROM ${stage} ORDER BY ctid) s`));
  await client.query(`DROP TABLE ${stage}`);
}

/** What becomes of each row. Nothing is sent before all are known to fit. */
function mapRows<T>(table: Table, segments: readonly Segment[], known: KnownTable, of: (row: Row) => T): readonly T[] {
  const fits = compileFit(known, table);
  return segments.flatMap(({ rows, bytes }) => {
    const decoder = POSTGRES_ROWS.decoder(table, bytes);
    return Array.from({ length: rows }, () => {
      const row = decoder.next();
      if (!fits(row)) throw new UnfitRow();
      return of(row);
    });
  });
}

/** What a default of the table gives to a row, as a field of COPY and as JSON. */
interface Default {
  readonly text: string;
  readonly json: string;
}

/** By column and number of the row: for rows that have no value where the column must have one. */
async function defaultsFor(
  client: pg.ClientBase,
  table: Table,
  rows: readonly Row[],
  names: Names,
): Promise<ReadonlyMap<string, readonly (Default | undefined)[]>> {
  const found = new Map<string, readonly (Default | undefined)[]>();
  for (const [name, standard] of names.known(table).filled) {
    const at = loadColumns(table).indexOf(name);
    const lacking = rows.filter((row) => (row[at] ?? null) === null).length;
    if (lacking === 0) continue;
    const value = `(${standard})::${typeInTable(table, name, names)}::text`;
    const { rows: made } = await client.query<Record<keyof Default, string>>(
      `SELECT ${value} AS text, to_jsonb(${value})::text AS json FROM generate_series(1, $1::int)`,
      [lacking],
    );
    const next = made.values();
    found.set(
      name,
      rows.map((row) => {
        const each = (row[at] ?? null) === null ? next.next().value : undefined;
        return each && { text: escaped(each.text), json: each.json };
      }),
    );
  }
  return found;
}

/** The keys of the rows above that new rows name, as text. Throws UnfitRow where one of them is not there, as nobody expects. */
async function linksFor(
  client: pg.ClientBase,
  table: Table,
  rows: readonly Row[],
  tables: Tables,
): Promise<readonly string[]> {
  const link = linkTo(table, tables);
  if (link === undefined || table.link === undefined || rows.length === 0) return [];
  const own = table.link.by.map(([name]) => name);
  const lists = own.map((name, index) => `$${index + 1}::${lookupType(table, name, tables)}[]`);
  const given = own.map((name) => rows.map((row) => keyOf(table, name, cell(table, row, name), tables)));
  const sql = `SELECT ${link.of('s')}::text AS key FROM unnest(${lists.join(', ')}) WITH ORDINALITY AS s (${own.map(quote).join(', ')}, "#") ORDER BY "#"`;
  const found = await client.query<{ key: string | null }>(sql, given);
  return found.rows.map(({ key }) => {
    if (key === null) throw new UnfitRow();
    return escaped(key);
  });
}

/** The keys of new rows, as text: made by the table, or brought by the rows. */
async function keysFor(
  client: pg.ClientBase,
  table: Table,
  { generator, declared }: RowKeyColumn,
  rows: readonly Row[],
): Promise<readonly string[]> {
  if (generator !== undefined) {
    const sql = `SELECT (${generator})::text AS key FROM generate_series(1, $1::int)`;
    return (await client.query<{ key: string }>(sql, [rows.length])).rows.map(({ key }) => key);
  }
  const at = loadColumns(table).indexOf(declared ?? '');
  return rows.map((row) => String(row[at]));
}

interface NewRows {
  readonly rows: readonly Row[];
  readonly keys: readonly string[];
  readonly fills: Awaited<ReturnType<typeof defaultsFor>>;
}

/** What the ledger keeps of rows: nothing of those for which the table has a column for all that they say. */
function* entryLines(table: Table, { beside }: KnownTable, { rows, keys, fills }: NewRows): Generator<string> {
  const names = loadColumns(table);
  const recordKeyAt = names.indexOf(table.recordKey ?? '');
  const members = beside
    .filter((name) => name !== table.recordKey)
    .map((name) => ({
      at: names.indexOf(name),
      name: JSON.stringify(name),
      ofJson: column(table, name).type === 'json',
    }));
  const isKeyKept = beside.includes(table.recordKey ?? '');
  const start = `${escaped(table.name)}\t`;
  for (const [index, row] of rows.entries()) {
    const kept = members.flatMap(({ at, name, ofJson }) => {
      const value = row[at] ?? null;
      if (value === null) return [];
      return [`${name}:${ofJson || typeof value !== 'string' ? String(value) : JSON.stringify(value)}`];
    });
    const filled = [...fills].flatMap(([name, values]) => {
      const value = values[index];
      return value === undefined ? [] : [`${JSON.stringify(name)}:${value.json}`];
    });
    if (filled.length > 0) kept.push(`"filled":{${filled.join(',')}}`);
    if (kept.length === 0 && !isKeyKept) continue;
    const recordKey = copyField(TEXT, recordKeyAt === -1 ? null : (row[recordKeyAt] ?? null));
    const json = kept.length === 0 ? '\\N' : escaped(`{${kept.join(',')}}`);
    yield `${start}${escaped(keys[index] ?? '')}\t${recordKey}\t${json}\n`;
  }
}

const TEXT = { type: 'text' } as const;
