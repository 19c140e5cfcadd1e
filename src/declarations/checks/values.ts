import { ANY_CONTEXT } from '../../datasets/any-context.ts';
import { Refused } from '../../datasets/read-value.ts';
import type { JsonValue } from '../../json/value.ts';
import { type Column, fits } from '../../schema/table.ts';
import { isTimeZone } from '../../time/time.ts';
import { columnReader } from '../column-reader.ts';
import type { ColumnDeclaration } from '../language.ts';
import { isByColumn } from '../language-column.ts';
import type { ColumnPlan } from '../plan.ts';
import type { Problems } from '../problem.ts';
import { whatThereIs } from '../unknown-name.ts';
import type { Declared, DeclaredColumn } from './declared.ts';

type Add = (part: keyof ColumnDeclaration, message: string, ...inner: readonly string[]) => void;

/** Values that a declaration holds itself: constants, what a value is stored as, and words that a column may hold. */
export function checkValues({ records }: Declared, problems: Problems): void {
  for (const { at, columns } of records) {
    for (const column of columns) {
      const add: Add = (part, message, ...inner) =>
        problems.add([...at, 'columns', column.name, part, ...inner], message);
      checkEnum(column, add);
      if (column.type !== undefined && column.type.column.type !== 'identity') checkConstants(column, add);
    }
  }
}

function checkEnum({ full, type }: DeclaredColumn, add: Add): void {
  const { enum: words = [], values = {}, lower } = full;
  const max = type?.column.max;
  if (words.some((word) => !fits(word, max))) add('enum', `a word is longer than the ${max} characters of the column`);
  if (new Set(words).size < words.length) add('enum', 'a word is there twice: leave one out');
  if (lower && words.some((word) => word !== word.toLowerCase()) && full.values === undefined)
    add('enum', 'with `lower: true` no value has capital letters: write these words in small ones');
  if (words.length === 0) return;
  for (const { part, given, inner } of constantsOf(full)) {
    if (typeof given === 'string' && !words.includes(given))
      add(part, `this is none of the words of \`enum\`${asked(given, words)}`, ...inner);
  }
  for (const [from, stored] of Object.entries(values)) {
    if (typeof stored === 'string' && !words.includes(stored))
      add('values', `this becomes none of the words of \`enum\`${asked(stored, words)}`, from);
  }
}

interface Constant {
  readonly part: 'value' | 'default' | 'insert_default';
  readonly given: JsonValue;
  /** Where it stands in the part. */
  readonly inner: readonly string[];
}

function constantsOf({ value, default: standard, insert_default: inserted }: ColumnDeclaration): readonly Constant[] {
  const single = ([part, given]: readonly [Constant['part'], Constant['given'] | undefined]): readonly Constant[] =>
    given === undefined ? [] : [{ part, given, inner: [] }];
  return [
    ...single(['value', value]),
    ...(isByColumn(standard)
      ? Object.entries(standard.values).map(
          ([by, given]): Constant => ({ part: 'default', given, inner: ['values', by] }),
        )
      : single(['default', standard])),
    ...single(['insert_default', inserted]),
  ];
}

/** Only what is near is told: a constant may be a secret. */
function asked(given: string, words: readonly string[]): string {
  const there = whatThereIs(given, words);
  return there.startsWith(';') ? there : '';
}

function checkConstants(column: DeclaredColumn, add: Add): void {
  const { full } = column;
  for (const { part, given, inner } of constantsOf(full)) {
    if (given === null || isNow(column, part, given)) continue;
    const misfit = misfitOf(column, given);
    if (misfit !== undefined) add(part, `the column cannot hold this: it ${misfit}`, ...inner);
    else if (
      column.type?.column.type === 'json' &&
      typeof given === 'string' &&
      /^\s*(?:\[.*\]|\{\s*\})\s*$/s.test(given)
    )
      add(part, 'this is a text: write the list or object without quotes', ...inner);
  }
  if (full.required && full.value === null) add('value', 'the column is required, and this is NULL');
  // What is read by a later step need not be a value of the column.
  if (full.number !== undefined || full.words !== undefined || full.format !== undefined || full.epoch !== undefined)
    return;
  for (const [from, given] of Object.entries(full.values ?? {})) {
    const misfit = given === null ? undefined : misfitOf(column, given);
    if (misfit !== undefined) add('values', `the column cannot hold this: it ${misfit}`, from);
  }
}

/** What the database fills in is the moment of the insert. */
function isNow({ type }: DeclaredColumn, part: keyof ColumnDeclaration, given: unknown): boolean {
  return part === 'insert_default' && given === 'now' && type?.column.type === 'timestamp';
}

function misfitOf({ name, full, type }: DeclaredColumn, given: JsonValue): string | undefined {
  if (type === undefined) return undefined;
  const { min, max, zone } = full;
  const column: Column = {
    ...type.column,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { most: max }),
  };
  const declaration: ColumnDeclaration = zone !== undefined && isTimeZone(zone) ? { zone } : {};
  const plan: ColumnPlan = { name, at: [], declaration, type, column, sources: [], made: undefined, named: undefined };
  const read = columnReader(plan)(column, ANY_CONTEXT)(given);
  return read instanceof Refused ? read.say('').replace(/^[:\s]+/, '') : undefined;
}
