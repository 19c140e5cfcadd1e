import type { JsonObject, JsonValue } from '../json/value.ts';

/** The members of an object, sorted into those that fill a column and the rest. NULL is the same as absent. */
export interface Picked {
  readonly known: Record<string, JsonValue | bigint | undefined>;
  extra: JsonObject | undefined;
  /** The pointer of the member that fills a column, as the source spells it. */
  readonly pointerOf: (column: string) => string;
}

// Objects that inherit from it are as good as objects without a prototype, which V8 keeps in slow hash tables.
const NOTHING: object = Object.freeze(Object.create(null));

/** An object that inherits no member: `__proto__` is one like any other. */
export function emptyObject(): JsonObject {
  return Object.create(NOTHING);
}
