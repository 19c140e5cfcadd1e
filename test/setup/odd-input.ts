import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { random } from './random.ts';
import { randomString } from './random-strings.ts';

type Source = ReturnType<typeof random>;

const ODD = [
  '\0',
  '\ud800',
  '\udc00x',
  '\u0010',
  '\u0010\u0010',
  '\u00101f;',
  '😀',
  'é',
  '‰',
  'ß',
  '漢',
  '\\',
  '"',
  "'",
  '\n',
  '\t',
  '\u007f',
  ' ',
  '.',
  '%',
  '~',
];

function pick<T>({ next }: Source, from: readonly T[]): T {
  return from[Math.floor(next() * from.length)] as T;
}

/** Mostly short and plain, sometimes odd, sometimes longer than any column. */
function oddText(source: Source): string {
  const { next } = source;
  const kind = next();
  if (kind < 0.3) return pick(source, ['alice', 'bob', 'c1', 'web', 'Web', 'theme']);
  if (kind < 0.6) return pick(source, ODD) + pick(source, ['', 'a', pick(source, ODD)]);
  if (kind < 0.7) return pick(source, ['x', 'é', '😀']).repeat(Math.floor(next() * 700));
  return randomString(source);
}

/** A name that a file can have: half of a pair becomes U+FFFD, as Node writes it. */
export function fileName(source: Source): string {
  const cleaned = oddText(source).replaceAll('\0', '0').replaceAll('/', '_').toWellFormed();
  const bytes = Buffer.from(cleaned).subarray(0, 200).toString('utf8').replaceAll('\ufffd', '');
  return /^\.*$/.test(bytes) ? 'plain' : bytes;
}

function oddValue(source: Source): unknown {
  const { next } = source;
  const kind = next();
  if (kind < 0.6) return oddText(source);
  if (kind < 0.75) return pick(source, [0, -1, 1.5, 1e300, 9007199254740991, true, null]);
  if (kind < 0.85) return { [oddText(source)]: oddText(source) };
  return [oddText(source)];
}

/** Some members are not what they should be, some have names that nothing knows. */
function record(source: Source, members: Readonly<Record<string, unknown>>): unknown {
  const { next } = source;
  const odd = Object.entries(members).map(([name, value]) => [name, next() < 0.15 ? oddValue(source) : value]);
  const more = next() < 0.4 ? [[oddText(source), oddValue(source)]] : [];
  return Object.fromEntries([...odd, ...more]);
}

const id = (source: Source): unknown => (source.next() < 0.5 ? oddText(source) : Math.floor(source.next() * 5));
const time = (source: Source): string => `2025-01-0${1 + Math.floor(source.next() * 9)}T00:00:00Z`;

const FILES: readonly ((source: Source) => readonly [path: string, content: unknown])[] = [
  (source) => [
    `conversations/${fileName(source)}/${fileName(source)}.json`,
    record(source, {
      id: id(source),
      title: oddText(source),
      created_at: time(source),
      messages: [record(source, { role: 'user', content: oddText(source) })],
    }),
  ],
  (source) => [`usage/${fileName(source)}/usage.json`, record(source, { tier: 'pro', daily_used: 5 })],
  (source) => [
    `${fileName(source)}/settings.json`,
    record(source, { theme: oddText(source), [oddText(source)]: oddText(source) }),
  ],
  (source) => [
    `metrics/${fileName(source)}.json`,
    Array.from({ length: 5 }, () => record(source, { timestamp: time(source), source: oddText(source), cpu_usage: 1 })),
  ],
  (source) => [
    'events.json',
    Array.from({ length: 4 }, () =>
      record(source, {
        id: id(source),
        user_id: oddText(source),
        timestamp: time(source),
        payload: oddValue(source),
        ip: '::1',
        endpoint: '/',
      }),
    ),
  ],
  (source) => [
    'predictions.json',
    [
      record(source, {
        id: id(source),
        event_id: id(source),
        user_id: oddText(source),
        timestamp: time(source),
        prediction: oddValue(source),
        risk_score: 0.5,
      }),
    ],
  ],
  (source) => ['users.json', [record(source, { id: id(source), email: oddText(source), username: oddText(source) })]],
  (source) => [
    'api_keys.json',
    [
      record(source, {
        key_name: oddText(source),
        key_hash: oddText(source),
        permissions: oddValue(source),
        user_id: oddText(source),
      }),
    ],
  ],
];

/** Files whose names, paths, ids, keys and values may be anything. */
export function writeOddInput(root: string, source: Source): void {
  const count = 3 + Math.floor(source.next() * 10);
  for (let file = 0; file < count; file++) {
    const [path, content] = pick(source, FILES)(source);
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), JSON.stringify(content));
  }
}
