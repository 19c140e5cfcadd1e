/**
 * Before 3.41 json_valid(NULL) is 0: an application with an older SQLite could leave out no JSON column.
 * https://www.sqlite.org/releaselog/3_41_0.html
 */
export function jsonCheck(name: string): string {
  return `${name} IS NULL OR json_valid(${name})`;
}

/** As older versions of this program wrote it. */
const REFUSES_NULL = /CHECK \(json_valid\(("(?:[^"]|"")+")\)\)/g;

/** The columns of a table, by its CREATE TABLE statement, whose check of JSON refuses NULL in an older SQLite. */
export function checksRefusingNull(sql: string): string[] {
  return [...sql.matchAll(REFUSES_NULL)].map(([, name = '']) => name.slice(1, -1).replaceAll('""', '"'));
}

/** The statement with checks that let NULL be. */
export function withMendedChecks(sql: string): string {
  return sql.replace(REFUSES_NULL, (_check, name: string) => `CHECK (${jsonCheck(name)})`);
}
