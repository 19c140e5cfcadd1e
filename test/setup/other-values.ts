import { type Column, fits } from '../../src/schema/table.ts';
import type { random } from './random.ts';

type Source = ReturnType<typeof random>;

/** For each type of column: another value near this one, as a text that both databases read. */
const NEAR: Readonly<Record<Column['type'], (text: string, declared: Column, source: Source) => string>> = {
  text: nearText,
  uuid: (text) => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0'),
  integer: (text) => String(BigInt(text) + 1n),
  identity: (text) => String(BigInt(text) + 1n),
  // Within all bounds that columns have.
  real: (text) => (Number(text) === 0 ? '0.001' : String(Number(text) * (1 - 1e-9))),
  decimal: (text, { scale = 0 }) => (Number(text) + 10 ** -scale).toFixed(scale),
  boolean: (text) => (text === 'true' || text === '1' ? '0' : '1'),
  timestamp: (text) =>
    text.replace(/^(.{19})(?:\.(\d+))?/, (_all, seconds: string, fraction = '0') => {
      const micros = (Number(fraction.padEnd(6, '0')) + 1) % 1_000_000;
      return `${seconds}.${String(micros).padStart(6, '0')}`;
    }),
  time: (text) => (text.startsWith('12:00:00') ? '12:00:00.000001' : '12:00:00.000000'),
  date: (text) => text.slice(0, -2) + (text.endsWith('01') ? '02' : '01'),
  json: nearJson,
  bytes: (text) => text,
};

/** Where there was none. */
const SOME: Readonly<Record<Column['type'], string>> = {
  text: 'x',
  uuid: '00000000-0000-4000-8000-000000000000',
  integer: '1',
  identity: '1',
  real: '0.5',
  decimal: '0',
  boolean: '0',
  timestamp: '2025-01-01 00:00:00.000001',
  time: '12:00:00.000001',
  date: '2025-01-01',
  json: '{}',
  bytes: '',
};

/** Another value that the column takes, usually as near as can be, now and then NULL. */
export function otherText(declared: Column, text: string | null, source: Source): string | null {
  if (declared.oneOf) return declared.oneOf.find((each) => each !== text) ?? null;
  if (text === null) return SOME[declared.type];
  if (!declared.notNull && source.next() < 0.2) return null;
  return NEAR[declared.type](text, declared, source);
}

function nearText(text: string, declared: Column, source: Source): string {
  const kind = source.next();
  if (kind < 0.3 && fits(`${text} `, declared.max)) return `${text} `;
  const swapped = text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();
  if (kind < 0.6 && swapped !== text && fits(swapped, declared.max)) return swapped;
  return [...text].slice(0, -1).join('') + (text.endsWith('x') ? 'y' : 'x');
}

/** One name or value of the document changes. */
function nearJson(text: string, _declared: Column, source: Source): string {
  const tokens = [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null/g)];
  const token = tokens[Math.floor(source.next() * tokens.length)];
  if (token === undefined) return '{"x": 1}';
  const [word] = token;
  const before = text.slice(0, token.index);
  return before + nearToken(word) + text.slice(token.index + word.length);
}

function nearToken(word: string): string {
  if (word.startsWith('"')) return `${word.slice(0, -1)}!"`;
  if (word === 'true') return 'false';
  return /^-?\d/.test(word) && word !== '0' ? `${word}1` : '7';
}
