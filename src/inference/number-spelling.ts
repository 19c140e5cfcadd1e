import { ExactNumber, isOfDoubles, type JsonValue } from '../json/value.ts';

/** Whole numbers with a point. */
const POINTED = /\d\.0+(?![\d.])/;
const IS_POINTED = /^-?\d+\.0+$/;

/** The record, in which whole numbers that are written with a point keep how they are written: they are no integers. */
export function withPoints({ value, text }: { readonly value: JsonValue; readonly text: string }): JsonValue {
  if (!POINTED.test(text) || !isOfDoubles(value)) return value;
  const keep = (_name: string, each: unknown, { source }: { readonly source?: string }): unknown =>
    source !== undefined && typeof each === 'number' && IS_POINTED.test(source) ? new ExactNumber(source) : each;
  try {
    return JSON.parse(text, keep as (name: string, each: unknown) => unknown);
  } catch {
    // JSON as Python writes it.
    return value;
  }
}
