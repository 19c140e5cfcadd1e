import type BetterSqlite3 from 'better-sqlite3';
import { addsKey, type TableChange, withAddedIndexes } from '../../schema/comparison/table-change.ts';
import { column } from '../../schema/table.ts';
import { columnsOf, declarationOf, hasRowId } from './catalog.ts';
import { columnLine, createIndexes, foreignKey, quote, quoteText } from './ddl.ts';
import { withMendedChecks } from './json-checks.ts';
import { filledValue, type KeyOptions } from './own-events.ts';
import { joined, readTable, unquoted, withoutNotNull, writeColumn, writeTable } from './table-sql.ts';

/**
 * Builds a table anew as the change says, under its own name; ALTER TABLE can change no constraint.
 * https://www.sqlite.org/lang_altertable.html#otheralter
 */
export function rebuild(connection: BetterSqlite3.Database, change: TableChange, options: KeyOptions): void {
  const { table, drops } = change;
  const fresh = `${table.name}__new`;
  const sequence = sequenceOf(connection, table.name);
  const others = schemaObjects(connection, table.name).filter((sql) => !namesOneOf(sql, drops));
  connection.exec(newTable(connection, change, fresh));
  connection.exec(copyRows(connection, change, fresh, options));
  connection.exec(`DROP TABLE ${quote(table.name)}; ALTER TABLE ${quote(fresh)} RENAME TO ${quote(table.name)}`);
  for (const sql of [...others, ...newIndexes(change)]) connection.exec(sql);
  if (sequence !== undefined) connection.exec(setSequence(table.name, sequence));
}

/**
 * Changes checks that refuse NULL in an older SQLite. No row changes, so that the table need not be built anew.
 * https://www.sqlite.org/lang_altertable.html#making_other_kinds_of_table_schema_changes
 */
export function mendJsonChecks(connection: BetterSqlite3.Database, table: string): void {
  const mended = withMendedChecks(declarationOf(connection, table));
  connection.unsafeMode(true);
  try {
    connection.pragma('writable_schema = ON');
    const update = "UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?";
    connection.prepare<[string, string]>(update).run(mended, table);
    // This connection reads the schema again, the others because its version is another.
    const version = Number(connection.pragma('schema_version', { simple: true }));
    connection.pragma(`schema_version = ${version + 1}`);
  } finally {
    connection.pragma('writable_schema = RESET');
    connection.unsafeMode(false);
  }
}

/** The statements of a table's indexes and triggers. Those that a constraint makes have none. */
export function schemaObjects(connection: BetterSqlite3.Database, table: string): string[] {
  const sql = `SELECT sql FROM sqlite_schema WHERE tbl_name = ? COLLATE NOCASE AND type IN ('index', 'trigger')
    AND sql IS NOT NULL ORDER BY type, name`;
  return connection.prepare<[string], string>(sql).pluck().all(table);
}

/** The highest number that AUTOINCREMENT gave; undefined where a table counts otherwise. */
export function sequenceOf(connection: BetterSqlite3.Database, table: string): bigint | undefined {
  const has = connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").get();
  if (has === undefined) return undefined;
  const sql = 'SELECT seq FROM sqlite_sequence WHERE name = ?';
  return connection.prepare<[string], bigint>(sql).pluck().safeIntegers(true).get(table);
}

/** Forward, never back. */
export function setSequence(table: string, sequence: bigint): string {
  const name = quoteText(table);
  return `INSERT INTO sqlite_sequence (name, seq) SELECT ${name}, 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ${name});
    UPDATE sqlite_sequence SET seq = max(seq, ${sequence}) WHERE name = ${name}`;
}

function newTable(connection: BetterSqlite3.Database, change: TableChange, name: string): string {
  const { table, adds, drops, relaxes } = change;
  const text = readTable(declarationOf(connection, table.name));
  const kept = text.columns.filter((each) => !drops.includes(each.name));
  const columns = kept.map((each) => (relaxes.includes(each.name) ? withoutNotNull(each) : each));
  const isGone = (tokens: readonly string[]): boolean => tokens.some((each) => drops.includes(unquoted(each.trim())));
  const constraints = text.constraints.filter((tokens) => !isGone(tokens));
  const added = adds.map(({ name: each }) => columnLine(each, column(table, each)));
  const isAdded = (each: string): boolean => adds.some((one) => one.name === each);
  const keys = (table.foreignKeys ?? []).filter((key) => key.columns.some(isAdded)).map(foreignKey);
  return writeTable(name, [...columns.map(writeColumn), ...added, ...constraints.map(joined), ...keys], text.options);
}

function namesOneOf(sql: string, columns: readonly string[]): boolean {
  return columns.some((name) => new RegExp(`\\b${name}\\b`, 'i').test(sql.replace(/^[^(]*/, '')));
}

function copyRows(connection: BetterSqlite3.Database, change: TableChange, fresh: string, options: KeyOptions): string {
  const { table, adds, drops } = change;
  const stored = columnsOf(connection, table.name).filter(({ name, hidden }) => hidden < 2 && !drops.includes(name));
  const values = [
    ...stored.map(({ name }) => [name, `t.${quote(name)}`] as const),
    ...adds.flatMap(({ name, fill }) => {
      const value = filledValue(change, fill, options);
      return value === undefined ? [] : [[name, value] as const];
    }),
  ];
  return `INSERT INTO ${quote(fresh)} (${values.map(([name]) => quote(name)).join(', ')})
    SELECT ${values.map(([, value]) => value).join(', ')} FROM ${quote(table.name)} t ${orderOf(connection, table.name)}`;
}

function orderOf(connection: BetterSqlite3.Database, table: string): string {
  return hasRowId(connection, table) ? 'ORDER BY t.rowid' : '';
}

function newIndexes(change: TableChange): string[] {
  const { table } = change;
  const key = table.naturalKey;
  const unique = `CREATE UNIQUE INDEX ${quote(`uq_${table.name}_${key.join('_')}`)} ON ${quote(table.name)} (${key.map(quote).join(', ')})`;
  return [...createIndexes(withAddedIndexes(change)), ...(addsKey(change) ? [unique] : [])];
}
