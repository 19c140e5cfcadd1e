import type { Way } from '../json/pointer.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import type { Column, Table } from '../schema/table.ts';
import type { RecordAccount } from './account.ts';
import { compileColumnReader, identifier, type MakeReader } from './column-reader.ts';
import type { Members } from './read-value.ts';

/** Which member fills a column. The key of a `MemberSpecs` entry is the column, and always a spelling of the member. */
export interface MemberSpec {
  /** Other spellings, found in the wild. `timing/total` is the member `total` of the object `timing`. */
  readonly from?: readonly string[];
  /** The spelling of the reference layout, which `export` writes. Default: the column's name. */
  readonly as?: string;
  /** In place of the column's name and `from`: every way to the member from the record, the best first. */
  readonly ways?: readonly Way[];
  /** `extra` keeps a value that is stored otherwise under the name of the column, although there are `ways`. */
  readonly isByColumn?: boolean;
  /** A record without it is rejected. */
  readonly required?: true;
  /** Where the declaration of the column does not say enough. */
  readonly reader?: MakeReader;
  /** An id that some applications write as text and others as a number; which of the two the reference layout has. */
  readonly identifier?: 'text' | 'number';
  /** The reference layout writes 0 and 1 in place of false and true. */
  readonly asNumber?: true;
}

export type MemberSpecs = Readonly<Record<string, MemberSpec>>;

/** Answers nothing where it found what rejects the record. */
export type MemberReader = (object: JsonObject, pointer: string, account: RecordAccount) => Members | undefined;

/** Where the members of an object go, by pointer below `prefix`: `table.column`. */
export function destinations(table: Table, specs: MemberSpecs, prefix = ''): [string, string][] {
  return Object.entries(specs).flatMap(([name, spec]) =>
    spellings(name, spec).map((member): [string, string] => [`${prefix}/${member}`, `${table.name}.${name}`]),
  );
}

/** Every way to write the member of a column. */
export function spellings(name: string, spec: MemberSpec): readonly string[] {
  return [...new Set([name, ...(spec.as === undefined ? [] : [spec.as]), ...(spec.from ?? [])])];
}

/** Every way to the member of a column; those before another win over it, but for an object that it leads into. */
export function waysTo(
  name: string,
  spec: MemberSpec,
): readonly { readonly way: Way; readonly before: readonly Way[] }[] {
  if (spec.ways) {
    const wins = (other: Way, way: Way): boolean => !other.every((name, depth) => name === way[depth]);
    return spec.ways.map((way, rank, all) => ({ way, before: all.slice(0, rank).filter((other) => wins(other, way)) }));
  }
  const own = [[name]];
  return spellings(name, spec).map((member) => ({ way: member.split('/'), before: member === name ? [] : own }));
}

/** How the values of the column are read. */
export function readerOf(spec: MemberSpec): MakeReader {
  return spec.reader ?? (spec.identifier === undefined ? compileColumnReader : identifier);
}

/** Sources write it either as a number or as something else. */
export function isTwoFaced(spec: MemberSpec, declared: Column): boolean {
  return declared.type === 'boolean' || spec.identifier !== undefined;
}

/** The source writes a two-faced value in another form than the reference layout; `extra` keeps that form. */
export function hasOtherFace(spec: MemberSpec, value: JsonValue): boolean {
  const isNumber = typeof value !== 'string' && typeof value !== 'boolean';
  const wantsNumber = spec.identifier === undefined ? spec.asNumber === true : spec.identifier === 'number';
  // Text that is no number is text in every layout.
  return isNumber !== wantsNumber && (typeof value !== 'string' || /^(?:0|-?[1-9]\d*)$/.test(value));
}
