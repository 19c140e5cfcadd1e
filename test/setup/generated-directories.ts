import { randomString } from './random-strings.ts';

// Random directories of JSON that no declaration was written for: records under hostile names, in every layout.

type Next = () => number;

const pick = <T>(next: Next, from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
const below = (next: Next, limit: number): number => Math.floor(next() * limit);
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Names of members that mean something to somebody on their way into a database. */
const HOSTILE_NAMES = [
  'a/b',
  '~',
  '~0',
  '~1',
  '*',
  '<x>',
  '<id>',
  '',
  ' ',
  'two words',
  'Größe',
  '名前',
  '😀',
  'x'.repeat(200),
  'ü'.repeat(100),
  'select',
  'table',
  'user',
  'order',
  'group',
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
  'extra',
  'rest',
  'id',
  'ID',
  'Id',
  '_id',
  'record_key',
  'row_id',
  'position',
  'value',
  'key',
  'xmin',
  'ctid',
  'oid',
  'pg_catalog',
  'sqlite_master',
  'user_id',
  'userId',
  'user-id',
  'UserID',
  '0',
  '1',
  '007',
  'true',
  'null',
  'yes',
  '#',
  ': ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '\\',
  '\n',
  '\u2028',
  '\u0085',
  '%',
  '&',
  '!',
  '|',
  '>',
  '@',
  '`',
  '$value',
  '$parent.id',
  '.',
  '..',
  'name',
  'file',
  'option',
  'document',
  'parent',
  'created_at',
  'updated_at',
  'links',
  'type',
  'columns',
  'null ',
  '=',
  'a.b',
  'A',
  'a',
  'É',
  'é',
  'e\u0301',
];

const FILE_NAMES = [
  'users',
  'orders',
  'a b',
  'data',
  'x{y}',
  'star*',
  'q?',
  '<id>',
  'order [1]',
  'Ünï',
  'select',
  '__proto__',
  'constructor',
  'pg_x',
  '2024-01-01',
  '#hash',
  "it's",
  'a,b',
  '!x',
];

function text(next: Next): string {
  const made = randomString({ seed: 0, next });
  return `t${made.replaceAll('\0', '').replace(/[\ud800-\udfff]/gu, '')}`;
}

function scalar(next: Next): unknown {
  const kind = below(next, 8);
  if (kind <= 2) return text(next);
  if (kind === 3) return below(next, 1000) - 500;
  if (kind === 4) return Math.round((next() - 0.5) * 1e6) / 100;
  if (kind === 5) return next() < 0.5;
  return kind === 6 ? null : pick(next, ['', '007', 'true', '12', 'null', 'NaN']);
}

function names(next: Next, most: number): string[] {
  return [...new Set(times(1 + below(next, most), () => (next() < 0.7 ? pick(next, HOSTILE_NAMES) : text(next))))];
}

/** What makes values of one shape, so that records look alike. */
type Make = () => unknown;

function shape(next: Next, depth: number): Make {
  const kind = below(next, depth > 0 ? 12 : 6);
  if (kind < 3) return () => text(next);
  if (kind === 3) return () => below(next, 1000);
  if (kind === 4) return () => scalar(next);
  if (kind === 5) return () => next() < 0.5;
  if (kind < 8) {
    const inner = record(next, depth - 1);
    return () => times(below(next, 4), inner);
  }
  if (kind === 8) {
    const inner = shape(next, depth - 1);
    return () => times(below(next, 4), inner);
  }
  if (kind === 9) {
    const inner = shape(next, depth - 1);
    return () => object(times(below(next, 4), () => [`k${below(next, 90)}`, inner()]));
  }
  return record(next, depth - 1);
}

function record(next: Next, depth: number): Make {
  const members = names(next, 6).map((name): [string, Make] => [name, shape(next, depth)]);
  return () => object(members.flatMap(([name, make]) => (next() < 0.9 ? [[name, make()]] : [])));
}

/** Own members, whatever they are called. */
function object(entries: readonly (readonly unknown[])[]): unknown {
  return Object.fromEntries(entries as [string, unknown][]);
}

/** Files by path, as text. */
export function generateDirectory(next: Next): Readonly<Record<string, string>> {
  const files: [string, string][] = [];
  for (const stem of new Set(times(1 + below(next, 4), () => pick(next, FILE_NAMES)))) {
    const make = next() < 0.8 ? record(next, 3) : shape(next, 3);
    const layout = below(next, 7);
    const some = times(below(next, 6), (index) => (next() < 0.5 ? make() : withId(make(), index)));
    if (layout === 0) files.push([`${stem}.json`, JSON.stringify(some)]);
    if (layout === 1) files.push([`${stem}.jsonl`, some.map((each) => `${JSON.stringify(each)}\n`).join('')]);
    if (layout === 2)
      files.push([
        `${stem}.json`,
        JSON.stringify(object(some.map((each, index) => [pick(next, [`id${index}0`, text(next)]), each]))),
      ]);
    if (layout === 3)
      files.push([
        `${stem}.json`,
        JSON.stringify(object([...names(next, 3).map((name) => [name, some]), ['version', 3]])),
      ]);
    if (layout === 4)
      files.push(...some.map((each, index): [string, string] => [`${stem}/r-${index}.json`, JSON.stringify(each)]));
    if (layout === 5)
      files.push(
        ...some.map((each, index): [string, string] => [
          `${stem}/u${index}/${pick(next, FILE_NAMES)}.json`,
          JSON.stringify([each]),
        ]),
      );
    if (layout === 6) files.push([`${stem}.json`, JSON.stringify(make())]);
  }
  return Object.fromEntries(files.filter(([path, content]) => content.trim() !== '' && !path.includes('__proto__')));
}

function withId(value: unknown, id: number): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value, id } : value;
}
