import type { ExportLayout, ExportPlace, StoredRecord, StoredRow } from '../datasets/dataset.ts';
import { exportNames, namesBefore } from '../files/export-names.ts';
import { overlay } from '../json/overlay.ts';
import { readFaithfully } from '../json/parse.ts';
import { emptyObject, isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import type { Value } from '../schema/table.ts';
import { contentKey, contentOf } from './content-key.ts';
import type { FilePattern } from './file-pattern.ts';
import { listAt, listWays } from './indexed-lists.ts';
import { compileLiveRest } from './kept-spelling.ts';
import { compilePlaceMembers, KEY_MEMBER } from './place-members.ts';
import type { ColumnPlan, DatasetPlan, RecordPlan } from './plan.ts';
import { compileFits } from './row-owner.ts';
import { compileFollows } from './stand-in.ts';
import { wayBackOf } from './ways-back.ts';
import { columnOf, compileCaptured, compileChildrenWriter, type RecordWriter, type Written } from './write-children.ts';
import { compileColumnWriter, writeLiteral } from './write-value.ts';
import { compileLooks, withNames } from './written-looks.ts';
import { compileWrittenPlace } from './written-place.ts';

/** The way back of a declared dataset. `peers` are all that feed its table. */
export function exportLayout(plan: DatasetPlan, peers: readonly DatasetPlan[]): ExportLayout {
  // Most runs write nothing back.
  const write = once(() => compileWrite(plan));
  const placeOf = once(() => compilePlace(plan));
  const known = once(() => compileKnown(plan));
  const isRead = once(() => compileIsRead(plan));
  const own = {
    table: plan.table,
    container: 'array',
    path: () => [plan.name],
    secrets: new Set(secretColumns(plan)),
    write: (record: StoredRecord) => write()(record),
  } as const;
  // What is known by its looks lies in no place of its own.
  if (plan.recognise) return { ...own, ...compileLooks(plan, plan.recognise.written, own.write) };
  const fitting = once(() => peers.map((peer) => ({ name: peer.name, fits: compileFits(peer, compileWrite(peer)) })));
  return {
    ...own,
    isKnownAgain: (written, record) =>
      isRead()(placeOf()(record), record.values) &&
      record.values[plan.table.recordKey ?? ''] !== null &&
      known()(written, record.values),
    place(record) {
      const all = peers.length > 1 ? fitting() : [];
      const taker = all.find(({ fits }) => fits(record)) ?? all[0];
      return taker === undefined || taker.name === plan.name ? placeOf()(record) : undefined;
    },
  };
}

/** Makes something when it is first needed. */
function once<Made>(make: () => Made): () => Made {
  let made: { readonly value: Made } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function compileWrite(plan: DatasetPlan): (record: StoredRecord) => JsonValue {
  const write = compileRecordWriter(plan);
  const position = columnOf(plan, ({ of }) => of === 'position');
  const known = compileKnown(plan);
  return ({ values, children }) => {
    const stored = position === undefined ? null : (values[position] ?? null);
    const own = write(
      { row: values, parent: undefined, position: stored === null ? undefined : Number(stored) },
      children,
    );
    const made = plan.functions?.write?.(own) ?? own;
    const record = isJsonObject(made) ? withNames(plan, values, made) : made;
    if (known(record, values) || !isJsonObject(record)) return record;
    record[KEY_MEMBER] = String(values[plan.table.recordKey ?? '']);
    return record;
  };
}

/** Whether the names of its file are read again as they were written: not those that are cut, or that hold what parts them in the pattern. */
function compileIsRead(plan: DatasetPlan): (place: ExportPlace, values: StoredRow) => boolean {
  const [pattern] = plan.files;
  const captured = compileCaptured(plan);
  return ({ file, ending }, values) => {
    const dotted = ending === '' ? '' : `.${ending}`;
    const names = exportNames(file, dotted);
    if (String(namesBefore(names, dotted)) !== String(file)) return false;
    if (pattern === undefined || pattern.captures.length === 0) return true;
    const found = pattern.match(`${names.join('/')}${dotted}`);
    return pattern.captures.every((name) => found?.[name] === (captured(name, values) ?? plan.name));
  };
}

/** Whether a load of the written record finds its row again, where only its content tells it from others. */
function compileKnown(plan: DatasetPlan): (record: JsonValue, values: StoredRow) => boolean {
  const { recordKey } = plan.table;
  if (recordKey === undefined || plan.rowKey) return () => true;
  const { keyOf } = compilePlaceMembers(plan);
  const captured = compileCaptured(plan);
  const names = [...(plan.files[0]?.captures ?? []), ...(plan.records?.[0]?.captures ?? [])];
  return (record, values) => {
    const stored = values[recordKey];
    // A row of the application has no such key.
    if (stored === null) return true;
    const captures = new Map(names.map((name) => [name, captured(name, values) ?? plan.name]));
    // The key of a repetition is not taken for granted: its equals may be gone.
    return (keyOf(record) ?? contentKey(plan, contentOf(record, captures), FIRST)) === stored;
  };
}

const FIRST = { occurrenceOf: () => 1 };

/** Where records go: into the files of the first pattern, at the end of the first path. */
function compilePlace(plan: DatasetPlan): (record: StoredRecord) => ExportPlace {
  const [pattern] = plan.files;
  const path = plan.records?.[0] ?? {
    steps: isOneRecord(plan, pattern) ? [] : [{ to: 'elements' as const }],
    captures: [],
  };
  const position = columnOf(plan, ({ of }) => of === 'position');
  const { tellsPosition } = compilePlaceMembers(plan);
  const captured = compileCaptured(plan);
  const stem = columnOf(plan, (source) => source.of === 'file' && source.part === 'stem');
  // Records of any file, each of which stands alone in its own: by its key.
  const isAlone = path.steps.length > 0 && path.steps.every(({ to }) => to === 'member');
  const ownFile = (values: StoredRow): string[] =>
    isAlone ? [plan.name, plan.table.naturalKey.map((name) => String(values[name])).join(' ')] : [plan.name];
  const aroundOf = compileAround(plan);
  return ({ values, children }) => {
    let names = 0;
    const file =
      pattern?.write((name) => captured(name, values) ?? plan.name, String(values[stem ?? ''] ?? plan.name)) ??
      ownFile(values);
    const way = path.steps.map((step) => {
      if (step.to === 'member') return step.name;
      return step.to === 'names' ? (captured(path.captures[names++] ?? '', values) ?? plan.name) : null;
    });
    const stored = position === undefined ? null : (values[position] ?? null);
    const place = stored === null ? undefined : Number(stored);
    return {
      file,
      ending: pattern?.ending ?? 'json',
      way,
      position: place,
      tellsPosition,
      inside: plan.inside,
      pattern: pattern?.text,
      around: aroundOf({ values, children }),
    };
  };
}

/** What a row and those below it have of the document around their record. */
function compileAround(plan: RecordPlan): (record: StoredRecord) => ExportPlace['around'] {
  const columns = plan.columns.flatMap((column) => {
    const [first] = column.sources;
    return first?.of === 'document' ? [{ column, way: first.way, write: compileColumnWriter(column) }] : [];
  });
  const below = plan.children.map((child) => ({ table: child.table.name, around: compileAround(child) }));
  return ({ values, children }) => [
    ...columns.flatMap(({ column: { name }, way, write }) => {
      const value = values[name] ?? null;
      return value === null ? [] : [{ way, value: write(value) }];
    }),
    ...below.flatMap(({ table, around }) =>
      (children[table] ?? []).flatMap((row) => around({ values: row, children })),
    ),
  ];
}

/** Where nothing says how records lie: a key that the name of the file holds is that of one record. */
function isOneRecord({ table, columns }: DatasetPlan, pattern: FilePattern | undefined): boolean {
  const ofFile = columns.filter(({ sources }) =>
    sources.some(
      (source) =>
        (source.of === 'capture' && pattern?.captures.includes(source.name)) ||
        (source.of === 'file' && source.part !== 'owner'),
    ),
  );
  return table.naturalKey.every((name) => ofFile.some((column) => column.name === name));
}

/** A row and those below it as the record that they were made of. */
function compileRecordWriter(plan: RecordPlan): RecordWriter {
  const columns = inOrderOfWriting(plan.columns).flatMap((column) => compileColumn(column, plan));
  const scalar = plan.columns.find(({ sources }) => sources[0]?.of === 'value');
  const writeScalar = scalar && compileValueWriter(scalar);
  const writeChildren = compileChildrenWriter(plan.children, compileRecordWriter);
  const lists = listWays(plan);
  const liveRest = compileLiveRest(plan);
  // What is kept of these is written in their place.
  const placed = plan.columns.flatMap(({ name, declaration }) => (declaration.to === undefined ? [] : [name]));
  const isByColumn = plan.rest.to === 'column' && plan.rest.isByColumn && placed.length > 0;
  const withoutOwn = (rest: JsonObject): JsonObject =>
    isByColumn ? Object.fromEntries(Object.entries(rest).filter(([name]) => !placed.includes(name))) : rest;
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
      writeChildren(list, row, rows);
      return list;
    }
    const object = emptyObject();
    const kept = restOf(plan, row);
    const rest = kept && liveRest(kept, written);
    for (const write of columns) write(object, written, rest);
    writeChildren(object, row, rows);
    // What `extra` keeps is as the source spelled it.
    const whole = rest === undefined ? object : overlay(object, withoutOwn(rest));
    return lists.reduce<JsonValue>((value, way) => listAt(value, way), whole);
  };
}

/** What is written last stays: of several columns of one member the first exact one, else the first. */
function inOrderOfWriting(columns: readonly ColumnPlan[]): readonly ColumnPlan[] {
  const isExact = (column: ColumnPlan): boolean => wayBackOf(column) === 'exact';
  return [...columns.filter((column) => !isExact(column)).toReversed(), ...columns.filter(isExact).toReversed()];
}

function restOf({ rest }: RecordPlan, row: StoredRow): JsonObject | undefined {
  const text = rest.to === 'column' ? row[rest.column] : undefined;
  const value = typeof text === 'string' ? readFaithfully(text) : undefined;
  return value !== undefined && isJsonObject(value) ? value : undefined;
}

type ColumnWriter = (object: JsonObject, written: Written, rest: JsonObject | undefined) => void;

function compileColumn(plan: ColumnPlan, record: RecordPlan): ColumnWriter[] {
  const [first] = plan.sources;
  const { name } = plan;
  if (first?.of !== 'record' || isSecret(plan) || (plan.made && !plan.made.back)) return [];
  const write = compileValueWriter(plan);
  const follows = compileFollows(plan);
  const placeOf = compileWrittenPlace(plan);
  const isByColumn = record.rest.to === 'column' && record.rest.isByColumn;
  return [
    (object, written, rest) => {
      const value = written.row[name] ?? null;
      const kept = plan.declaration.to === undefined || !isByColumn ? undefined : rest?.[name];
      if (kept !== undefined) return put(object, placeOf(rest), kept);
      if (value === null || follows(value, written, rest)) return;
      put(object, placeOf(rest), write(value, written.row));
    },
  ];
}

function secretColumns({ table, columns, children }: RecordPlan): readonly string[] {
  const own = columns.filter(isSecret).map(({ name }) => `${table.name}.${name}`);
  return [...own, ...children.flatMap(secretColumns)];
}

/** The SHA-256 of an API key loads as what it is. */
function isSecret({ declaration: { secret } }: ColumnPlan): boolean {
  return secret !== undefined && secret !== 'api_key';
}

/** A literal is written as what another column says that it was. */
function compileValueWriter(plan: ColumnPlan): (value: Value, row: StoredRow) => JsonValue {
  const { kind } = plan.declaration;
  const write = compileColumnWriter(plan);
  return (value, row) => (kind === undefined ? write(value) : writeLiteral(String(value), row[kind] ?? null));
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
