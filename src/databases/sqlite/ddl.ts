import { storedTable } from '../../schema/key-link.ts';
import {
  type Column,
  type ColumnType,
  column,
  digitsOf,
  type ForeignKey,
  restOf,
  type Table,
} from '../../schema/table.ts';
import { jsonCheck } from './json-checks.ts';

const STORED_AS: Readonly<Record<Exclude<ColumnType, 'decimal'>, string>> = {
  text: 'TEXT',
  integer: 'INTEGER',
  real: 'REAL',
  boolean: 'INTEGER',
  timestamp: 'TEXT',
  date: 'TEXT',
  time: 'TEXT',
  uuid: 'TEXT',
  json: 'TEXT',
  bytes: 'BLOB',
  identity: 'INTEGER',
};

/** The type word of a column that holds such values. */
export function storedAs(declared: Column): string {
  if (declared.type !== 'decimal') return STORED_AS[declared.type];
  return digitsOf(declared).fitsDouble ? 'REAL' : 'TEXT';
}

/** Microseconds are always zero here: SQLite's clock has milliseconds. */
const NOW = "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')";

export function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The statements that create a table and its indexes. https://www.sqlite.org/stricttables.html */
export function createTable(declared: Table): string[] {
  const table = storedTable(declared);
  const lines = Object.keys(table.columns).map((name) => columnLine(name, column(table, name)));
  const keys = (table.foreignKeys ?? []).map(foreignKey);
  return [
    `CREATE TABLE ${quote(table.name)} (\n  ${[...lines, ...constraintLines(table), ...keys].join(',\n  ')}\n) STRICT`,
    ...createIndexes(table),
  ];
}

/** The id that a row had in the old database: a number or text there. */
export function sourceIdText(table: Table): string {
  return `CAST(json_extract(${quote(restOf(table))}, '$.id') AS TEXT)`;
}

/** The indexes that a table declares beside its keys. */
export function createIndexes(table: Table): string[] {
  return [
    ...(table.indexes ?? []).map((columns) => createIndex(table, columns)),
    ...(table.findableBySourceId ? [createSourceIdIndex(table)] : []),
  ];
}

function createSourceIdIndex(table: Table): string {
  const id = sourceIdText(table);
  return `CREATE INDEX ${quote(`idx_${table.name}_source_id`)} ON ${quote(table.name)} (${id}) WHERE ${id} IS NOT NULL`;
}

/** The names of those indexes. */
export function indexNames(table: Table): string[] {
  const sourceId = table.findableBySourceId ? [`idx_${table.name}_source_id`] : [];
  return [...(table.indexes ?? []).map((columns) => indexName(table, columns)), ...sourceId];
}

function indexName({ name }: Table, columns: readonly string[]): string {
  return `idx_${name}_${columns.map((each) => each.replace('-', '')).join('_')}`;
}

export function columnLine(name: string, declared: Column): string {
  const parts = [quote(name), storedAs(declared)];
  if (declared.type === 'identity') parts.push('PRIMARY KEY');
  if (declared.notNull) parts.push('NOT NULL');
  if (declared.default !== undefined) parts.push(`DEFAULT ${defaultOf(declared)}`);
  if (declared.references) {
    const { column: to, ...key } = declared.references;
    parts.push(referenceOf(to === undefined ? key : { ...key, to: [to] }));
  }
  return [...parts, ...checksOf(quote(name), declared).map((check) => `CHECK (${check})`)].join(' ');
}

/** Of several columns. */
export function foreignKey(key: ForeignKey): string {
  return `FOREIGN KEY (${key.columns.map(quote).join(', ')}) ${referenceOf(key)}`;
}

function referenceOf({ table, to = [], onDelete, deferred }: Omit<ForeignKey, 'columns'>): string {
  const columns = to.length === 0 ? '' : ` (${to.map(quote).join(', ')})`;
  const action = onDelete === undefined ? '' : ` ON DELETE ${onDelete.toUpperCase()}`;
  return `REFERENCES ${quote(table)}${columns}${action}${deferred ? ' DEFERRABLE INITIALLY DEFERRED' : ''}`;
}

function defaultOf(declared: Column): string {
  const value = declared.default;
  if (value === 'now' && declared.type === 'timestamp') return NOW;
  if (typeof value === 'boolean') return value ? '1' : '0';
  return typeof value === 'number' ? String(value) : quoteText(String(value));
}

function checksOf(name: string, declared: Column): string[] {
  const checks: string[] = [];
  if (declared.max !== undefined) checks.push(`length(${name}) <= ${declared.max}`);
  if (declared.oneOf) checks.push(`${name} IN (${declared.oneOf.map(quoteText).join(', ')})`);
  // As text it would be compared with a text.
  const number = declared.type === 'decimal' && !digitsOf(declared).fitsDouble ? `CAST(${name} AS REAL)` : name;
  if (declared.min !== undefined) checks.push(`${number} >= ${declared.min}`);
  if (declared.most !== undefined) checks.push(`${number} <= ${declared.most}`);
  if (declared.type === 'boolean') checks.push(`${name} IN (0, 1)`);
  if (declared.type === 'json') checks.push(jsonCheck(name));
  return checks;
}

function constraintLines(table: Table): string[] {
  const list = (columns: readonly string[]): string => columns.map(quote).join(', ');
  const identityKey = table.primaryKey.every((name) => column(table, name).type === 'identity');
  const lines = identityKey ? [] : [`PRIMARY KEY (${list(table.primaryKey)})`];
  if (String(table.naturalKey) !== String(table.primaryKey)) lines.push(`UNIQUE (${list(table.naturalKey)})`);
  return [...lines, ...(table.unique ?? []).map((columns) => `UNIQUE (${list(columns)})`)];
}

function createIndex(table: Table, columns: readonly string[]): string {
  const order = columns.map((name) => (name.startsWith('-') ? `${quote(name.slice(1))} DESC` : quote(name)));
  return `CREATE INDEX ${quote(indexName(table, columns))} ON ${quote(table.name)} (${order.join(', ')})`;
}
