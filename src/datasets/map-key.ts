import type { Members } from './members.ts';

/** The member of `extra` that keeps the name of a record in a map, where the record does not say it itself. */
export const MAP_KEY = 'map_key';

/** The members of a record with its name in a map, unless one of the columns holds it. */
export function withMapKey(members: Members, key: string | undefined, columns: readonly string[]): Members {
  const isKnown = key === undefined || columns.some((name) => members.values[name] === key);
  if (isKnown || members.extra?.[MAP_KEY] !== undefined) return members;
  return { values: members.values, extra: { __proto__: null, ...members.extra, [MAP_KEY]: key } };
}
