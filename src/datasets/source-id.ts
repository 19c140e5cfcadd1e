import { ExactNumber, emptyObject, type JsonObject, type JsonValue } from '../json/value.ts';
import type { Members } from './members.ts';

/** The member of `extra` that keeps the name of a record in a map, where the record does not say it itself. */
export const MAP_KEY = 'map_key';

/** The members of a record with its name in a map, unless one of the columns or its own id holds it. */
export function withMapKey(members: Members, key: string | undefined, columns: readonly string[]): Members {
  if (key === undefined) return members;
  const extra = members.extra ?? emptyObject();
  const isKnown = key === ownIdOf(extra) || columns.some((name) => members.values.get(name) === key);
  if (isKnown || extra[MAP_KEY] !== undefined) return members;
  return { values: members.values, extra: Object.assign(emptyObject(), extra, { [MAP_KEY]: key }) };
}

/** The id of a row in a table without a natural key: its own one in the old table, else its name in a map. */
export function sourceIdOf(extra: JsonObject): string | undefined {
  const name = extra[MAP_KEY];
  return ownIdOf(extra) ?? (typeof name === 'string' ? name : undefined);
}

function ownIdOf({ id }: JsonObject): string | undefined {
  return idText(id);
}

/** An id as text, whether a file writes it as text or as a number. */
export function idText(id: JsonValue | undefined): string | undefined {
  if (id instanceof ExactNumber) return id.text;
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
}
