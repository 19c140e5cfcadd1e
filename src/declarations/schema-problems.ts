import type { z } from 'zod';
import { similarName } from '../system/similar-name.ts';
import { PARTS } from './language.ts';
import type { Problem } from './problem.ts';
import { allowedAt, keysAt } from './schema-words.ts';
import { whatThereIs } from './unknown-name.ts';

type Way = Problem['at'];
type Issue = z.core.$ZodIssue;

/** What the schema refuses, in plain words: what was found, what is allowed, and what was meant. Values are not told. */
export function schemaProblems(schema: z.core.$ZodType, given: unknown, issues: readonly Issue[]): readonly Problem[] {
  return [...issues.flatMap((issue) => problemsOf(schema, given, [], issue)), ...hiddenNames(given, [])];
}

/** The schema passes over what every object of JavaScript has. */
function hiddenNames(given: unknown, at: Way): readonly Problem[] {
  if (typeof given !== 'object' || given === null) return [];
  return Object.entries(given).flatMap(([name, value]) => {
    const here = [...at, name];
    if (name === '__proto__') return [{ at: here, message: 'nothing can have this name: choose another' }];
    return hiddenNames(value, here);
  });
}

function problemsOf(schema: z.core.$ZodType, given: unknown, above: Way, issue: Issue): readonly Problem[] {
  const at = [...above, ...issue.path.map((name) => (typeof name === 'symbol' ? String(name) : name))];
  const found = valueAt(given, at);
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, at, keysAt(schema, at));
  if (issue.code === 'invalid_union') {
    // Of the forms that may stand here the one is meant that is of the same kind.
    const meant = issue.errors.find((errors) => errors.length > 0 && !errors.some((each) => isOtherKind(each)));
    if (meant !== undefined) return meant.flatMap((inner) => problemsOf(schema, given, at, inner));
  }
  if (issue.code === 'too_small') return [{ at, message: 'this is empty: write something, or leave the key out' }];
  const allowed = allowedAt(schema, at);
  if (found === undefined) return [{ at, message: `${String(at.at(-1))} is missing: write ${allowed}` }];
  const meant = typeof found === 'string' ? similarName(found, wordsOf(issue)) : undefined;
  const question = meant === undefined ? '' : `; did you mean ${meant}?`;
  return [{ at, message: `${kindOf(found)} stands here: write ${allowed}${question}` }];
}

function isOtherKind({ code, path }: Issue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value' || code === 'invalid_union');
}

/** The words that may stand in a place, among other forms. */
function wordsOf(issue: Issue): readonly string[] {
  if (issue.code === 'invalid_union') return issue.errors.flat().flatMap(wordsOf);
  return issue.code === 'invalid_value' ? issue.values.map(String) : [];
}

/** So many unknown keys in one place are most likely one mistake: of indentation. */
const MANY = 3;

function unknownKeys(keys: readonly string[], at: Way, known: readonly string[]): readonly Problem[] {
  const strange = keys.filter((key) => meantBy(key, known) === undefined && partWith(key) === undefined);
  const [first, ...others] = strange;
  const isOne = first !== undefined && strange.length >= MANY && known.includes('columns');
  const told = isOne ? keys.filter((key) => !strange.includes(key)) : keys;
  const single = told.map((key) => ({ at: [...at, key], message: unknownKey(key, known) }));
  if (!isOne) return single;
  const message = `there is no ${first} here, nor ${others.length} more keys below it; are they columns? Indent them below \`columns:\``;
  return [{ at: [...at, first], message }, ...single];
}

/** The part of the language that has the key, in words. */
function partWith(key: string): string | undefined {
  return Object.entries(PARTS).find(([, part]) => key in part.shape)?.[0];
}

function meantBy(key: string, known: readonly string[]): string | undefined {
  return similarName(snakeCase(key), known);
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = meantBy(key, known);
  if (meant !== undefined) return `there is no ${key} here; did you mean ${meant}?`;
  const part = partWith(key);
  const where = part === undefined ? '' : `, it belongs to ${part}`;
  return `there is no ${key} here${where}${whatThereIs(key, known)}`;
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replaceAll('-', '_');
}

function valueAt(given: unknown, at: Way): unknown {
  return at.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined,
    given,
  );
}

/** What was found, without its value. */
function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return value === '' ? 'an empty text' : 'a text';
  return typeof value === 'number' || typeof value === 'bigint' ? 'a number' : `a ${typeof value}`;
}

/** The declarations without what has a problem, so that the rest can be looked at. */
export function withoutProblems(given: unknown, problems: readonly Problem[]): unknown {
  const wrong = new Set(problems.map(({ at }) => JSON.stringify(at.map(String))));
  const copy = (value: unknown, at: readonly string[]): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).flatMap(([name, inner]) => {
      const here = [...at, name];
      return wrong.has(JSON.stringify(here)) ? [] : [[name, copy(inner, here)] as const];
    });
    return Array.isArray(value) ? kept.map(([, inner]) => inner) : Object.fromEntries(kept);
  };
  return copy(given, []);
}

/** Whether a problem is likely to follow from one of the others: it speaks of the same thing, or of what that is a part of. */
export function nearOf(problems: readonly Problem[], at: Way): boolean {
  const isWithin = (inner: Way, outer: Way): boolean =>
    outer.every((name, depth) => String(inner[depth]) === String(name));
  return problems.some(({ at: other }) => {
    if (other.length === 0) return false;
    return isWithin(at, other) || (other.length <= at.length + 1 && isWithin(other, at));
  });
}
