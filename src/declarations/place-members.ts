import { emptyObject, isJsonObject, type JsonValue } from '../json/value.ts';
import type { RecordPlan } from './plan.ts';

// What `export` writes into a record where a load could not find it out again: as members of the language.

/** The key of a row whose record is spelled otherwise than it was read, where the dataset has no `key`. */
export const KEY_MEMBER = '$record_key';
/** The place of a record that has another one in the file that is written. */
export const POSITION_MEMBER = '$position';

const RECORD_KEY = /^[0-9a-f]{64}$/;

/** Reads these members of a record, as far as its dataset has a use for them. */
export interface PlaceMembers {
  keyOf(record: JsonValue): string | undefined;
  positionOf(record: JsonValue): number | undefined;
  /** Whether a member tells the position of a record that has another place. */
  readonly tellsPosition: boolean;
  /** The record as it was before it was written. */
  without(record: JsonValue): JsonValue;
}

export function compilePlaceMembers(plan: RecordPlan): PlaceMembers {
  const tellsKey = plan.table.recordKey !== undefined && plan.rowKey === undefined && isFree(plan, KEY_MEMBER);
  const tellsPosition = takesPosition(plan) && isFree(plan, POSITION_MEMBER);
  const keyOf = tellsKey ? readKey : nothing;
  const positionOf = tellsPosition ? readPosition : nothing;
  const isTold = (record: JsonValue): boolean => keyOf(record) !== undefined || positionOf(record) !== undefined;
  return {
    keyOf,
    positionOf,
    tellsPosition,
    without(record) {
      if (!isTold(record) || !isJsonObject(record)) return record;
      const names = [
        ...(keyOf(record) === undefined ? [] : [KEY_MEMBER]),
        ...(positionOf(record) === undefined ? [] : [POSITION_MEMBER]),
      ];
      return withoutMembers(record, names);
    },
  };
}

function nothing(): undefined {
  return undefined;
}

/** Whether rows depend on the place of their record. */
export function takesPosition({ columns }: RecordPlan): boolean {
  return columns.some(
    ({ sources, declaration }) => declaration.plus !== undefined || sources.some(({ of }) => of === 'position'),
  );
}

/** Whether the member has no other meaning. */
function isFree({ columns }: RecordPlan, member: string): boolean {
  return columns.every(({ sources }) => sources.every((source) => source.of !== 'record' || source.way[0] !== member));
}

function readKey(record: JsonValue): string | undefined {
  const key = isJsonObject(record) ? record[KEY_MEMBER] : undefined;
  return typeof key === 'string' && RECORD_KEY.test(key) ? key : undefined;
}

function readPosition(record: JsonValue): number | undefined {
  const position = isJsonObject(record) ? record[POSITION_MEMBER] : undefined;
  return Number.isSafeInteger(position) && Number(position) >= 0 ? Number(position) : undefined;
}

function withoutMembers(record: { readonly [member: string]: JsonValue }, names: readonly string[]): JsonValue {
  return Object.assign(
    emptyObject(),
    Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name))),
  );
}
