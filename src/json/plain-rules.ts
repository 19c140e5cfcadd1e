import type { RowLayout, Value } from '../schema/table.ts';
import type { JsonValue } from './value.ts';

/** Values that are stored as they are, as data: what else there may be for the same column, somebody must look at. */
export type PlainForm =
  /** Texts of so many characters. */
  | { readonly kind: 'text'; readonly least: number; readonly most: number }
  | { readonly kind: 'real' | 'integer'; readonly least: number; readonly most: number }
  /** Written as true and false, or as 1 and 0. */
  | { readonly kind: 'boolean'; readonly asNumber: boolean }
  /** Times in ISO 8601; those without an offset only where it is known, in seconds east of UTC. */
  | { readonly kind: 'timestamp'; readonly offset: number | undefined }
  /** `YYYY-MM-DD`. */
  | { readonly kind: 'date' }
  /** In lower case, with dashes. */
  | { readonly kind: 'uuid' };

/** In place of a column: `extra` keeps the member by rule. */
export const KEPT = -1;

/** What a member fills, and what is stored for its value; undefined where somebody must look at the value. */
export interface PlainSlot {
  /** The index of a column, or `KEPT`. */
  readonly place: number;
  readonly accept: (value: JsonValue) => Value | undefined;
  /** Values that it accepts as they are, where they can be told as data. */
  readonly form?: PlainForm | undefined;
  /** Some record has the member. */
  readonly note?: () => void;
}

/** Which records can be read without being parsed: objects whose members all fill columns with plain values. */
export interface PlainRules {
  readonly slots: ReadonlyMap<string, PlainSlot>;
  /** Of the rows that are filled. */
  readonly layout: RowLayout;
  /** Whether a row says all that its record needs. */
  readonly isEnough: (row: readonly Value[]) => boolean;
}

/** A member of a record by which others are read. */
export interface ExampleMember extends PlainSlot {
  readonly name: string;
  /** With its quotes. */
  readonly quoted: Uint8Array;
  /** All that the example has between the value before and this one. Most records have the very same bytes there. */
  readonly lead: Uint8Array;
  /** Line ends in the lead, and the index of the last of them. */
  readonly newlines: number;
  readonly lastNewline: number;
}
