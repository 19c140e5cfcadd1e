import { isJsonObject, type JsonValue } from './value.ts';

/** The names of members from a value to another inside of it; the indexes where a list is opened. */
export type Way = readonly string[];

/** Appends one token to an RFC 6901 pointer. */
export function joinPointer(base: string, token: string | number): string {
  return typeof token === 'number'
    ? `${base}/${token}`
    : `${base}/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The unescaped tokens of a pointer; undefined when it is no pointer. */
export function pointerTokens(pointer: string): string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value at the pointer; undefined when there is none. Only own members are found. */
export function resolvePointer(value: JsonValue, pointer: string): JsonValue | undefined {
  let found: JsonValue | undefined = value;
  for (const token of pointerTokens(pointer) ?? [undefined]) {
    if (token === undefined) return undefined;
    found = childOf(found, token);
    if (found === undefined) return undefined;
  }
  return found;
}

function childOf(value: JsonValue, token: string): JsonValue | undefined {
  if (Array.isArray(value)) return isArrayIndex(token) ? value[Number(token)] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, token) ? value[token] : undefined;
}

export function isArrayIndex(token: string): boolean {
  return /^(?:0|[1-9]\d{0,15})$/.test(token);
}
