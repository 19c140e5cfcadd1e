import type { random } from './random.ts';
import { randomString } from './random-strings.ts';
import type { Tree } from './trees.ts';

type Source = ReturnType<typeof random>;

const NAMES = ['__proto__', 'constructor', 'extra', 'id', 'a/b', '~0', '', 'ключ', '0'];
const NUMBERS = [
  '0',
  '-1',
  '1e-320',
  '-2.5e+30',
  '9007199254740993',
  '-9223372036854775808',
  `0.${'1234567'.repeat(5)}`,
];

/** About so many good records in the reference layouts, as `export` would write them: nothing but the spelling may change. */
export function generateRecords(source: Source, count: number): Tree {
  const each = Math.floor(count / 10);
  return {
    ...Object.fromEntries(Array.from({ length: 2 * each }, (_, index) => conversation(source, index))),
    ...Object.fromEntries(Array.from({ length: each }, (_, index) => usage(source, index))),
    'metrics.json': list(4 * each, (index) => metric(source, index)),
    'events.json': list(3 * each, (index) => event(source, index)),
  };
}

function list(length: number, text: (index: number) => string): string {
  return `[${Array.from({ length }, (_, index) => text(index)).join(',\n')}]`;
}

function conversation(source: Source, index: number): [string, string] {
  const owner = `user-${index % 7}`;
  const messages = list(below(source, 4), () =>
    object({ role: quoted('user'), content: quoted(randomString(source)), metadata: strange(source) }),
  );
  const text = object({
    id: quoted(`c${index}`),
    user_id: quoted(owner),
    created_at: time(source),
    title: quoted(randomString(source)),
    mood: value(source, 2),
    messages,
  });
  return [`conversations/${owner}/c${index}.json`, text];
}

function usage(source: Source, index: number): [string, string] {
  const [daily, monthly, total] = [below(source, 1000), below(source, 1e9), below(source, 2 ** 53)];
  const counters = {
    daily_count: daily,
    daily_limit: 5,
    monthly_count: monthly,
    monthly_limit: 6,
    total_queries: total,
  };
  return [`usage/owner-${index}/usage.json`, JSON.stringify({ user_id: `owner-${index}`, tier: 'pro', ...counters })];
}

function metric(source: Source, index: number): string {
  const share = () => String(100 * source.next());
  return object({
    source: quoted(`host-${index}`),
    timestamp: time(source),
    cpu_usage: share(),
    memory_usage: share(),
    response_time: String(10 ** (300 * source.next())),
    strange: strange(source),
  });
}

function event(source: Source, index: number): string {
  return object({ id: String(index), timestamp: time(source), payload: strange(source), endpoint: quoted('/x') });
}

/** Any microsecond of the years 1971 to 2099, in any zone. */
function time({ next }: Source): string {
  const seconds = Math.floor(31_536_000 + next() * 4_070_000_000);
  const fraction = String(Math.floor(next() * 1e6)).padStart(6, '0');
  const zone = ['Z', '', '+05:30', '-12:00', '+14:00'][Math.floor(next() * 5)];
  return quoted(`${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}${zone}`);
}

/** An object with names that programs stumble over. */
function strange(source: Source): string {
  const members = NAMES.filter(() => source.next() < 0.3).map((name) => [name, value(source, 2)] as const);
  return object(Object.fromEntries([[randomString(source, 3), value(source, 1)], ...members]));
}

function value(source: Source, depth: number): string {
  const kind = below(source, depth === 0 ? 4 : 6);
  if (kind === 0) return quoted(randomString(source));
  if (kind === 1) return String((source.next() - 0.5) * 10 ** below(source, 40));
  if (kind === 2) return NUMBERS[below(source, NUMBERS.length)] ?? '0';
  if (kind === 3) return source.next() < 0.5 ? 'true' : 'false';
  if (kind === 4) return list(below(source, 3), () => value(source, depth - 1));
  return object({ [randomString(source, 2)]: value(source, depth - 1), b: 'null' });
}

function object(members: Readonly<Record<string, string>>): string {
  return `{${Object.entries(members)
    .map(([name, text]) => `${quoted(name)}:${text}`)
    .join(',')}}`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function below({ next }: Source, limit: number): number {
  return Math.floor(next() * limit);
}
