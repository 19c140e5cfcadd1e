import type BetterSqlite3 from 'better-sqlite3';
import type { Adoption } from '../../schema/adoption/compare.ts';
import { addedColumn, type Fill, HASHED, recordKeyParts } from '../../schema/adoption/fills.ts';
import { column, type Table } from '../../schema/table.ts';
import { type ColumnInfo, columnsOf, declarationOf } from './catalog.ts';
import { converted } from './conversions.ts';
import { columnLine, createIndexes, foreignKey, quote, quoteText, storedAs } from './ddl.ts';
import { withMendedChecks } from './json-checks.ts';
import {
  type ColumnText,
  joined,
  readTable,
  unquoted,
  withoutNotNull,
  withType,
  writeColumn,
  writeTable,
} from './table-sql.ts';

export interface RebuildOptions {
  readonly naiveTime: string;
  readonly keepPlainKeys: boolean;
}

/** Which event was built from which prediction, by row numbers. */
export const OWN_EVENTS = 'temp.own_events';

/** Of the prediction `t`. */
const OWN_EVENT = `(SELECT event FROM ${OWN_EVENTS} o WHERE o.prediction = t.rowid)`;

/**
 * Builds a table anew with what the adoption says, under its own name; ALTER TABLE can change no type and no constraint.
 * https://www.sqlite.org/lang_altertable.html#otheralter
 */
export function rebuild(connection: BetterSqlite3.Database, adoption: Adoption, options: RebuildOptions): void {
  const { table } = adoption;
  const fresh = `${table.name}__new`;
  const sequence = sequenceOf(connection, table.name);
  const others = schemaObjects(connection, table.name).filter((sql) => !namesOneOf(sql, adoption.drops));
  connection.exec(newTable(connection, adoption, fresh));
  connection.exec(copyRows(connection, adoption, fresh, options));
  connection.exec(`DROP TABLE ${quote(table.name)}; ALTER TABLE ${quote(fresh)} RENAME TO ${quote(table.name)}`);
  for (const sql of [...others, ...newIndexes(adoption)]) connection.exec(sql);
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

function newTable(connection: BetterSqlite3.Database, adoption: Adoption, name: string): string {
  const { table, adds, drops } = adoption;
  const text = readTable(declarationOf(connection, table.name));
  const kept = text.columns.filter((each) => !drops.includes(each.name)).map((each) => changed(each, adoption));
  const constraints = text.constraints.filter((tokens) => !isGone(tokens, adoption)).map(joined);
  const added = adds.map(({ name: each, fill }) => columnLine(each, addedColumn(column(table, each), fill)));
  const isAdded = (each: string): boolean => adds.some(({ name: one }) => one === each);
  const keys = (table.foreignKeys ?? []).filter(({ columns }) => columns.some(isAdded)).map(foreignKey);
  return writeTable(name, [...kept.map(writeColumn), ...added, ...constraints, ...keys], text.options);
}

function changed(text: ColumnText, { table, converts, relaxes, generates }: Adoption): ColumnText {
  const declared = table.columns[text.name];
  const relaxed = relaxes.includes(text.name) ? withoutNotNull(text) : text;
  if (declared === undefined) return relaxed;
  const isNumbered = declared.type === 'identity' && [...generates, ...converts].includes(text.name);
  if (isNumbered) return { name: text.name, type: 'INTEGER', rest: ['PRIMARY KEY'] };
  return converts.includes(text.name) ? withType(relaxed, storedAs(declared)) : relaxed;
}

/** Constraints that name a column that goes, and the primary key of a column that now declares it itself. */
function isGone(tokens: readonly string[], { table, converts, drops, generates }: Adoption): boolean {
  const names = tokens.map((token) => unquoted(token.trim()));
  if (names.some((name) => drops.includes(name))) return true;
  const isNumbered = [...generates, ...converts].some((name) => table.columns[name]?.type === 'identity');
  return isNumbered && names.some((name) => name.toUpperCase() === 'PRIMARY');
}

function namesOneOf(sql: string, columns: readonly string[]): boolean {
  return columns.some((name) => new RegExp(`\\b${name}\\b`, 'i').test(sql.replace(/^[^(]*/, '')));
}

function copyRows(
  connection: BetterSqlite3.Database,
  adoption: Adoption,
  fresh: string,
  options: RebuildOptions,
): string {
  const { table, adds, drops } = adoption;
  const stored = columnsOf(connection, table.name).filter(({ hidden }) => hidden < 2);
  const values = new Map<string, string>();
  for (const info of stored) {
    if (!drops.includes(info.name)) values.set(info.name, storedValue(adoption, info, options));
  }
  for (const { name, fill } of adds) {
    const value = filledValue(adoption, fill, options);
    if (value !== undefined) values.set(name, value);
  }
  return `INSERT INTO ${quote(fresh)} (${[...values.keys()].map(quote).join(', ')})
    SELECT ${[...values.values()].join(', ')} FROM ${quote(table.name)} t ${orderOf(connection, table)}`;
}

/** The value of a stored column in the new table. */
function storedValue(adoption: Adoption, { name }: ColumnInfo, options: RebuildOptions): string {
  const { table, converts, isOld, buildsEvents } = adoption;
  if (isOld && HASHED[table.name] === name && !options.keepPlainKeys) return `hashed_key(t.${quote(name)})`;
  const value = adoptedValue(table, converts, isOld, name);
  return buildsEvents && name === 'event_id' ? `coalesce(${value}, ${OWN_EVENT})` : value;
}

/** A stored column of `t` as the declared type has it. */
export function adoptedValue(table: Table, converts: readonly string[], isOld: boolean, name: string): string {
  const from = `t.${quote(name)}`;
  return converts.includes(name) ? converted(column(table, name), from, isOld ? 'naive' : 'utc') : from;
}

function filledValue(adoption: Adoption, fill: Fill, options: RebuildOptions): string | undefined {
  const { table, adds, converts, isOld } = adoption;
  const lacks = (...names: string[]): boolean => adds.some(({ name }) => names.includes(name));
  switch (fill.kind) {
    case 'null':
      return 'NULL';
    case 'constant':
      return typeof fill.value === 'string' ? quoteText(fill.value) : String(Number(fill.value));
    case 'position': {
      const time = lacks('created_at') ? 'NULL' : adoptedValue(table, converts, isOld, 'created_at');
      if (lacks('id', 'conversation_id')) return 'NULL';
      return `row_number() OVER (PARTITION BY t.conversation_id ORDER BY ${time}, t.id) - 1`;
    }
    case 'own-event':
      return OWN_EVENT;
    case 'risk-score':
      return lacks('prediction') ? 'NULL' : 'risk_of(t.prediction)';
    case 'attack-detected':
      return lacks('prediction') ? 'NULL' : 'attack_of(t.prediction)';
    case 'record-key':
      return lacks('id') ? 'NULL' : recordKey(table);
    case 'source-id':
      return lacks('id') ? 'NULL' : sourceId(adoption, options);
    default:
      return undefined;
  }
}

/** Of the row `t`. */
export function recordKey(table: Table): string {
  const [before, behind] = recordKeyParts(table).map(quoteText);
  return `sha256_of(${before} || t.id || ${behind})`;
}

/** What a load leaves in `extra`, in its spelling. */
function sourceId({ drops }: Adoption, { keepPlainKeys }: RebuildOptions): string {
  const id = `'"id":' || t.id || '}'`;
  if (drops.length === 0) return `'{' || ${id}`;
  const key = keepPlainKeys ? 'CAST(t.api_key AS TEXT)' : 'hashed_key(t.api_key)';
  return `CASE WHEN t.api_key IS NULL THEN '{' ELSE '{"api_key":' || json_quote(${key}) || ',' END || ${id}`;
}

function orderOf(connection: BetterSqlite3.Database, table: Table): string {
  const sql = 'SELECT wr FROM pragma_table_list WHERE name = ?';
  return connection.prepare<[string], number>(sql).pluck().get(table.name) === 1 ? '' : 'ORDER BY t.rowid';
}

/** Indexes over what was added; the others are the application's own affair. */
function newIndexes({ table, adds, addsKey }: Adoption): string[] {
  const added = new Set(adds.map(({ name }) => name));
  const { findableBySourceId, indexes = [], ...rest } = table;
  const wanted = indexes.filter((columns) => columns.some((name) => added.has(name.replace('-', ''))));
  const sourceId = findableBySourceId && added.has('extra') ? { findableBySourceId } : {};
  const key = table.naturalKey;
  const unique = `CREATE UNIQUE INDEX ${quote(`uq_${table.name}_${key.join('_')}`)} ON ${quote(table.name)} (${key.map(quote).join(', ')})`;
  return [...createIndexes({ ...rest, indexes: wanted, ...sourceId }), ...(addsKey ? [unique] : [])];
}
