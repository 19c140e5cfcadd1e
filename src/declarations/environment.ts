import type { SourceContext } from '../datasets/dataset.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import type { Cells } from '../schema/cells.ts';
import type { Source } from './source.ts';

/** What a record may take its values from beside its own members. */
export interface Environment {
  readonly captures: ReadonlyMap<string, string>;
  /** Its place in its list or map, from 0. */
  readonly position: number;
  readonly source: SourceContext;
  readonly options: Readonly<Record<string, JsonValue>>;
  /** Values of the document around the record, by pointer. */
  readonly document: ReadonlyMap<string, JsonValue>;
  /** The row of the parent, in a child. */
  readonly parent: Cells | undefined;
}

/** The value of a source; undefined where there is none. */
export function sourceValue(source: Source, record: JsonValue, environment: Environment): JsonValue | undefined {
  switch (source.of) {
    case 'record':
      return memberAt(record, source.way);
    case 'value':
      return record;
    case 'capture':
      return environment.captures.get(source.name);
    case 'position':
      return environment.position;
    case 'document':
      return environment.document.get(source.way.join('\0'));
    case 'parent':
      return environment.parent?.get(source.column) as JsonValue | undefined;
    case 'file':
      return environment.source[source.part];
    case 'option':
      return environment.options[source.name];
  }
}

export function memberAt(record: JsonValue, way: readonly string[]): JsonValue | undefined {
  let found: JsonValue | undefined = record;
  for (const name of way) {
    if (Array.isArray(found)) found = found[Number(name)];
    else if (isJsonObject(found) && Object.hasOwn(found, name)) found = found[name];
    else return undefined;
  }
  return found;
}
