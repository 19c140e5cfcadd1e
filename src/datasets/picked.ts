import type { JsonObject, JsonValue } from '../json/value.ts';

/** The members of an object, sorted into those that fill a column and the rest. NULL is the same as absent. */
export interface Picked {
  readonly known: Record<string, JsonValue | bigint | undefined>;
  extra: JsonObject | undefined;
  /** The pointer of the member that fills a column, as the source spells it. */
  readonly pointerOf: (column: string) => string;
}

/** An object without a prototype, in which `__proto__` is a member like any other. */
export function emptyObject(): JsonObject {
  return Object.create(null);
}
