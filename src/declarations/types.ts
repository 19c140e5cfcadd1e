import type { Column } from '../schema/table.ts';
import { similarName } from '../system/similar-name.ts';
import type { ColumnDeclaration } from './language.ts';
import { Misspelt } from './source.ts';

/** A type as a declaration names it: what the column holds, and how values of it are read. */
export interface DeclaredType {
  readonly column: Pick<Column, 'type' | 'max' | 'precision' | 'scale' | 'numbered' | 'notNull'>;
  readonly reads: 'column' | 'list' | 'literal';
}

const SIMPLE = [
  'integer',
  'real',
  'boolean',
  'timestamp',
  'date',
  'time',
  'uuid',
  'json',
  'bytes',
  'identity',
] as const;

const WORDS = ['text', 'literal', ...SIMPLE];

/** What other languages call them. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  string: 'text',
  varchar: 'text(n)',
  char: 'text(n)',
  int: 'integer',
  bigint: 'integer',
  number: 'integer, real or decimal(p,s)',
  numeric: 'decimal(p,s)',
  float: 'real',
  double: 'real',
  bool: 'boolean',
  datetime: 'timestamp',
  timestamptz: 'timestamp',
  object: 'json',
  jsonb: 'json',
  array: 'list(text)',
  serial: 'identity',
  blob: 'bytes',
  bytea: 'bytes',
  binary: 'bytes',
  base64: 'bytes',
};

/** For a column whose type cannot be read, so that the rest of it is looked at. */
export const ANY_TEXT: DeclaredType = { column: { type: 'text' }, reads: 'column' };

/** Digits that `numeric` and our exact arithmetic share. https://www.postgresql.org/docs/current/datatype-numeric.html */
const MOST_DIGITS = 1000;

/** The type of a column that takes members: an identity then takes the number of the member. */
export function typeOfMembers(text: string, from: ColumnDeclaration['from']): DeclaredType | Misspelt {
  if (text === 'identity' && from !== undefined) return GIVEN_NUMBER;
  return readType(text);
}

const GIVEN_NUMBER: DeclaredType = {
  column: { type: 'integer', numbered: true, notNull: true },
  reads: 'column',
};

export function readType(text: string): DeclaredType | Misspelt {
  const simple = SIMPLE.find((name) => name === text);
  if (simple !== undefined) return { column: { type: simple }, reads: 'column' };
  if (text === 'literal') return { column: { type: 'text' }, reads: 'literal' };
  const [, word, inside] = /^(\w+)(?:\(([^)]*)\))?$/.exec(text.trim()) ?? [];
  if (word === 'list') {
    if (inside !== undefined && inside !== 'text')
      return new Misspelt('the elements of a list are text: write list(text)');
    return { column: { type: 'json' }, reads: 'list' };
  }
  if (word === 'text') return textOf(inside);
  if (word === 'decimal') return decimalOf(inside);
  const near = similarName(word ?? '', [...Object.keys(ELSEWHERE), ...WORDS]);
  const meant = near && (ELSEWHERE[near] ?? near);
  if (meant !== undefined) return new Misspelt(`there is no type ${text}; did you mean ${meant}?`);
  return new Misspelt(`there is no type ${text}: write text(n), decimal(p,s), list(text), ${WORDS.join(', ')}`);
}

function textOf(inside: string | undefined): DeclaredType | Misspelt {
  if (inside === undefined) return { column: { type: 'text' }, reads: 'column' };
  const max = Number(inside);
  if (!Number.isInteger(max) || max < 1 || max > 10_485_760)
    return new Misspelt('write text(n) with n from 1 to 10485760');
  return { column: { type: 'text', max }, reads: 'column' };
}

function decimalOf(inside = ''): DeclaredType | Misspelt {
  const [precision = Number.NaN, scale = 0, ...others] = inside.split(',').map(Number);
  const isRight = Number.isInteger(precision) && Number.isInteger(scale) && others.length === 0;
  if (!isRight || precision < 1 || precision > MOST_DIGITS || scale < 0 || scale > precision)
    return new Misspelt('write "decimal(12,2)", in quotes, with as many digits in all and behind the point');
  return { column: { type: 'decimal', precision, scale }, reads: 'column' };
}
