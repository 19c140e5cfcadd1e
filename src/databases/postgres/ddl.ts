import { createHash } from 'node:crypto';
import { storedTable } from '../../schema/key-link.ts';
import {
  type Column,
  type ColumnType,
  column,
  digitsOf,
  type ForeignKey,
  foreignKeysOf,
  restOf,
  type Table,
  withoutKeys,
} from '../../schema/table.ts';
import { bareName, placeIn, schemasOf, type TablePlace } from '../../schema/table-place.ts';

const TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'text',
  integer: 'bigint',
  real: 'double precision',
  decimal: 'numeric',
  boolean: 'boolean',
  timestamp: 'timestamptz',
  date: 'date',
  time: 'time',
  uuid: 'uuid',
  json: 'jsonb',
  bytes: 'bytea',
  identity: 'bigint',
};

export function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

export function quotePlace({ schema, name }: TablePlace): string {
  return `${quote(schema)}.${quote(name)}`;
}

/** A declared table, where those without a schema of their own are in this one. */
export function quoteTable(schema: string, table: string): string {
  return quotePlace(placeIn(schema, table));
}

/** The longest name of PostgreSQL, in bytes. */
export const LONGEST_NAME = 63;

/** A table of this connection alone, quoted. A name that PostgreSQL would cut could be that of another table. */
export function temporaryName(kind: string, { name }: Table): string {
  const given = `${kind}_${name}`;
  if (Buffer.byteLength(given) <= LONGEST_NAME) return quote(given);
  return quote(`${kind}_${createHash('sha256').update(name).digest('hex').slice(0, 32)}`);
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The type of a column, without what generates its values. */
export function typeOf(declared: Column): string {
  if (declared.type === 'text' && declared.max !== undefined) return `varchar(${declared.max})`;
  if (declared.type !== 'decimal') return TYPES[declared.type];
  const { precision, scale } = digitsOf(declared);
  return `numeric(${precision},${scale})`;
}

/** The type of a staged or looked up value, without limits: a cast would cut off or round what is beyond them. */
export function unlimitedType({ type }: Column): string {
  return TYPES[type];
}

/** The types, as PostgreSQL prints them, whose binary form is that of the declared one. */
export function binaryTypes(declared: Column): readonly string[] {
  if (declared.type === 'text') return ['text', 'character varying'];
  if (declared.type === 'timestamp') return ['timestamp with time zone'];
  return [declared.type === 'time' ? 'time without time zone' : TYPES[declared.type]];
}

/** The column that a link leads to, where an application made it with another type than the declared one. */
export type LinkType = (declared: Column) => { readonly type: string } | undefined;

/**
 * The statements that create tables and their indexes, in this schema unless they name another one. A foreign key to a table that comes later is added when that
 * is there.
 */
export function createTables(tables: readonly Table[], schema: string, linkType?: LinkType): string[] {
  const later = new Set(tables.map(({ name }) => name));
  const keys: string[] = [];
  const created = tables.map(storedTable).flatMap((table) => {
    later.delete(table.name);
    const isLater = (key: ForeignKey): boolean => later.has(key.table);
    for (const key of foreignKeysOf(table).filter(isLater)) keys.push(addForeignKey(table, key, schema));
    return createTable(withoutKeys(table, isLater), schema, linkType);
  });
  return [...created, ...keys];
}

/** The schemas that tables name themselves. */
export function createSchemas(schema: string, tables: readonly Table[]): string[] {
  const others = schemasOf(schema, tables).filter((each) => each !== schema);
  return others.map((each) => `CREATE SCHEMA IF NOT EXISTS ${quote(each)}`);
}

export function createTable(declared: Table, schema: string, linkType?: LinkType): string[] {
  const table = storedTable(declared);
  const lines = Object.keys(table.columns).map((name) => columnLine(name, column(table, name), schema, linkType));
  const keys = (table.foreignKeys ?? []).map((key) => foreignKey(key, schema));
  const name = quoteTable(schema, table.name);
  return [
    `CREATE TABLE ${name} (\n  ${[...lines, ...constraintLines(table), ...keys].join(',\n  ')}\n)`,
    ...createIndexes(table, name),
  ];
}

/** The indexes that a table declares beside its keys. `on` is its quoted name. */
export function createIndexes(table: Table, on: string): string[] {
  return [
    ...(table.indexes ?? []).map((columns) => createIndex(table, columns, on)),
    ...(table.findableBySourceId ? [createSourceIdIndex(table, on)] : []),
  ];
}

function createSourceIdIndex(table: Table, on: string): string {
  const id = `${quote(restOf(table))} ->> 'id'`;
  return `CREATE INDEX ${quote(sourceIdIndex(table))} ON ${on} ((${id})) WHERE ${id} IS NOT NULL`;
}

/** The names of those indexes. */
export function indexNames(table: Table): string[] {
  const sourceId = table.findableBySourceId ? [sourceIdIndex(table)] : [];
  return [...(table.indexes ?? []).map((columns) => indexName(table, columns)), ...sourceId];
}

function sourceIdIndex({ name }: Table): string {
  return `idx_${bareName(name)}_source_id`;
}

function indexName({ name }: Table, columns: readonly string[]): string {
  return `idx_${bareName(name)}_${columns.map((each) => each.replace('-', '')).join('_')}`;
}

/** Columns with their checks, for the shadow of a table that does not exist yet. */
export function checkedColumns(
  table: Table,
  names: readonly string[],
  typeIn: (name: string) => string | undefined,
): string {
  return names
    .map((name) => {
      const declared = column(table, name);
      return [quote(name), typeIn(name) ?? typeOf(declared), ...nullability(declared), ...checks(name, declared)].join(
        ' ',
      );
    })
    .join(', ');
}

export function columnLine(name: string, declared: Column, schema: string, linkType?: LinkType): string {
  const parts = [quote(name), linkType?.(declared)?.type ?? typeOf(declared), ...nullability(declared)];
  if (declared.type === 'identity' || declared.numbered) parts.push('GENERATED BY DEFAULT AS IDENTITY');
  if (declared.default !== undefined) parts.push(`DEFAULT ${defaultOf(declared)}`);
  if (declared.references) {
    const { column: to, ...key } = declared.references;
    parts.push(referenceOf(to === undefined ? key : { ...key, to: [to] }, schema));
  }
  return [...parts, ...checks(name, declared)].join(' ');
}

export function addForeignKey(table: Table, key: ForeignKey, schema: string): string {
  return `ALTER TABLE ${quoteTable(schema, table.name)} ADD ${foreignKey(key, schema)}`;
}

function foreignKey(key: ForeignKey, schema: string): string {
  return `FOREIGN KEY (${key.columns.map(quote).join(', ')}) ${referenceOf(key, schema)}`;
}

function referenceOf({ table, to = [], onDelete, deferred }: Omit<ForeignKey, 'columns'>, schema: string): string {
  const columns = to.length === 0 ? '' : ` (${to.map(quote).join(', ')})`;
  const action = onDelete === undefined ? '' : ` ON DELETE ${onDelete.toUpperCase()}`;
  return `REFERENCES ${quoteTable(schema, table)}${columns}${action}${deferred ? ' DEFERRABLE INITIALLY DEFERRED' : ''}`;
}

function nullability(declared: Column): string[] {
  return declared.notNull ? ['NOT NULL'] : [];
}

export function defaultOf(declared: Column): string {
  const value = declared.default;
  if (value === 'now' && declared.type === 'timestamp') return 'now()';
  return typeof value === 'string' ? quoteText(value) : String(value);
}

function checks(name: string, declared: Column): string[] {
  const conditions: string[] = [];
  if (declared.oneOf) conditions.push(`${quote(name)} IN (${declared.oneOf.map(quoteText).join(', ')})`);
  if (declared.min !== undefined) conditions.push(`${quote(name)} >= ${declared.min}`);
  if (declared.most !== undefined) conditions.push(`${quote(name)} <= ${declared.most}`);
  return conditions.map((condition) => `CHECK (${condition})`);
}

function constraintLines(table: Table): string[] {
  const list = (columns: readonly string[]): string => columns.map(quote).join(', ');
  const lines = [`PRIMARY KEY (${list(table.primaryKey)})`];
  if (String(table.naturalKey) !== String(table.primaryKey)) lines.push(`UNIQUE (${list(table.naturalKey)})`);
  return [...lines, ...(table.unique ?? []).map((columns) => `UNIQUE (${list(columns)})`)];
}

function createIndex(table: Table, columns: readonly string[], on: string): string {
  const order = columns.map((name) => (name.startsWith('-') ? `${quote(name.slice(1))} DESC` : quote(name)));
  return `CREATE INDEX ${quote(indexName(table, columns))} ON ${on} (${order.join(', ')})`;
}
