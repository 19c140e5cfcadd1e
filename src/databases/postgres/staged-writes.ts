import type pg from 'pg';
import { column, comparedColumns, keepsStoredWhenNull, loadColumns, type Table } from '../../schema/table.ts';
import { ROW } from '../links.ts';
import { quote, quoteText } from './ddl.ts';
import { heldColumn, isElsewhere, type RowKeyColumn } from './known-table.ts';
import { columnsOfShadow, linkAssignment, linkTo } from './linked-key.ts';
import { differs, GROUP, inTable, isRow, isSame, isSameValue, KEEPS, type Names, sameKey } from './names.ts';
import { contentColumns, contentOf } from './row-content.ts';
import { keyedRow } from './row-source.ts';

// Staged rows on their way into the table, and what it has no column for into the ledger.

/** The declared columns that are written: all that the table has but those that the database computes. */
export function writtenColumns(table: Table, { known }: Names): readonly string[] {
  const stored = known(table);
  const { computed, absent } = stored;
  return loadColumns(table).filter(
    (name) => !computed.has(name) && !absent.includes(name) && !isElsewhere(stored, name),
  );
}

/** Whether inserted rows are told as what they became, so that nobody needs to look for them. */
export function tellsInserted(table: Table, { known, dryRun }: Names): boolean {
  const { beside, filled, rowKey } = known(table);
  return !dryRun && beside.length + filled.size > 0 && rowKey !== undefined;
}

/** Inserts the staged rows of the groups $1. Where it `tellsInserted`, a row counts only if it became what it was to be. */
export function insertNew(table: Table, names: Names): string {
  return insertStaged(table, names, `${names.stage(table)} s WHERE s.${GROUP} = ANY ($1) ORDER BY s.ctid`);
}

/**
 * Inserts those staged rows of the groups $1 that the database does not have. Citus joins them with distributed rows, and looks
 * nothing up for each of them.
 */
export function insertMissing(table: Table, names: Names): string {
  const [key = ''] = table.naturalKey;
  const staged = `(SELECT s.ctid AS ${PLACE}, s.* FROM ${names.stage(table)} s WHERE s.${GROUP} = ANY ($1) OFFSET 0)`;
  const missing = `LEFT JOIN ${names.rows(table)} t ON ${sameKey(table, names)} WHERE t.${quote(key)} IS NULL`;
  return insertStaged(table, names, `${staged} s ${missing} ORDER BY s.${PLACE}`);
}

/** The place of a staged row among the others. */
const PLACE = '"migrate_json_place"';

/** A number that the source gives, in a column that the database numbers always. */
const OVERRIDING = 'OVERRIDING SYSTEM VALUE';

/** Of the rows `s` in their order. What the table has no column for goes into the ledger, beside the key of the row: a key that is made first. */
function insertStaged(table: Table, names: Names, from: string): string {
  const { beside, computed, filled, rowKey, isUnkeyed } = names.known(table);
  const columns = writtenColumns(table, names);
  const link = linkTo(table, names);
  const into = [...columns.map((name) => inTable(table, name, names)), ...(link === undefined ? [] : [link.into])];
  // In the order in which they came, so that keys which the database makes ascend.
  const given = `FROM (SELECT s.* FROM ${from}) s`;
  if (isUnkeyed && !names.dryRun) return insertUnkeyed(table, names, given, REMEMBER);
  const isKept = beside.length + filled.size > 0 && (rowKey !== undefined || isUnkeyed);
  if (rowKey === undefined || !isKept || !tellsInserted(table, names)) {
    const others = [...(isKept ? beside : []), ...columnsOfShadow(table, names)];
    const places = [...into, ...others.map(quote)];
    const value = (name: string): string => givenValue(table, name, names);
    const values = [...columns.map(value), ...(link === undefined ? [] : [link.of('s')]), ...others.map(value)];
    return `INSERT INTO ${names.written(table)} (${places.join(', ')}) ${OVERRIDING} SELECT ${values.join(', ')} ${given}`;
  }
  const key = rowKey.generator ?? `s.${quote(rowKey.declared ?? '')}`;
  const isMade = rowKey.generator !== undefined;
  const values = [...filled.keys()].map((name) => `, ${givenValue(table, name, names)} AS ${filledAs(name)}`);
  const value = (name: string): string => `g.${filled.has(name) ? filledAs(name) : quote(name)}`;
  const places = [...(isMade ? [quote(rowKey.name)] : []), ...into];
  const same = [
    'true',
    ...columns.map((name) => isSameValue(table, name, [`i.${quote(name)}`, value(name)], names)),
    ...[...computed].map((name) => `(g.${quote(name)} IS NULL OR ${isSame(table, name, ['i', 'g'], names)})`),
  ];
  const returned = [...columns, ...computed].map((name) => `${inTable(table, name, names)} AS ${quote(name)}`);
  return `WITH given AS MATERIALIZED (SELECT ${key} AS ${ROW}, s.*${values.join('')} ${given}),
    inserted AS (INSERT INTO ${names.written(table)} (${places.join(', ')}) ${OVERRIDING}
      SELECT ${[...(isMade ? [`g.${ROW}`] : []), ...columns.map(value), ...(link === undefined ? [] : [link.of('g')])].join(', ')} FROM given g RETURNING ${[`${quote(rowKey.name)} AS ${ROW}`, ...returned].join(', ')}),
    kept AS (${insertRowKeys(table, rowKey, 'given s', names)})
    SELECT 1 FROM inserted i JOIN given g ON g.${ROW} = i.${ROW} WHERE ${same.join(' AND ')}`;
}

/** The row of a former entry of the ledger is gone, or it would have been found. */
const REMEMBER = 'ON CONFLICT (table_name, record_key) DO UPDATE SET kept = excluded.kept';

/** Of staged rows `s` in their order, into a table without a key. The ledger knows a row by what it holds, and refuses one that it knows, unless `onKnown`. */
export function insertUnkeyed(table: Table, names: Names, given: string, onKnown = ''): string {
  const known = names.known(table);
  const columns = writtenColumns(table, names);
  const filled = [...known.filled.keys()];
  const values = filled.map((name) => `, ${givenValue(table, name, names)} AS ${filledAs(name)}`);
  const value = (name: string): string => `s.${known.filled.has(name) ? filledAs(name) : quote(name)}`;
  const content = contentOf(
    contentColumns(table, known).map(([name, stored]) => ({ ...stored, name: value(name) })),
    ({ name }) => name,
  );
  const kept = ["'row'", content, ...(filled.length === 0 ? [] : ["'filled'", filledValues(filled)])];
  return `WITH given AS MATERIALIZED (SELECT s.*${values.join('')} ${given}),
    inserted AS (INSERT INTO ${names.written(table)} (${columns.map((name) => inTable(table, name, names)).join(', ')}) ${OVERRIDING}
      SELECT ${columns.map(value).join(', ')} FROM given s RETURNING 1),
    kept AS (INSERT INTO ${names.rowKeys()} AS e (table_name, record_key, kept)
      SELECT ${quoteText(table.name)}, s.${quote(table.recordKey ?? '')}, jsonb_strip_nulls(jsonb_build_object(${kept.join(', ')})) FROM given s ${onKnown})
    SELECT 1 FROM inserted`;
}

/** The numbers n of the groups whose record keys the ledger knows. Of a table that was emptied it knows nothing. */
export function selectKnown(table: Table, names: Names): string {
  return `SELECT s.${GROUP} AS n FROM ${names.stage(table)} s JOIN ${names.rowKeys()} k ON k.table_name = ${quoteText(table.name)}
    AND k.record_key = s.${quote(table.recordKey ?? '')} WHERE EXISTS (SELECT 1 FROM ${names.real(table)})`;
}

/** What is written of a staged row `s`: the default of the table where it has no value and must not be NULL. */
function givenValue(table: Table, name: string, names: Names): string {
  const standard = names.known(table).filled.get(name);
  return standard === undefined ? `s.${quote(name)}` : `coalesce(${given(table, name, names)}, ${standard})`;
}

function filledAs(name: string): string {
  return quote(`filled ${name}`);
}

/** Entries of the ledger for new rows: staged rows `s` that come with the key of their row, and with what was filled. */
function insertRowKeys(table: Table, rowKey: RowKeyColumn, from: string, names: Names): string {
  const { beside, filled } = names.known(table);
  const isKept = [
    ...beside.map((name) => `s.${quote(name)} IS NOT NULL`),
    ...[...filled.keys()].map((name) => `s.${quote(name)} IS NULL`),
  ];
  const entries = `${rowKeyEntries(table, rowKey, from, names, 'jsonb_strip_nulls')} WHERE ${isKept.join(' OR ')}`;
  if (table.recordKey === undefined || !beside.includes(table.recordKey)) return entries;
  // The row of a former entry is gone, or it would have been found.
  return `${entries} ON CONFLICT (table_name, record_key) DO UPDATE
    SET row_number = excluded.row_number, row_text = excluded.row_text, kept = excluded.kept`;
}

function rowKeyEntries(table: Table, rowKey: RowKeyColumn, from: string, names: Names, strips = ''): string {
  const known = names.known(table);
  const filled = [...known.filled.keys()];
  const kept = [
    ...known.beside.filter((name) => name !== table.recordKey).flatMap((name) => [quoteText(name), `s.${quote(name)}`]),
    ...(filled.length === 0 ? [] : ["'filled'", filledValues(filled)]),
  ].join(', ');
  const values = [
    quoteText(table.name),
    rowKey.isNumber ? `s.${ROW}` : 'NULL',
    rowKey.isNumber ? 'NULL' : `s.${ROW}::text`,
    table.recordKey === undefined ? 'NULL' : `s.${quote(table.recordKey)}`,
    kept === '' ? 'NULL' : `${strips}(jsonb_build_object(${kept}))`,
  ];
  return `INSERT INTO ${names.rowKeys()} AS e (table_name, row_number, row_text, record_key, kept)
    SELECT ${values.join(', ')} FROM ${from}`;
}

function filledValues(names: readonly string[]): string {
  const values = names.map(
    (name) => `${quoteText(name)}, CASE WHEN s.${quote(name)} IS NULL THEN s.${filledAs(name)}::text END`,
  );
  return `jsonb_build_object(${values.join(', ')})`;
}

/** Updates those rows of the groups $1 that differ. */
export function updateChanged(table: Table, names: Names): string {
  const assignments = writtenColumns(table, names)
    .filter((name) => comparedColumns(table).includes(name))
    .map((name): [string, string] => [inTable(table, name, names), gentlyChangedTo(table, name, names)]);
  return `${updateStaged(table, [...assignments, ...linkAssignment(table, names)], names)} AND ${differs(table, names)}`;
}

/** The rows of the groups $1 become what is staged, whatever they were; but for their natural and generated keys. */
export function replaceRoots(root: Table, names: Names): string {
  const assignments = writtenColumns(root, names)
    .filter((name) => !root.naturalKey.includes(name))
    .map((name): [string, string] => [inTable(root, name, names), replacedBy(root, name, names)]);
  return updateStaged(root, [...assignments, ...linkAssignment(root, names)], names);
}

/** What is staged, beside what the table holds: a json column stays as it is spelled. */
function given(table: Table, name: string, names: Names): string {
  return `s.${quote(name)}::${typeInTable(table, name, names)}`;
}

/** The type of the column itself: what is staged for a json column is jsonb, which has an `=`. */
export function typeInTable(table: Table, name: string, { known }: Names): string {
  const { form, type } = heldColumn(known(table), table, name);
  return form.staged === 'jsonb' ? 'json' : type;
}

/** What a column of a stored row becomes. */
function changedTo(table: Table, name: string, names: Names): string {
  return names.known(table).filled.has(name) ? orStored(table, name, names) : `s.${quote(name)}`;
}

/** The same of a row that may be the application's. */
function gentlyChangedTo(table: Table, name: string, names: Names): string {
  if (names.known(table).filled.has(name) || keepsStoredWhenNull(column(table, name)))
    return orStored(table, name, names);
  return `coalesce(${given(table, name, names)}, CASE WHEN s.${KEEPS} THEN ${storedIn(table, name, names)} END)`;
}

/** The same where the row becomes what it was: what a default had filled comes back. */
function replacedBy(table: Table, name: string, names: Names): string {
  const { filled, rowKey } = names.known(table);
  if (!filled.has(name) || rowKey === undefined) return changedTo(table, name, names);
  const type = typeInTable(table, name, names);
  const entry = `k.table_name = ${quoteText(table.name)} AND ${keyedRow(rowKey, 'k', `w.${quote(rowKey.name)}`)}`;
  const former = `(SELECT (k.kept -> 'filled' ->> ${quoteText(name)})::${type} FROM ${names.rowKeys()} k WHERE ${entry})`;
  return `coalesce(${given(table, name, names)}, ${former}, w.${inTable(table, name, names)})`;
}

function orStored(table: Table, name: string, names: Names): string {
  return `coalesce(${given(table, name, names)}, ${storedIn(table, name, names)})`;
}

function storedIn(table: Table, name: string, names: Names): string {
  return `${names.known(table).isAsDeclared ? 't' : 'w'}.${inTable(table, name, names)}`;
}

/** Whether rows that are changed are given as JSON in $2: Citus has staged ones on no other node. */
function givesRows(table: Table, { known, dryRun }: Names): boolean {
  return known(table).citus === 'reference' && !dryRun;
}

/** What a statement of `updateChanged` or `replaceRoots` is given, for the groups with these numbers. */
export async function updateParameters(
  client: pg.ClientBase,
  table: Table,
  numbers: readonly number[],
  names: Names,
): Promise<readonly unknown[]> {
  if (!givesRows(table, names)) return [numbers];
  const sql = `SELECT coalesce(json_agg(s), '[]')::text AS given FROM ${names.stage(table)} s WHERE s.${GROUP} = ANY ($1)`;
  const { rows } = await client.query<{ given: string }>(sql, [numbers]);
  return [numbers, rows[0]?.given];
}

/** The columns of a staging table, as SQL: without the limits of their types, because what is beyond those is refused where its record is known. */
export function stagedColumns(table: Table, { known }: Names): string {
  const columns = loadColumns(table).map((name) => `${quote(name)} ${heldColumn(known(table), table, name).type}`);
  return [`${GROUP} integer`, `${KEEPS} boolean`, ...columns].join(', ');
}

/** Changes stored rows `t` by the staged rows `s` of the groups $1. Ends within its conditions. */
function updateStaged(table: Table, wanted: readonly (readonly [string, string])[], names: Names): string {
  const { isAsDeclared } = names.known(table);
  const target = isAsDeclared ? 't' : 'w';
  // A table may have nothing but its key.
  const [key = ''] = writtenColumns(table, names);
  const nothing = [inTable(table, key, names), `${isAsDeclared ? 's' : 't'}.${quote(key)}`] as const;
  const set = (wanted.length > 0 ? wanted : [nothing]).map(([name, value]) => `${name} = ${value}`).join(', ');
  const from = isAsDeclared ? '' : `, ${names.planned(table)} t`;
  const given = givesRows(table, names)
    ? `json_to_recordset($2::json) AS s (${stagedColumns(table, names)})`
    : `${names.stage(table)} s`;
  const conditions = [`s.${GROUP} = ANY ($1)`, sameKey(table, names), ...(isAsDeclared ? [] : [isRow(target)])];
  return `UPDATE ${names.written(table)} ${target} SET ${set} FROM ${given}${from} WHERE ${conditions.join(' AND ')}`;
}

/**
 * The ledger keeps of the rows of the groups $1 what is staged and the table has no column for, and what a column holds that must
 * not be NULL where nothing is staged. Undefined where that is nothing.
 */
export function keepBeside(table: Table, names: Names): string | undefined {
  const { beside, filled, rowKey } = names.known(table);
  const open = [...beside.filter((name) => !table.naturalKey.includes(name)), ...filled.keys()];
  if (open.length === 0 || rowKey === undefined || names.dryRun) return undefined;
  const isOurs = (name: string): string =>
    filled.has(name) ? ` AND (s.${quote(name)} IS NOT NULL OR s.${KEEPS} IS NULL)` : '';
  const changed = open.map((name) => `NOT (${isSame(table, name, ['t', 's'], names)})${isOurs(name)}`).join(' OR ');
  // What a row of the application holds is its own, and no default's.
  const held = [...filled.keys()].map(
    (name) => `CASE WHEN s.${KEEPS} IS NULL THEN w.${inTable(table, name, names)} END AS ${filledAs(name)}`,
  );
  const listed = [
    `w.${quote(rowKey.name)} AS ${ROW}`,
    ...[...beside, ...filled.keys()].map((name) => `s.${quote(name)}`),
    ...held,
  ];
  const from = `(SELECT ${listed.join(', ')} FROM ${names.stage(table)} s JOIN ${names.rows(table)} t ON ${sameKey(table, names)}
      JOIN ${names.real(table)} w ON ${isRow('w')} WHERE s.${GROUP} = ANY ($1) AND (${changed})) s`;
  const key = rowKey.isNumber ? 'row_number' : 'row_text';
  const merged = `jsonb_strip_nulls(coalesce(e.kept -> 'filled', '{}') || coalesce(excluded.kept -> 'filled', '{}'))`;
  return `${rowKeyEntries(table, rowKey, from, names)} ON CONFLICT (table_name, ${key}) DO UPDATE
    SET kept = coalesce(e.kept, '{}') || coalesce(excluded.kept, '{}') || jsonb_build_object('filled', ${merged})`;
}

/** The ledger keeps nothing of the rows with these keys, of a table without a key. `gone`: the record keys, as SQL. */
export function forgetUnkeyed(table: Table, gone: string, names: Names): string {
  return `DELETE FROM ${names.rowKeys()} WHERE table_name = ${quoteText(table.name)} AND record_key IN (${gone})`;
}

/** The ledger keeps nothing of rows that are gone. Undefined where it keeps nothing of the table. */
export function forgetRowKeys(table: Table, names: Names): string | undefined {
  const { beside, filled, rowKey } = names.known(table);
  if (beside.length + filled.size === 0 || rowKey === undefined) return undefined;
  return `DELETE FROM ${names.rowKeys()} k WHERE k.table_name = ${quoteText(table.name)}
    AND NOT EXISTS (SELECT 1 FROM ${names.real(table)} r WHERE ${keyedRow(rowKey, 'k', `r.${quote(rowKey.name)}`)})`;
}
