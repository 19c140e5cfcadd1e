import type { PlainForm } from '../json/plain-rules.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import type { RejectCode } from '../reject.ts';
import type { Cells } from '../schema/cells.ts';
import type { Value } from '../schema/table.ts';
import type { REPAIRS } from './repairs.ts';

export type RepairName = keyof typeof REPAIRS;

/** What a column stores for the value of a member, how that was repaired, or why it stores nothing. */
export type ReadValue = Value | Repaired | Refused;

export interface ColumnReader {
  /** Never called with NULL, which is the same as absent. */
  (value: JsonValue): ReadValue;
  /** The values that are stored as they are, where they can be told as data. */
  readonly form?: PlainForm | undefined;
}

/** The reader itself, which now says what it stores as it is. */
export function withForm(read: ColumnReader, form: PlainForm | undefined): ColumnReader {
  return Object.assign(read, { form });
}

/** A value that is stored after named changes. */
export class Repaired {
  readonly value: Value;
  readonly repairs: readonly RepairName[];
  /** What `extra` keeps, under the name of the column, which no member without a column can have: `export` writes it. */
  readonly source: JsonValue | undefined;
  readonly warning: 'plain-key-stored' | undefined;

  constructor(value: Value, repairs: readonly RepairName[], source?: JsonValue, warning?: 'plain-key-stored') {
    this.value = value;
    this.repairs = repairs;
    this.source = source;
    this.warning = warning;
  }
}

/** NULL in place of a text that says nothing. */
export function asNull(source: JsonValue): Repaired {
  return new Repaired(null, ['empty-as-null'], source);
}

/** Whether a spelling that was kept is one of what the column holds: the application may have changed that. */
export function isSpellingOf(stored: Value, kept: JsonValue, read: ColumnReader): boolean {
  // In a column that must be unique an empty text is NULL.
  if (kept === '' && stored === null) return true;
  const found = kept === null ? null : read(kept);
  return !(found instanceof Refused) && (found instanceof Repaired ? found.value : found) === stored;
}

/** A value that no rule of the column takes. */
export class Refused {
  readonly code: RejectCode;
  /** The finding in words, given the member as the source spells it. It never quotes the value. */
  readonly say: (member: string) => string;
  /** Where in the value, by pointer. */
  readonly places: readonly string[];

  constructor(code: RejectCode, say: (member: string) => string, places: readonly string[] = ['']) {
    this.code = code;
    this.say = say;
    this.places = places;
  }
}

/** The members of one object after validation: column values, and what no column holds. */
export interface Members {
  readonly values: Cells;
  readonly extra: JsonObject | undefined;
}
