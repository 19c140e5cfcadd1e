import { ANY_CONTEXT } from '../datasets/any-context.ts';
import { isSpellingOf } from '../datasets/read-value.ts';
import { ExactNumber, isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import { columnReader } from './column-reader.ts';
import { withoutMember } from './finds.ts';
import type { RecordPlan } from './plan.ts';
import { compileStandsIn } from './stand-in.ts';
import type { Written } from './write-children.ts';

/** What the rest of a row keeps, without the spellings of values that the column no longer holds: the application has changed them. */
export function compileLiveRest(plan: RecordPlan): (rest: JsonObject, written: Written) => JsonObject {
  const isByColumn = plan.rest.to === 'column' && plan.rest.isByColumn;
  const { naturalKey, primaryKey } = plan.table;
  const checks = plan.columns.flatMap((column) => {
    const [first] = column.sources;
    // The id of the source is kept beside a key that was made of it.
    if (naturalKey.includes(column.name) || primaryKey.includes(column.name)) return [];
    if (first?.of !== 'record' || column.made || column.named || column.declaration.kind !== undefined) return [];
    if (column.declaration.secret !== undefined) return [];
    return [
      {
        name: column.name,
        way: isByColumn ? [column.name] : first.way,
        read: columnReader(column)(column.column, ANY_CONTEXT),
        standsIn: compileStandsIn(column),
      },
    ];
  });
  return (rest, written) => {
    let live = rest;
    for (const { name, way, read, standsIn } of checks) {
      const kept = valueAt(live, way);
      if (kept === undefined) continue;
      const stored = written.row[name] ?? null;
      // What says nothing, such as an empty text, stays as long as the column has what it got in its place.
      const saysNothing = isSpellingOf(null, kept, read) && standsIn(stored, written, rest);
      if (!saysNothing && !isSpellingOf(stored, kept, read)) live = withoutMember(live, way);
    }
    return live;
  };
}

/** A single value: what objects and lists hold was taken in parts. */
function valueAt(object: JsonObject, way: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = object;
  for (const name of way) value = value !== undefined && isJsonObject(value) ? value[name] : undefined;
  const isSingle = typeof value !== 'object' || value === null || value instanceof ExactNumber;
  return isSingle ? value : undefined;
}
