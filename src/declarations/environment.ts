import type { SourceContext } from '../datasets/dataset.ts';
import { namesBefore } from '../files/export-names.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import type { Cells } from '../schema/cells.ts';
import type { Source } from './source.ts';

/** What a record may take its values from beside its own members. */
export interface Environment {
  readonly captures: ReadonlyMap<string, string>;
  /** Its place in its list or map, from 0. */
  readonly position: number;
  /** The names of an object in the record, by its pointer, as the source has them in order. Undefined where nobody knows it. */
  readonly namesAt: ((pointer: string) => readonly string[]) | undefined;
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
      return source.part === 'stem' ? stemOf(environment.source) : environment.source.path;
    case 'option':
      return environment.options[source.name];
  }
}

/** As it was before an export wrote it. */
function stemOf({ path, stem }: Pick<SourceContext, 'path' | 'stem'>): string {
  return stem.includes('%') ? (namesBefore([...path.split('/').slice(0, -1), stem]).at(-1) ?? stem) : stem;
}

function memberAt(record: JsonValue, way: readonly string[]): JsonValue | undefined {
  let found: JsonValue | undefined = record;
  for (const name of way) {
    if (Array.isArray(found)) found = found[Number(name)];
    else if (isJsonObject(found) && Object.hasOwn(found, name)) found = found[name];
    else return undefined;
  }
  return found;
}
