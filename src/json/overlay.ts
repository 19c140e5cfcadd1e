import { isJsonObject, type JsonObject } from './value.ts';

/** Puts the members of the second object into the first; objects in both become one in the same way. */
export function overlay(object: JsonObject, other: JsonObject): JsonObject {
  for (const name of Object.keys(other)) {
    const [there, added] = [object[name], other[name] ?? null];
    object[name] = there !== undefined && isJsonObject(there) && isJsonObject(added) ? overlay(there, added) : added;
  }
  return object;
}
