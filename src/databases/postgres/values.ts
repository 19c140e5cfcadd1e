import { canonicalise } from '../../json/canonical.ts';
import { type Column, column, type Table, type Value } from '../../schema/table.ts';
import type { LedgerRow } from '../ledger-query.ts';
import { inUtc, timeText } from './calendar.ts';
import { quote } from './ddl.ts';
import { heldColumn, type KnownTable } from './known-table.ts';

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const NEEDS_ESCAPE = /[\\\t\n\r]/;
const EACH_ESCAPE = /[\\\t\n\r]/g;

/** A field of COPY's text format. https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2 */
export function copyField(declared: Column, value: LedgerRow[string] | undefined): string {
  if (value === null || value === undefined) return '\\N';
  switch (typeof value) {
    case 'string':
      if (declared.type === 'timestamp') return inUtc(value);
      if (declared.type === 'bytes') return `\\\\x${hexOf(value)}`;
      return escaped(value);
    case 'boolean':
      return value ? 't' : 'f';
    case 'object':
      return `\\\\x${Buffer.from(value).toString('hex')}`;
    default:
      return String(value);
  }
}

/** A text as a field of COPY. */
export function escaped(text: string): string {
  return NEEDS_ESCAPE.test(text) ? text.replace(EACH_ESCAPE, (character) => ESCAPES[character] ?? '') : text;
}

/** An expression that reads a column as text in the shared form, whatever the session's zone and date style. */
export function readable(table: Table, name: string, names: Known): string {
  return `${readableValue(table, name, 't', names)} AS ${quote(name)}`;
}

/** The same without a name of its own, for a table under an alias. */
export function readableValue(table: Table, name: string, alias: string, { known }: Known): string {
  const value = `${alias}.${quote(name)}`;
  const { read: readForm } = heldColumn(known(table), table, name).form;
  if (readForm !== undefined) return readForm(value);
  switch (column(table, name).type) {
    case 'timestamp':
      return timeText(`(${value} AT TIME ZONE 'UTC')`, 'YYYY-MM-DD HH24:MI:SS.US');
    case 'date':
      return `CASE WHEN ${value} BETWEEN '0001-01-01' AND '9999-12-31' THEN to_char(${value}, 'YYYY-MM-DD') ELSE ${value}::text END`;
    case 'time':
      return `to_char(${value}::interval, 'HH24:MI:SS.US')`;
    case 'decimal':
      return `trim_scale(${value})`;
    default:
      return value;
  }
}

interface Known {
  readonly known: (table: Table) => KnownTable;
}

/** A part of a key as PostgreSQL reads it in a list of values of the column. NULL where the column cannot hold it. */
export function keyOf(table: Table, name: string, value: Value | undefined, { known }: Known): string | null {
  if (value === null || value === undefined) return null;
  const { form } = heldColumn(known(table), table, name);
  return form.refuses?.(value) === undefined ? writtenText(table, name, value, { known }) : null;
}

/** A value as PostgreSQL reads it for the column. */
export function writtenText(table: Table, name: string, value: Value, { known }: Known): string | null {
  if (value === null) return null;
  return heldColumn(known(table), table, name).form.write?.(value) ?? keyText(column(table, name), value);
}

/** The same of a declared column that is as declared. */
export function keyText({ type }: Column, value: Value | undefined): string | null {
  if (value === null || value === undefined) return null;
  if (type === 'bytes') return `\\x${hexOf(String(value))}`;
  return type === 'timestamp' ? inUtc(String(value)) : String(value);
}

function hexOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

/** What writes a column's values as fields of COPY. */
export function fieldWriter(table: Table, name: string, { known }: Known): (value: Value) => string {
  const declared = column(table, name);
  const { write } = heldColumn(known(table), table, name).form;
  if (write === undefined) return (value) => copyField(declared, value);
  return (value) => (value === null ? '\\N' : escaped(write(value)));
}

/** PostgreSQL's text of a `readable` expression as a shared value. */
export function read(declared: Column, text: string | null): Value {
  if (text === null) return null;
  switch (declared.type) {
    case 'boolean':
      return text === 't';
    case 'integer':
    case 'identity':
      return integerOf(text);
    case 'real':
      return Number(text);
    case 'json':
      return canonicalise(text);
    case 'bytes':
      return Buffer.from(text.slice(2), 'hex').toString('base64');
    default:
      return text;
  }
}

/** A numeric column may hold what is no integer: as its text. */
function integerOf(text: string): Value {
  if (Number.isSafeInteger(Number(text))) return Number(text);
  return /^-?\d+$/.test(text) ? BigInt(text) : text;
}
