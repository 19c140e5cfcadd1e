import type { MappingContext, SourceContext, SourceRecord } from '../datasets/dataset.ts';
import { namesBefore } from '../files/export-names.ts';
import { namesAt } from '../json/name-order.ts';
import type { Way } from '../json/pointer.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import type { Cells } from '../schema/cells.ts';
import { compilePlaceMembers, takesPosition } from './place-members.ts';
import type { DatasetPlan } from './plan.ts';
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
  /** The name of the record, in a map that nothing leads to by a path. */
  readonly mapKey: string | undefined;
  /** What the record is about, and the member that says it; `keptAs` is where the rest keeps it. */
  readonly apiKey?: { readonly hash: string; readonly member: string; readonly keptAs: string | undefined } | undefined;
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
    case 'map_key':
      return environment.mapKey;
    case 'api_key':
      return environment.apiKey?.hash;
    case 'document':
      return environment.document.get(source.way.join('\0'));
    case 'parent':
      return environment.parent?.get(source.column) as JsonValue | undefined;
    case 'file':
      return source.part === 'stem' ? stemOf(environment.source) : environment.source[source.part];
    case 'option':
      return environment.options[source.name];
  }
}

/** As it was before an export wrote it. */
function stemOf({ path, stem }: Pick<SourceContext, 'path' | 'stem'>): string {
  return stem.includes('%') ? (namesBefore([...path.split('/').slice(0, -1), stem]).at(-1) ?? stem) : stem;
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

/** Of a record, or only of its place where nobody parsed it. */
export type EnvironmentOf = (
  record: Pick<SourceRecord, 'place'> & Partial<SourceRecord>,
  source: SourceContext,
) => Environment;

/** What a record may take from its file and its place in it. */
export function compileEnvironments(
  plan: DatasetPlan,
  documentWays: readonly Way[],
  context: MappingContext,
): EnvironmentOf {
  const { positionOf } = compilePlaceMembers(plan);
  let last: Environment | undefined;
  const isPlaceless = !takesPlace(plan);
  const names = plan.records?.map(({ captures }) => captures) ?? [];
  const isPrepared = plan.functions?.prepare !== undefined;
  return ({ text, value = null, place, key }, source) => {
    if (last?.source !== source) {
      const found = plan.files.map((pattern) => pattern.match(source.path)).find((match) => match !== undefined);
      last = {
        captures: new Map(Object.entries(found ?? {})),
        position: 0,
        namesAt: undefined,
        source,
        options: optionsOf(plan, source, context),
        document: source.document ?? NO_VALUES,
        parent: undefined,
        mapKey: undefined,
      };
    }
    // Most records are read without being parsed, and each of a file has the same.
    if (isPlaceless && text === undefined) return last;
    const { captures = [], index = 0 } = place ?? {};
    const own = names.find(({ length }) => length === captures.length) ?? [];
    return {
      captures:
        own.length === 0
          ? last.captures
          : new Map([...last.captures, ...own.map((name, at): [string, string] => [name, captures[at] ?? ''])]),
      position: positionOf(value) ?? index,
      namesAt: isPrepared || text === undefined ? undefined : (pointer) => namesAt(text, pointer),
      source,
      options: last.options,
      // Of lines the document around a record is its line.
      document: source.container === 'lines' ? valuesAt(value, documentWays) : (source.document ?? NO_VALUES),
      parent: undefined,
      mapKey: key,
    };
  };
}

/** Whether rows take something from where their record lies in its file. */
export function takesPlace(plan: DatasetPlan): boolean {
  return takesPosition(plan) || plan.records?.some(({ captures }) => captures.length > 0) === true;
}

/** Parameters, and the option that is the short form of one. */
function optionsOf(
  { parameters }: DatasetPlan,
  { stem }: SourceContext,
  { source }: MappingContext,
): Environment['options'] {
  const options = parameters as Environment['options'];
  if (source === undefined || !Object.hasOwn(parameters, 'source')) return options;
  return { ...options, source: source === 'stem' ? stem : source };
}

const NO_VALUES: Environment['document'] = new Map();

function valuesAt(value: JsonValue, ways: readonly Way[]): Environment['document'] {
  if (ways.length === 0) return NO_VALUES;
  return new Map(
    ways.flatMap((way) => {
      const found = memberAt(value, way);
      return found === undefined ? [] : [[way.join('\0'), found]];
    }),
  );
}
