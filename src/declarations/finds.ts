import type { RecordAccount } from '../datasets/account.ts';
import type { MappingContext } from '../datasets/dataset.ts';
import { kindOf } from '../datasets/misfits.ts';
import { idText } from '../datasets/source-id.ts';
import { isoTime } from '../datasets/write-members.ts';
import { joinPointer, type Way } from '../json/pointer.ts';
import { emptyObject, isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import { type Reference, type RowLookup, SOURCE_ID } from '../schema/row-group.ts';
import { type Environment, memberAt, sourceValue } from './environment.ts';
import type { FindPart, FindPlan, FindsPlan, RecordPlan } from './plan.ts';

/** Finds the rows that a record names by members of the rest, which keep times in UTC from then on. */
type Finds = (
  extra: JsonObject | undefined,
  environment: Environment,
  account: RecordAccount,
) => { readonly references: readonly Reference[]; readonly extra: JsonObject | undefined };

/** Undefined where the record names no row in such a way. */
type Find = (
  rest: Rest,
  environment: Environment,
  account: RecordAccount,
) => { readonly lookup: RowLookup; readonly pointer: string } | undefined;

/** The rest of a record, which is copied before it changes. */
interface Rest {
  extra: JsonObject;
}

/** The row that the old database numbered so. */
export const OLD_ID = '$id';

export function compileFinds({ finds = [] }: RecordPlan, context: MappingContext): Finds | undefined {
  if (finds.length === 0) return undefined;
  const all = finds.map((plan) => compileColumn(plan, context));
  return (extra, environment, account) => {
    const rest: Rest = { extra: extra ?? emptyObject() };
    const references = all.flatMap((find) => find(rest, environment, account) ?? []);
    return { references, extra: extra === undefined && Object.keys(rest.extra).length === 0 ? undefined : rest.extra };
  };
}

function compileColumn(
  { column: name, isRequired, groups }: FindsPlan,
  context: MappingContext,
): (rest: Rest, environment: Environment, account: RecordAccount) => Reference | undefined {
  const ways = groups.map((group) => group.map((find) => compileFind(find, context)));
  const told = groups.flat().flatMap(({ parts }) => parts.flatMap(({ ways: all }) => all.map(pointerTo)));
  const checked = groups.flat().filter(({ parts }) => parts.every(({ isTime }) => !isTime));
  const ids = checked.flatMap(({ parts }) => parts.flatMap(({ ways: all }) => all));
  return (rest, environment, account) => {
    for (const way of ids) checkId(rest.extra, way, account);
    if (account.rejected) return undefined;
    const found = ways.flatMap((group) => firstOf(group, rest, environment, account) ?? []);
    const [first] = found;
    if (first) return { column: name, pointer: first.pointer, lookups: found.map(({ lookup }) => lookup) };
    if (isRequired && !account.rejected)
      account.reject('missing-member', '', `none of ${told.join(', ')} says what ${name} refers to`);
    return undefined;
  };
}

function firstOf(
  group: readonly Find[],
  rest: Rest,
  environment: Environment,
  account: RecordAccount,
): ReturnType<Find> {
  for (const find of group) {
    const found = find(rest, environment, account);
    if (found !== undefined || account.rejected) return found;
  }
  return undefined;
}

function checkId(extra: JsonObject, way: Way, account: RecordAccount): void {
  const value = memberAt(extra, way) ?? null;
  if (value !== null && idText(value) === undefined)
    account.reject('wrong-type', pointerTo(way), `${way.at(-1)} must be text or a number, not ${kindOf(value)}`);
}

function compileFind({ table, parts }: FindPlan, context: MappingContext): Find {
  const words = parts.some(({ name }) => name === OLD_ID)
    ? `the row of ${table.name} with the id that the record names`
    : `the row of ${table.name} whose ${parts.map(({ name }) => name).join(' and ')} the record names`;
  return (rest, environment, account) => {
    const said = parts.map(({ ways, source }) => {
      const way = ways.find((each) => (memberAt(rest.extra, each) ?? null) !== null);
      if (way) return { way, value: memberAt(rest.extra, way) ?? null };
      const option = source && optionOf(source, environment, context);
      return option == null ? undefined : { way: undefined, value: option };
    });
    if (said.some((each) => each === undefined)) return undefined;
    const key: (string | RowLookup)[] = [];
    let pointer = '';
    for (const [index, part] of parts.entries()) {
      const { way, value = null } = said[index] ?? {};
      const text = part.isTime ? timeAt(rest, way ?? [], value, context, account) : idText(value);
      if (text === undefined) return undefined;
      if (way !== undefined) pointer = pointerTo(placeOf(way, environment));
      else if (part.source && text !== String(part.source.standard)) setAt(rest, part.ways[0] ?? [], text);
      key.push(part.through ? lookupThrough(part.through, text) : text);
    }
    const by = parts.map(({ name }) => (name === OLD_ID ? SOURCE_ID : (name.split('.')[0] ?? '')));
    return { lookup: { table, by, key, words }, pointer };
  };
}

/** A file that tells its own name as the source means its own rows, not those that it refers to. */
function optionOf(
  source: NonNullable<FindPart['source']>,
  environment: Environment,
  context: MappingContext,
): JsonValue | undefined {
  if (context.source === 'stem') return source.standard;
  return sourceValue({ of: 'option', name: source.name }, null, environment);
}

function lookupThrough({ table, name }: NonNullable<FindPart['through']>, value: string): RowLookup {
  return { table, by: [name], key: [value], words: `the row of ${table.name} whose ${name} the record names` };
}

/** The rest keeps it in UTC, so that it means the same anywhere. */
function timeAt(
  rest: Rest,
  way: Way,
  value: JsonValue,
  context: MappingContext,
  account: RecordAccount,
): string | undefined {
  const member = way.at(-1) ?? '';
  if (typeof value !== 'string') {
    account.reject('wrong-type', pointerTo(way), `${member} must be text, not ${kindOf(value)}`);
    return undefined;
  }
  const result = context.readTime(value);
  if (!('ok' in result)) {
    account.reject(result.code, pointerTo(way), `${member}: ${result.message}`);
    return undefined;
  }
  if (result.ambiguous) account.repair('ambiguous-local-time');
  setAt(rest, way, isoTime(result.ok));
  return result.ok;
}

function setAt(rest: Rest, way: Way, value: JsonValue): void {
  rest.extra = withMember(rest.extra, way, value);
}

/** The object with a member, also within others. */
export function withMember(object: JsonObject, [name = '', ...inner]: Way, value: JsonValue): JsonObject {
  const there = object[name];
  const held = inner.length === 0 ? value : withMember(isJsonObject(there) ? there : emptyObject(), inner, value);
  return Object.assign(emptyObject(), object, { [name]: held });
}

/** The object without a member, also within others. */
export function withoutMember(object: JsonObject, [name = '', ...inner]: Way): JsonObject {
  const copy = Object.assign(emptyObject(), object);
  const held = copy[name];
  if (inner.length > 0 && held !== undefined && isJsonObject(held)) copy[name] = withoutMember(held, inner);
  else delete copy[name];
  return copy;
}

function pointerTo(way: Way): string {
  return way.reduce(joinPointer, '');
}

/** Where the record says it: the rest has the hash of an API key in place of the key. */
function placeOf(way: Way, { apiKey }: Environment): Way {
  return apiKey && apiKey.keptAs === way[0] ? [apiKey.member] : way;
}
