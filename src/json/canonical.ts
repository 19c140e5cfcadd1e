import { normaliseDecimal } from './decimal.ts';
import { readFaithfully } from './parse.ts';
import { ExactNumber, type JsonObject, type JsonValue, NonFinite } from './value.ts';

export { jsonbHolds, normaliseDecimal } from './decimal.ts';

type Spelling = (digits: string) => string;
type Order = (object: JsonObject) => readonly string[];

const SHORT_TEXT = 64;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes control characters
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

/**
 * The one text of a value: members sorted by UTF-16 code units, no white space, numbers as `normaliseDecimal` spells
 * them, `NonFinite` as the strings "NaN", "Infinity" and "-Infinity". Valid JSON; no number loses a digit.
 */
export function canonicalJson(value: JsonValue): string {
  return written(value, normaliseDecimal, sortedNames);
}

/** The same, but for numbers of many digits, which keep their spelling, and for objects that are written in an order of their own. */
export function spelledJson(value: JsonValue): string {
  return written(value, (text) => text, ownOrder);
}

const orders = new WeakMap<JsonObject, readonly string[]>();

/** `spelledJson` writes these members of the object first, in this order. */
export function writeInOrder(object: JsonObject, names: readonly string[]): void {
  orders.set(object, names);
}

function ownOrder(object: JsonObject): readonly string[] {
  const first = orders.get(object);
  return first === undefined ? sortedNames(object) : [...new Set([...first, ...sortedNames(object)])];
}

function sortedNames(object: JsonObject): readonly string[] {
  return sorted(Object.keys(object));
}

function written(value: JsonValue, spell: Spelling, namesOf: Order): string {
  switch (typeof value) {
    case 'string':
      return quoteText(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : `"${value}"`;
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      break;
  }
  if (value === null) return 'null';
  if (Array.isArray(value)) return writtenArray(value, spell, namesOf);
  if (value instanceof ExactNumber) return spell(value.text);
  if (value instanceof NonFinite) return `"${value.text}"`;
  return writtenObject(value, spell, namesOf);
}

/** `canonicalJson` of a text that a database holds. What is not JSON comes back as it is. */
export function canonicalise(text: string): string {
  const value = readFaithfully(text);
  return value === undefined ? text : canonicalJson(value);
}

// Most names and texts are short and need no escape; a test is then faster than JSON.stringify.
function quoteText(text: string): string {
  return text.length < SHORT_TEXT && !NEEDS_ESCAPE.test(text) ? `"${text}"` : JSON.stringify(text);
}

function writtenArray(values: readonly JsonValue[], spell: Spelling, namesOf: Order): string {
  let text = '[';
  for (let i = 0; i < values.length; i++) {
    if (i > 0) text += ',';
    text += written(values[i] as JsonValue, spell, namesOf);
  }
  return `${text}]`;
}

// Comparing neighbours costs a fraction of a call of sort, and names are often in order.
function sorted(names: string[]): string[] {
  for (let i = 1; i < names.length; i++) if ((names[i - 1] as string) > (names[i] as string)) return names.sort();
  return names;
}

function writtenObject(object: JsonObject, spell: Spelling, namesOf: Order): string {
  let text = '{';
  for (const name of namesOf(object)) {
    if (text.length > 1) text += ',';
    text += `${quoteText(name)}:${written(object[name] as JsonValue, spell, namesOf)}`;
  }
  return `${text}}`;
}
