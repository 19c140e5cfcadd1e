import { similarName } from '../system/similar-name.ts';

/** Names that are told where none is near; more are too many to read. */
const MOST_NAMES = 12;

/** What to write in place of a name that is not there: the one that was meant, else those that there are. */
export function whatThereIs(given: string, known: readonly string[]): string {
  const meant = similarName(given, known);
  if (meant !== undefined) return `; did you mean ${meant}?`;
  if (known.length === 0) return ': there is none';
  const more = known.length > MOST_NAMES ? `, and ${known.length - MOST_NAMES} more` : '';
  return `: there is ${known.slice(0, MOST_NAMES).join(', ')}${more}`;
}

export function noColumn(table: string, name: string, columns: Iterable<string>): string {
  return `the table ${table} has no column ${name}${whatThereIs(name, [...columns])}`;
}

export function noTable(name: string, tables: Iterable<string>): string {
  return `no dataset feeds a table ${name}${whatThereIs(name, [...tables])}`;
}
