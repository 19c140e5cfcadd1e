import type { JsonValue } from '../json/value.ts';

// The text of a message is a text, or a list of texts and of objects with a text: links, images, words in bold. Two columns have
// it: what a person reads, and the pieces as they are.

/** What a person reads of it. */
export function text(value: JsonValue): JsonValue {
  if (!Array.isArray(value)) return typeof value === 'string' ? value : null;
  return value.map(textOf).join('');
}

export function textBack(value: JsonValue): JsonValue {
  return value;
}

/** A text that is one piece has no parts. */
export function parts(value: JsonValue): JsonValue {
  return typeof value === 'string' ? null : value;
}

export function partsBack(value: JsonValue): JsonValue {
  return value;
}

function textOf(part: JsonValue): string {
  if (typeof part === 'string') return part;
  const isPart = typeof part === 'object' && part !== null && 'text' in part;
  return isPart && typeof part.text === 'string' ? part.text : '';
}
