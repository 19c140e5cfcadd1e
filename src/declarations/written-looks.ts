import type { ExportLayout, StoredRow } from '../datasets/dataset.ts';
import { idText } from '../datasets/source-id.ts';
import { isoTime } from '../datasets/write-members.ts';
import { isKeyHash } from '../hash/key-hash.ts';
import type { JsonObject } from '../json/value.ts';
import { comparedColumns, placeholderColumns, type Table } from '../schema/table.ts';
import { compileCondition } from './conditions.ts';
import { memberAt } from './environment.ts';
import { withMember, withoutMember } from './finds.ts';
import type { DatasetPlan, FindPlan, RecognisePlan } from './plan.ts';
import { NOWHERE } from './row-owner.ts';

/** Where records go that are known by their looks; a row that only stands for an owner is made again by what he owns. */
export function compileLooks(
  { name, table }: DatasetPlan,
  written: RecognisePlan['written'],
  write: ExportLayout['write'],
): Pick<ExportLayout, 'container' | 'path' | 'key'> {
  const parts = written === undefined ? [name] : written.file.split('/');
  const isMade = table.holdsOwners ? compilePlaceholder(table) : () => false;
  const pathOf = (values: StoredRow): readonly string[] =>
    parts.map((part) => part.replace(/<(\w+)>/g, (_text, column: string) => String(values[column])));
  const isLeftOut = written?.unless && compileCondition(written.unless);
  return {
    container: written === undefined || written.as === 'list' ? 'array' : written.as,
    path: (record) =>
      isMade(record.values) || isLeftOut?.(write(record), NOWHERE) ? undefined : pathOf(record.values),
    ...(written?.name !== undefined && { key: ({ values }) => String(values[written.name ?? '']) }),
  };
}

/** Whether a row has nothing but its key, and what the database fills in by itself. */
function compilePlaceholder(table: Table): (values: StoredRow) => boolean {
  const told = new Set(placeholderColumns(table));
  return (values) =>
    comparedColumns(table).every((name) => {
      const stored = values[name] ?? null;
      return told.has(name) ? stored === null : stored === (table.columns[name]?.default ?? null);
    });
}

/** The record with what its row is known by, and the rows that it names. */
export function withNames(plan: DatasetPlan, values: StoredRow, record: JsonObject): JsonObject {
  return namesOfFound(plan, values, Object.assign(record, idOfApplication(plan, values), keyOf(plan, values)));
}

/** A row that the application inserted has no id of an old table: its number is one, of a table that no file has. */
function idOfApplication({ rowKey, table }: DatasetPlan, values: StoredRow): JsonObject {
  const key = values[table.recordKey ?? ''];
  const [member] = rowKey?.ids ?? [];
  if (!rowKey?.tables || !member || typeof key !== 'string' || !key.startsWith('row ')) return {};
  return { [member.member]: key.slice('row '.length), [rowKey.tables.member]: 'database' };
}

/** The hash of an API key, unless it is the name of its record: one that is no SHA-256 would not be known as such. */
function keyOf({ apiKey, columns, recognise }: DatasetPlan, values: StoredRow): JsonObject {
  const name = columns.find(({ sources }) => sources.some(({ of }) => of === 'api_key'))?.name;
  const hash = name === undefined ? null : (values[name] ?? null);
  const [member] = apiKey?.hashes ?? [];
  if (hash === null || member === undefined) return {};
  const isName = recognise?.written?.as === 'map' && recognise.written.name === name;
  return isName && isKeyHash(String(hash)) ? {} : { [member]: String(hash) };
}

/** What joins the parts of a natural key. */
const UNIT_SEPARATOR = '\u001f';

/**
 * How a record names the rows that it refers to: as its rest says, unless that is another natural key than the row has, because the
 * application refers to another row since; else by the natural key, as the application would.
 */
function namesOfFound({ finds = [] }: DatasetPlan, values: StoredRow, record: JsonObject): JsonObject {
  let named = record;
  for (const { column: name, groups } of finds) {
    const all = groups.flat();
    const stored = values[name] ?? null;
    const said = all.filter(({ parts }) =>
      parts.every(({ ways, source }) => source || ways.some((way) => memberAt(named, way) !== undefined)),
    );
    const key = all.find(isByNaturalKey);
    if (stored === null || key === undefined) continue;
    const texts = String(stored).split(UNIT_SEPARATOR);
    const first = said.find(isByNaturalKey);
    if (said.length > 0 && (first === undefined || saysKey(first, named, texts))) continue;
    for (const { parts } of said)
      for (const { ways } of parts) for (const way of ways) named = withoutMember(named, way);
    for (const [at, { ways, isTime }] of key.parts.entries()) {
      const text = texts[at] ?? '';
      named = withMember(named, ways[0] ?? [], isTime ? isoTime(text) : text);
    }
  }
  return named;
}

function isByNaturalKey({ table, parts }: FindPlan): boolean {
  return parts.every(({ name }, at) => table.naturalKey[at] === name.split('.')[0]);
}

/** Whether the members of a record say the key; a part that it does not say is what a load takes without an option. */
function saysKey({ parts }: FindPlan, record: JsonObject, key: readonly string[]): boolean {
  return parts.every(({ ways, source, isTime }, at) => {
    const said = ways.map((way) => memberAt(record, way) ?? null).find((value) => value !== null) ?? source?.standard;
    const text = key[at] ?? '';
    return idText(said ?? null) === (isTime ? isoTime(text) : text);
  });
}
