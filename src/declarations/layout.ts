import type { ExportLayout, ExportPlace, StoredRecord, StoredRow } from '../datasets/dataset.ts';
import { derivedId } from '../datasets/uuid.ts';
import { readFaithfully } from '../json/parse.ts';
import { emptyObject, isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import { Cells } from '../schema/cells.ts';
import type { Value } from '../schema/table.ts';
import type { FilePattern } from './file-pattern.ts';
import { derivedValue } from './finish-row.ts';
import type { ChildPlan, ColumnPlan, DatasetPlan, RecordPlan } from './plan.ts';
import { compileFits } from './row-owner.ts';
import type { Source } from './source.ts';
import { compileColumnWriter, writeLiteral } from './write-value.ts';

/** The way back of a declared dataset. `peers` are all that feed its table. */
export function exportLayout(plan: DatasetPlan, peers: readonly DatasetPlan[]): ExportLayout {
  const write = compileWrite(plan);
  const placeOf = compilePlace(plan);
  const fitting = peers.map((peer) => ({ name: peer.name, fits: compileFits(peer, compileWrite(peer)) }));
  return {
    table: plan.table,
    container: 'array',
    path: () => [plan.name],
    write,
    place(record) {
      const taker = peers.length > 1 ? (fitting.find(({ fits }) => fits(record)) ?? fitting[0])?.name : plan.name;
      return taker === plan.name ? placeOf(record) : undefined;
    },
  };
}

function compileWrite(plan: DatasetPlan): (record: StoredRecord) => JsonValue {
  const write = compileRecordWriter(plan);
  return ({ values, children }) => {
    const written = write({ row: values, parent: undefined, position: 0 }, children);
    return plan.functions?.write?.(written) ?? written;
  };
}

/** Where records go: into the files of the first pattern, at the end of the first path. */
function compilePlace(plan: DatasetPlan): (record: StoredRecord) => ExportPlace {
  const [pattern] = plan.files;
  const path = plan.records?.[0] ?? {
    steps: isOneRecord(plan, pattern) ? [] : [{ to: 'elements' as const }],
    captures: [],
  };
  const position = columnOf(plan, ({ of }) => of === 'position');
  const captured = (name: string, row: StoredRow): string => {
    const column = columnOf(plan, (source) => source.of === 'capture' && source.name === name);
    return String((column === undefined ? undefined : row[column]) ?? plan.name);
  };
  const stem = columnOf(plan, (source) => source.of === 'file' && source.part === 'stem');
  return ({ values }) => {
    let names = 0;
    const file = pattern?.write((name) => captured(name, values), String(values[stem ?? ''] ?? plan.name)) ?? [
      plan.name,
    ];
    const way = path.steps.map((step) => {
      if (step.to === 'member') return step.name;
      return step.to === 'names' ? captured(path.captures[names++] ?? '', values) : null;
    });
    const place = position === undefined ? 0 : Number(values[position] ?? Number.MAX_SAFE_INTEGER);
    return { file, ending: pattern?.ending ?? 'json', way, position: place, inside: plan.inside };
  };
}

/** Where nothing says how records lie: a key that the name of the file holds is that of one record. */
function isOneRecord({ table, columns }: DatasetPlan, pattern: FilePattern | undefined): boolean {
  const ofFile = columns.filter(({ sources }) =>
    sources.some(
      (source) => (source.of === 'capture' && pattern?.captures.includes(source.name)) || source.of === 'file',
    ),
  );
  return table.naturalKey.every((name) => ofFile.some((column) => column.name === name));
}

interface Written {
  readonly row: StoredRow;
  readonly parent: StoredRow | undefined;
  readonly position: number;
}

type RecordWriter = (written: Written, children: StoredRecord['children']) => JsonValue;

/** A row and those below it as the record that they were made of. */
function compileRecordWriter(plan: RecordPlan): RecordWriter {
  const columns = plan.columns.flatMap(compileColumn);
  const scalar = plan.columns.find(({ sources }) => sources[0]?.of === 'value');
  const writeScalar = scalar && compileValueWriter(scalar);
  const children = plan.children.map((child) => ({ write: compileChild(child) }));
  const lists = listWays(plan);
  // All of such a record are rows of its child.
  const isList = columns.length === 0 && plan.children.some(({ path }) => path.steps[0]?.to === 'elements');
  return (written, rows) => {
    const { row } = written;
    if (scalar && writeScalar) {
      const value = row[scalar.name] ?? null;
      if (value === null || restOf(plan, row) === undefined) return value === null ? null : writeScalar(value, row);
    }
    if (isList) {
      const list: JsonValue[] = [];
      const places: Places = new Map();
      for (const { write } of children) write(list, row, rows, places);
      sortShared(places);
      return list;
    }
    const object = emptyObject();
    for (const write of columns) write(object, written);
    const places: Places = new Map();
    for (const { write } of children) write(object, row, rows, places);
    sortShared(places);
    const rest = restOf(plan, row);
    const whole = rest === undefined ? object : overlay(object, rest);
    return lists.reduce<JsonValue>((value, way) => listAt(value, way), whole);
  };
}

function restOf({ rest }: RecordPlan, row: StoredRow): JsonObject | undefined {
  const text = rest.to === 'column' ? row[rest.column] : undefined;
  const value = typeof text === 'string' ? readFaithfully(text) : undefined;
  return value !== undefined && isJsonObject(value) ? value : undefined;
}

/** What `extra` keeps is as the source spelled it. */
function overlay(object: JsonObject, rest: JsonObject): JsonObject {
  for (const name of Object.keys(rest)) {
    const [one, other] = [object[name], rest[name] ?? null];
    object[name] = one !== undefined && isJsonObject(one) && isJsonObject(other) ? overlay(one, other) : other;
  }
  return object;
}

function compileColumn(plan: ColumnPlan): ((object: JsonObject, written: Written) => void)[] {
  const [first] = plan.sources;
  const { name } = plan;
  if (first?.of !== 'record' || plan.declaration.secret !== undefined || (plan.made && !plan.made.back)) return [];
  const write = compileValueWriter(plan);
  const { way } = first;
  return [
    (object, written) => {
      const value = written.row[name] ?? null;
      if (value === null || value === derivedOf(plan, written)) return;
      put(object, way, write(value, written.row));
    },
  ];
}

/** A literal is written as what another column says that it was. */
function compileValueWriter(plan: ColumnPlan): (value: Value, row: StoredRow) => JsonValue {
  const { kind } = plan.declaration;
  const write = compileColumnWriter(plan);
  return (value, row) => (kind === undefined ? write(value) : writeLiteral(String(value), row[kind] ?? null));
}

/** What the column would be filled with where the source says nothing. */
function derivedOf({ declaration }: ColumnPlan, { row, parent, position }: Written): Value | undefined {
  const { derive, plus, uuid5 } = declaration;
  if (uuid5 !== undefined) return derivedId(...uuid5.map((name) => String(row[name])));
  if (derive === undefined) return undefined;
  const cellsOf = (values: StoredRow): Cells => {
    const names = Object.keys(values);
    return new Cells(
      { names, places: new Map(names.map((name, place) => [name, place])), blank: [] },
      names.map((name) => values[name] ?? null),
    );
  };
  return derivedValue(derive, plus, cellsOf(row), parent && cellsOf(parent), position);
}

function put(object: JsonObject, [member = '', ...inner]: readonly string[], value: JsonValue): void {
  if (inner.length === 0) object[member] = value;
  else {
    const there = object[member];
    const held = there !== undefined && isJsonObject(there) ? there : emptyObject();
    object[member] = held;
    put(held, inner, value);
  }
}

/** Writes the elements of a child table where they were. */
function compileChild(
  plan: ChildPlan,
): (holder: JsonObject | JsonValue[], parent: StoredRow, rows: StoredRecord['children'], places: Places) => void {
  const write = compileRecordWriter(plan);
  const position = columnOf(plan, ({ of }) => of === 'position');
  return (holder, parent, rows, places) => {
    const mine = (rows[plan.table.name] ?? []).filter((row) =>
      plan.links.every(({ column, parent: key }) => String(row[column]) === String(parent[key])),
    );
    const at = (row: StoredRow): number =>
      position === undefined ? 0 : Number(row[position] ?? Number.MAX_SAFE_INTEGER);
    const sorted = position === undefined ? mine : mine.toSorted((one, other) => at(one) - at(other));
    for (const [index, row] of sorted.entries()) {
      const place = position === undefined ? index : at(row);
      const list = insert(holder, plan, row, write({ row, parent, position: place }, rows));
      if (list) noteIn(places, list, position === undefined ? undefined : place);
    }
  };
}

function columnOf({ columns }: RecordPlan, test: (source: Source) => boolean): string | undefined {
  return columns.find(({ sources }) => sources.some(test))?.name;
}

/** Puts an element at the end of its way, where the list or object around it is made as needed. Answers the list that got it. */
function insert(
  holder: JsonObject | JsonValue[],
  plan: ChildPlan,
  row: StoredRow,
  value: JsonValue,
): JsonValue[] | undefined {
  const { steps, captures } = plan.path;
  let names = 0;
  let here = holder;
  const enter = (
    holder: JsonObject | JsonValue[],
    name: string | number,
    isList: boolean,
  ): JsonObject | JsonValue[] => {
    const held = holder as JsonObject;
    held[name] ??= isList ? [] : emptyObject();
    return held[name] as JsonObject | JsonValue[];
  };
  for (const [index, step] of steps.entries()) {
    const isLast = index === steps.length - 1;
    const isList = steps[index + 1]?.to === 'elements';
    if (step.to === 'elements') {
      if (!Array.isArray(here)) return undefined;
      if (isLast) {
        here.push(value);
        return here;
      }
      continue;
    }
    const column =
      step.to === 'member'
        ? undefined
        : columnOf(plan, (source) => source.of === 'capture' && source.name === captures[names]);
    const name = step.to === 'member' ? step.name : String(row[column ?? ''] ?? '');
    if (step.to !== 'member') names++;
    if (isLast) (here as JsonObject)[name] = value;
    else here = enter(here, name, isList);
  }
  return undefined;
}

/** Of lists the places of their elements, where a column keeps them: several children may have put some into one. */
type Places = Map<JsonValue[], (number | undefined)[]>;

function noteIn(places: Places, list: JsonValue[], place: number | undefined): void {
  const known = places.get(list);
  if (known) known.push(place);
  else places.set(list, [place]);
}

/** Elements in their order; what several children have of one element is one again. */
function sortShared(places: Places): void {
  for (const [list, known] of places) {
    if (known.every((place, index) => index === 0 || (known[index - 1] ?? -1) < (place ?? Number.NaN))) continue;
    const elements = list.map((value, index) => ({ value, place: known[index] }));
    const byPlace = Map.groupBy(
      elements.filter(({ place }) => place !== undefined),
      ({ place }) => place,
    );
    const placed = [...byPlace].toSorted(([one = 0], [other = 0]) => one - other);
    const merged = placed.map(([, some]) => some.map(({ value }) => value).reduce(merge));
    const others = elements.filter(({ place }) => place === undefined).map(({ value }) => value);
    list.splice(0, list.length, ...merged, ...others);
  }
}

function merge(one: JsonValue, other: JsonValue): JsonValue {
  return isJsonObject(one) && isJsonObject(other) ? overlay(one, other) : one;
}

/** Ways to lists of which single places are columns. */
function listWays({ columns }: RecordPlan): readonly (readonly string[])[] {
  const ways = columns.flatMap(({ sources }) => (sources[0]?.of === 'record' ? [sources[0].way] : []));
  const lists = ways.flatMap((way) => way.flatMap((name, depth) => (/^\d+$/.test(name) ? [way.slice(0, depth)] : [])));
  return [...new Map(lists.map((way) => [way.join('/'), way])).values()].toSorted((a, b) => b.length - a.length);
}

/** An object whose names are indexes as the list that it was. */
function listAt(value: JsonValue, [member, ...inner]: readonly string[]): JsonValue {
  if (!isJsonObject(value)) return value;
  if (member !== undefined) {
    const held = value[member];
    if (held !== undefined) value[member] = listAt(held, inner);
    return value;
  }
  const indexes = Object.keys(value).map(Number);
  if (!indexes.every(Number.isInteger)) return value;
  return Array.from({ length: Math.max(-1, ...indexes) + 1 }, (_, index) => value[String(index)] ?? null);
}
