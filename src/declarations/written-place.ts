import type { Way } from '../json/pointer.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import type { ColumnPlan } from './plan.ts';
import { Misspelt, readSource } from './source.ts';

/** Where `export` writes a column that says so: there, unless the rest has a member that would be read as the column, too. */
export function compileWrittenPlace({ declaration, sources }: ColumnPlan): (rest: JsonObject | undefined) => Way {
  const ways = sources.flatMap((source) => (source.of === 'record' ? [source.way] : []));
  const [first = []] = ways;
  const to = declaration.to === undefined ? undefined : readSource(declaration.to);
  if (to === undefined || to instanceof Misspelt || to.of !== 'record') return () => first;
  return (rest) => (rest !== undefined && ways.slice(1).some((way) => isTaken(rest, way)) ? first : to.way);
}

/** Something of the record is there. An object without members must stay one. */
function isTaken(rest: JsonObject, [outer = '', ...inner]: Way): boolean {
  const there: JsonValue | undefined = rest[outer];
  if (there === undefined || inner.length === 0 || !isJsonObject(there)) return there !== undefined;
  return Object.keys(there).length === 0 || isTaken(there, inner);
}
