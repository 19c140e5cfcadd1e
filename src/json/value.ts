/**
 * A parsed JSON value in which nothing was rounded: a number is a JS number only where its decimal digits survive
 * the trip through a double, otherwise an `ExactNumber`; Python's bare `NaN` and `Infinity` are `NonFinite`.
 */
export type JsonValue = null | boolean | number | string | ExactNumber | NonFinite | JsonValue[] | JsonObject;

export interface JsonObject {
  [member: string]: JsonValue;
}

/** A number whose source digits a double cannot hold, for example 12345678901234567890 or 1e400. */
export class ExactNumber {
  /** The number as the source spells it. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A bare `NaN`, `Infinity` or `-Infinity`, which Python's json module writes by default and JSON does not have. */
export class NonFinite {
  readonly text: 'NaN' | 'Infinity' | '-Infinity';

  constructor(text: 'NaN' | 'Infinity' | '-Infinity') {
    this.text = text;
  }
}

// Objects that inherit from it are as good as objects without a prototype, which V8 keeps in slow hash tables.
const NOTHING: object = Object.freeze(Object.create(null));

/** An object that inherits no member: `__proto__` is one like any other. */
export function emptyObject(): JsonObject {
  return Object.create(NOTHING);
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof ExactNumber) &&
    !(value instanceof NonFinite)
  );
}

/** Whether every number in it, at any depth, is a JS number. */
export function isOfDoubles(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (value instanceof ExactNumber || value instanceof NonFinite) return false;
  const parts = Array.isArray(value) ? value : Object.values(value);
  return parts.every(isOfDoubles);
}
