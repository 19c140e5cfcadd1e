import { canonicalJson } from '../json/canonical.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import { type Environment, sourceValue } from './environment.ts';
import type { Condition } from './language.ts';
import { Misspelt, readSource, type Source } from './source.ts';

/** Whether a record is one that a condition speaks of. */
export type Predicate = (record: JsonValue, environment: Environment) => boolean;

/** What a condition asks beside values of sources. */
const WORDS = ['has', 'any', 'lacks', 'hint'] as const;

export function conditionProblems(condition: Condition): readonly string[] {
  return sourcesOf(condition).flatMap((source) => {
    const read = readSource(source);
    return read instanceof Misspelt ? [read.problem] : [];
  });
}

/** What a condition looks at. */
export function sourcesOf(condition: Condition): readonly string[] {
  return Object.entries(condition).flatMap(([name, value]) => {
    if (name === 'hint') return [];
    return WORDS.includes(name as 'has') ? listOf(value).map(String) : [name];
  });
}

export function compileCondition(condition: Condition): Predicate {
  const tests = Object.entries(condition).flatMap(([name, value]): Predicate[] => {
    if (name === 'hint') return [];
    const sources = WORDS.includes(name as 'has')
      ? listOf(value).map((each) => sourceOf(String(each)))
      : [sourceOf(name)];
    const isThere = (source: Source, record: JsonValue, environment: Environment): boolean =>
      (sourceValue(source, record, environment) ?? null) !== null;
    if (name === 'has')
      return [(record, environment) => sources.every((source) => isThere(source, record, environment))];
    if (name === 'any')
      return [(record, environment) => sources.some((source) => isThere(source, record, environment))];
    if (name === 'lacks')
      return [(record, environment) => !sources.some((source) => isThere(source, record, environment))];
    const wanted = new Set(listOf(value).map((each) => textOf(each as JsonValue)));
    return [
      (record, environment) =>
        sources.every((source) => wanted.has(textOf(sourceValue(source, record, environment) ?? null))),
    ];
  });
  return (record, environment) => tests.every((test) => test(record, environment));
}

/** Whether records with these members may be those of a condition: what the beginning of a file can tell. */
export function fitsMembers(condition: Condition, members: { has(name: string): boolean }): boolean {
  return misfitOf(condition, members) === undefined;
}

/** What a condition asks for that records with these members cannot have: the first source, or several of which one would do. */
export function misfitOf(condition: Condition, members: { has(name: string): boolean }): string | undefined {
  const isThere = (text: unknown): boolean => {
    const source = sourceOf(String(text));
    return source.of !== 'record' || source.way[0] === undefined || members.has(source.way[0]);
  };
  for (const [name, value] of Object.entries(condition)) {
    if (name === 'hint' || name === 'lacks') continue;
    const sources = (WORDS.includes(name as 'has') ? listOf(value) : [name]).map(String);
    const lacking = sources.filter((source) => !isThere(source));
    if (name === 'any' && lacking.length === sources.length) return sources.join(' or ');
    if (name !== 'any' && lacking.length > 0) return lacking[0];
  }
  return undefined;
}

function listOf(value: Condition[string]): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function sourceOf(text: string): Source {
  const source = readSource(text);
  if (source instanceof Misspelt) throw new TypeError(source.problem);
  return source;
}

/** Numbers and true by their JSON text, so that 1 and 1.0 are one; a text is told from them. */
function textOf(value: JsonValue): string {
  return Array.isArray(value) || isJsonObject(value) ? '' : canonicalJson(value);
}
