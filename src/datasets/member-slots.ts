import { KEPT, type PlainSlot } from '../json/plain-reader.ts';
import type { JsonValue } from '../json/value.ts';
import { column, isUniqueText, type RowLayout, rowLayout, type Table } from '../schema/table.ts';
import type { MappingContext } from './dataset.ts';
import { hasOtherFace, isTwoFaced, type MemberSpec, type MemberSpecs, readerOf, spellings } from './member-specs.ts';
import { asNull, type ColumnReader } from './read-value.ts';

/** What one spelling of a member fills. */
export interface Slot {
  readonly column: string;
  /** The index of the column in a row. */
  readonly place: number;
  /** The spelling is the column's own name, which wins over the others. */
  readonly isOwn: boolean;
  readonly read: ColumnReader;
  /** Set where the value may have two faces. */
  readonly twoFaced: MemberSpec | undefined;
}

export type Slots = ReadonlyMap<string, Slot>;

/** `timing/total` is the member `total` of the object `timing`, which is opened. */
export function compileSlots(
  table: Table,
  specs: MemberSpecs,
  context: MappingContext,
): { readonly slots: Slots; readonly opened: ReadonlyMap<string, Slots> } {
  const slots = new Map<string, Slot>();
  const opened = new Map<string, Map<string, Slot>>();
  for (const [name, spec] of Object.entries(specs)) {
    const declared = column(table, name);
    const place = placeOf(rowLayout(table), name);
    const readAny = readerOf(spec)(declared, context);
    const read = isUniqueText(table, name) ? emptyAsNull(readAny) : readAny;
    const twoFaced = isTwoFaced(spec, declared) ? spec : undefined;
    for (const member of spellings(name, spec)) {
      const slot = { column: name, place, isOwn: member === name, read, twoFaced };
      const [outer = member, inner] = member.split('/');
      if (inner === undefined) slots.set(member, slot);
      else opened.set(outer, (opened.get(outer) ?? new Map()).set(inner, slot));
    }
  }
  return { slots, opened };
}

/** Of texts that must be unique only one could be empty. */
function emptyAsNull(read: ColumnReader): ColumnReader {
  return (value) => (value === '' ? asNull(value) : read(value));
}

/** What members fill when a record is read from its bytes: values that are stored as they are, and say all by that. */
export function plainSlots(
  table: Table,
  specs: MemberSpecs,
  kept: readonly string[],
  context: MappingContext,
): ReadonlyMap<string, PlainSlot> {
  const plain = new Map<string, PlainSlot>(kept.map((member) => [member, { place: KEPT, accept: asItIs }]));
  for (const [member, { place, read, twoFaced }] of compileSlots(table, specs, context).slots)
    plain.set(member, { place, accept: plainly(read, twoFaced) });
  return plain;
}

function asItIs(value: JsonValue): ReturnType<PlainSlot['accept']> {
  // That a member is null is counted.
  return typeof value === 'object' ? undefined : value;
}

function plainly(read: ColumnReader, twoFaced: MemberSpec | undefined): PlainSlot['accept'] {
  const accept = (value: JsonValue): ReturnType<PlainSlot['accept']> => {
    const result = read(value);
    return typeof result === 'object' ? undefined : result;
  };
  return twoFaced === undefined ? accept : (value) => (hasOtherFace(twoFaced, value) ? undefined : accept(value));
}

function placeOf(layout: RowLayout, name: string): number {
  const place = layout.places.get(name);
  if (place === undefined) throw new TypeError(`no load binds the column ${name}`);
  return place;
}
