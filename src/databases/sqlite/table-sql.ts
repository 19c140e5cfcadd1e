import { quote } from './ddl.ts';

/** One column of a CREATE TABLE statement, its parts as they were written. */
export interface ColumnText {
  readonly name: string;
  readonly type: string;
  /** Constraints behind the type. */
  readonly rest: readonly string[];
}

/** A CREATE TABLE statement in the parts that a changed table is made of. https://www.sqlite.org/lang_createtable.html */
export interface TableText {
  readonly columns: readonly ColumnText[];
  /** Constraints of the table, each as its tokens. */
  readonly constraints: readonly (readonly string[])[];
  /** `STRICT`, `WITHOUT ROWID` */
  readonly options: string;
}

/** White space and comments, names and texts in quotes, words, and every other character by itself. */
const TOKEN =
  /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"]|"")*"|'(?:[^']|'')*'|`(?:[^`]|``)*`|\[[^\]]*\]|[\w$\u0080-\uffff]+|\S/g;
const BLANK = /^(?:\s|--|\/\*)/;

const TABLE_CONSTRAINT = /^(?:CONSTRAINT|PRIMARY|UNIQUE|CHECK|FOREIGN)$/i;
const COLUMN_CONSTRAINT = /^(?:CONSTRAINT|PRIMARY|NOT|NULL|UNIQUE|CHECK|DEFAULT|COLLATE|REFERENCES|GENERATED|AS)$/i;

export function readTable(sql: string): TableText {
  const tokens = tokensOf(sql);
  const items: string[][] = [[]];
  let depth = 0;
  let at = tokens.findIndex((token) => is(token, '('));
  for (; at < tokens.length; at++) {
    const token = tokens[at] ?? '';
    if (is(token, ')')) depth--;
    if (depth === 0 && is(token, ')')) break;
    if (depth === 1 && is(token, ',')) items.push([]);
    else if (depth > 0) items.at(-1)?.push(token);
    if (is(token, '(')) depth++;
  }
  const isConstraint = ([first = '']: string[]): boolean => TABLE_CONSTRAINT.test(first.trim());
  return {
    columns: items.filter((item) => !isConstraint(item)).map(readColumn),
    constraints: items.filter(isConstraint),
    options: joined(tokens.slice(at + 1)),
  };
}

/** Each token with one blank behind it where there was white space or a comment. */
function tokensOf(sql: string): string[] {
  const tokens: string[] = [];
  for (const [token] of sql.matchAll(TOKEN)) {
    const last = tokens.pop();
    if (last !== undefined) tokens.push(BLANK.test(token) ? `${last.trimEnd()} ` : last);
    if (!BLANK.test(token)) tokens.push(token);
  }
  return tokens;
}

function is(token: string | undefined, word: string): boolean {
  return token?.trim().toUpperCase() === word;
}

function readColumn([name = '', ...tokens]: readonly string[]): ColumnText {
  const end = tokens.findIndex((token) => COLUMN_CONSTRAINT.test(token.trim()));
  const type = end === -1 ? tokens : tokens.slice(0, end);
  return { name: unquoted(name.trim()), type: joined(type), rest: end === -1 ? [] : tokens.slice(end) };
}

export function unquoted(token: string): string {
  const first = token[0] ?? '';
  if (first === '[') return token.slice(1, -1);
  return ['"', '`', "'"].includes(first) ? token.slice(1, -1).replaceAll(first + first, first) : token;
}

export function writeColumn({ name, type, rest }: ColumnText): string {
  return [quote(name), type, joined(rest)].filter((part) => part !== '').join(' ');
}

export function writeTable(name: string, lines: readonly string[], options: string): string {
  return `CREATE TABLE ${quote(name)} (\n  ${lines.join(',\n  ')}\n)${options === '' ? '' : ` ${options}`}`;
}

export function joined(tokens: readonly string[]): string {
  return tokens.join('').trim();
}

/** The same column without `NOT NULL`. */
export function withoutNotNull(column: ColumnText): ColumnText {
  const rest: string[] = [];
  for (let at = 0; at < column.rest.length; at++) {
    const [token = '', next = ''] = [column.rest[at], column.rest[at + 1]];
    const isNotNull = is(token, 'NOT') && is(next, 'NULL') && depthOf(rest) === 0;
    if (!isNotNull) {
      rest.push(token);
      continue;
    }
    at++;
    // CONSTRAINT name NOT NULL
    if (is(rest.at(-2), 'CONSTRAINT')) rest.splice(-2);
  }
  return { ...column, rest };
}

function depthOf(tokens: readonly string[]): number {
  return tokens.filter((token) => is(token, '(')).length - tokens.filter((token) => is(token, ')')).length;
}
