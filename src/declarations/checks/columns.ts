import { compareDecimals } from '../../json/decimal.ts';
import { isTimeZone } from '../../time/time.ts';
import { declaredKey } from '../declared-key.ts';
import type { ColumnDeclaration } from '../language.ts';
import { isByColumn } from '../language-column.ts';
import type { Problems } from '../problem.ts';
import { patternProblem } from '../text-pattern.ts';
import { formatParts, formatProblem } from '../time-format.ts';
import { noColumn } from '../unknown-name.ts';
import type { Declared, DeclaredColumn, DeclaredRecord } from './declared.ts';

type Key = keyof ColumnDeclaration;
type TypeName = NonNullable<DeclaredColumn['type']>['column']['type'] | 'list' | 'literal';

const NUMBERS: readonly TypeName[] = ['integer', 'decimal', 'real'];
const TIMES: readonly TypeName[] = ['timestamp', 'date', 'time'];

/** What is said of values of some types only. */
const TYPES_OF: Readonly<Partial<Record<Key, readonly TypeName[]>>> = {
  number: NUMBERS,
  min: NUMBERS,
  max: NUMBERS,
  format: TIMES,
  zone: ['timestamp'],
  zones: ['timestamp'],
  epoch: ['timestamp'],
  plus: ['timestamp'],
  words: ['boolean'],
  kind: ['literal'],
  enum: ['text'],
  secret: ['text'],
  uuid5: ['uuid', 'text'],
};

/** What cannot be said together, with what to do. */
const PAIRS: readonly (readonly [Key, Key, string])[] = [
  ['value', 'from', 'a constant takes no member: write `default:`'],
  ['value', 'default', 'a constant is always there: leave one out'],
  ['value', 'derive', 'a constant is always there: leave one out'],
  ['value', 'uuid5', 'a constant is always there: leave one out'],
  ['value', 'with', 'a constant is always there: leave one out'],
  ['uuid5', 'derive', 'a column is filled by one of them: leave one out'],
  ['epoch', 'format', 'a time is a number or a text: leave one out'],
];

/** What is said of single columns: whether it fits their type, and can be read. */
export function checkColumns({ records }: Declared, problems: Problems): void {
  for (const { at, table, columns, declaration } of records) {
    const key = declaredKey(declaration) ?? [];
    for (const { name, full, type } of columns) {
      const add = (part: Key, message: string): void => problems.add([...at, 'columns', name, part], message);
      checkParts(full, add);
      if (type === undefined) continue;
      const own = type.reads === 'column' ? type.column.type : type.reads;
      for (const [part, types] of Object.entries(TYPES_OF)) {
        if (full[part as Key] !== undefined && !types.includes(own))
          add(part as Key, `this is said of ${types.join(', ')}, and the column is ${own}`);
      }
      if (full.type === 'identity') checkIdentity(full, add);
      checkDefault(full, { table, columns }, add);
      if (full.owned_by) checkOwned(full, key.includes(name), add);
      if (key.includes(name) && (own === 'json' || own === 'list' || own === 'bytes'))
        problems.add([...at, 'key'], `${name} is ${own}, which is no key: take another column`);
      if (full.split !== undefined && full.join === undefined && own !== 'list' && own !== 'json')
        add('split', `it makes a list, and the column is ${own}: write list(text)`);
      checkFormats(full, own, add);
    }
  }
}

function checkDefault(
  { default: standard }: ColumnDeclaration,
  { table, columns }: Pick<DeclaredRecord, 'table' | 'columns'>,
  add: (part: Key, message: string) => void,
): void {
  if (!isByColumn(standard)) return;
  const names = columns.map(({ name }) => name);
  if (!names.includes(standard.by)) add('default', noColumn(table, standard.by, names));
}

function checkIdentity(full: ColumnDeclaration, add: (part: Key, message: string) => void): void {
  for (const part of ['value', 'default', 'derive', 'uuid5', 'with', 'insert_default'] as const) {
    if (full[part] !== undefined) add(part, 'the database numbers this column: leave it out');
  }
}

/** What a load would have to write. */
const WRITTEN: readonly Key[] = [
  ...(['from', 'value', 'default', 'derive', 'uuid5', 'with', 'kind', 'secret'] as const),
  ...(['references', 'empty', 'values', 'words', 'number', 'format', 'epoch', 'split', 'join', 'capture'] as const),
];

function checkOwned(full: ColumnDeclaration, isKey: boolean, add: (part: Key, message: string) => void): void {
  for (const part of WRITTEN)
    if (full[part] !== undefined) add(part, 'only the application writes this column: leave it out');
  if (isKey) add('owned_by', 'a load writes the key of its rows: leave it out');
  if (full.required && full.insert_default === undefined)
    add('required', 'no load writes this column: write `insert_default:`, too');
}

function checkParts(full: ColumnDeclaration, add: (part: Key, message: string) => void): void {
  for (const [one, other, message] of PAIRS) {
    if (full[one] !== undefined && full[other] !== undefined) add(one, `${message} (\`${one}\` and \`${other}\`)`);
  }
  if (full.plus !== undefined && full.derive === undefined)
    add('plus', 'this is said of a derived time: write `derive:`, too');
  for (const [look, zone] of Object.entries(full.zones ?? {})) {
    const problem = patternProblem(look) ?? (isTimeZone(zone) ? undefined : `there is no zone ${zone}`);
    if (problem !== undefined) add('zones', problem);
  }
  if (full.zone !== undefined && !isTimeZone(full.zone))
    add('zone', 'there is no such zone: write UTC, an offset such as +02:00, or a zone such as Europe/Berlin');
  if (full.capture !== undefined) {
    const problem = patternProblem(full.capture);
    if (problem !== undefined) add('capture', problem);
  }
  if (full.min !== undefined && full.max !== undefined && compareDecimals(String(full.min), String(full.max)) > 0)
    add('min', 'the least is greater than the most: no number would do');
  const both = full.words?.true.find((word) => full.words?.false.includes(word));
  if (both !== undefined) add('words', 'one word stands for true and for false');
  const { group, decimal = '.' } = full.number ?? {};
  if (group !== undefined && group === decimal) add('number', 'one character separates groups and decimals');
}

function checkFormats(
  { format, zone }: ColumnDeclaration,
  own: TypeName,
  add: (part: Key, message: string) => void,
): void {
  for (const each of [format ?? []].flat()) {
    const parts = formatParts(each);
    const problem = formatProblem(each);
    if (problem !== undefined) {
      add('format', problem);
      continue;
    }
    const hasDay = parts.has('year') && parts.has('day') && (parts.has('month') || parts.has('monthName'));
    if ((own === 'timestamp' || own === 'date') && !hasDay)
      add('format', `a ${own} has a year, a month and a day: yyyy-MM-dd`);
    const hasHour = parts.has('hour') || parts.has('hour12');
    if (own === 'time' && !hasHour) add('format', 'a time has an hour: HH:mm');
    if (own === 'timestamp' && !hasHour && zone === undefined)
      add('format', 'a timestamp has an hour: write type: date, or HH:mm, too, or the zone whose midnight is meant');
    if (parts.has('hour12') && !parts.has('half')) add('format', 'h is an hour of a half day: write a, too, or H');
    if (zone !== undefined && [format].flat().length === 1 && parts.has('offset'))
      add('zone', 'times of this format say their zone: leave it out');
  }
}
