import { RESERVED } from '../declarations/source.ts';
import { spellingsOf } from '../declarations/spellings.ts';
import { joinPointer } from '../json/pointer.ts';
import { enumOf } from './enums.ts';
import { holdsNumberTexts } from './names.ts';
import { patternOf } from './patterns.ts';
import type { PathStep } from './places.ts';
import type { ProposedChild, ProposedColumn, ProposedDataset, ProposedRecord } from './proposed.ts';
import { type ColumnDraft, MOST_COLUMNS, type RecordDraft } from './records.ts';
import { isLog, logLines } from './state-log.ts';
import type { Flow, Line } from './yaml-text.ts';

/** Rows from which on it says something that no value is missing. */
const ENOUGH_ROWS = 20;

/** The declaration of a dataset, line by line, with the evidence. */
export function datasetLine(dataset: ProposedDataset, excluded: readonly string[]): Line {
  const { place, group, table } = dataset;
  const captures = new Captures();
  const lines: Line[] = [];
  for (const column of dataset.columns) captures.add(column);
  const ofFiles = captureDrafts(dataset, 'path').map((draft) => captures.nameOf(draft));
  lines.push({ name: 'files', value: patternOf(group, ofFiles), comment: filesComment(dataset) });
  if (excluded.length > 0) lines.push({ name: 'exclude', value: [...excluded] });
  const isByShape = place.steps.length === 1 && place.steps[0]?.to === 'elements';
  const ofMaps = captureDrafts(dataset, 'map').map((draft) => captures.nameOf(draft));
  if (place.isRow || !(isByShape || place.steps.length === 0))
    lines.push({ name: 'records', value: pathText(place.steps, ofMaps) });
  if (dataset.version !== undefined) lines.push({ name: 'when', value: { ...dataset.version } });
  if (isLog(group)) lines.push(...logLines());
  lines.push(...recordLines(dataset, captures));
  return { name: table, value: lines };
}

/** No member fills it, and rows of a child name theirs by it. */
function madeKeyLine({ onto }: ProposedRecord): readonly Line[] {
  const key = onto?.madeKey;
  if (key === undefined) return [];
  const comment = `the database makes it, ${key.words}`;
  const isNumber = key.holds.has('identity') && !key.holds.has('uuid');
  if (isNumber) return [{ name: key.name, value: 'identity', comment }];
  return [
    { name: key.name, value: { type: key.holds.has('uuid') ? 'uuid' : 'text', owned_by: 'application' }, comment },
  ];
}

function filesComment({ group, draft: { rows } }: ProposedDataset): string {
  const records = `${rows} record${rows === 1 ? '' : 's'}`;
  return group.paths.count === 1 ? records : `${records} in ${group.paths.count} files`;
}

/** The columns that names in the path or in maps fill, in the order of these names. */
function captureDrafts({ draft }: ProposedRecord, from: 'path' | 'map'): readonly ColumnDraft[] {
  return draft.columns.filter(({ source }) => source.of === 'capture' && source.from === from);
}

/** The names of captures: those of their columns, each once. */
export class Captures {
  private readonly names = new Map<ColumnDraft, string>();
  private readonly taken: Set<string>;

  constructor(taken: Iterable<string> = []) {
    this.taken = new Set([...RESERVED, ...taken]);
  }

  add({ draft, twin, name }: ProposedColumn): void {
    const capture = draft.source.of === 'capture' ? draft : twin;
    if (capture === undefined) return;
    const wanted = /^\w+$/.test(name) ? name : 'key';
    let free = wanted;
    for (let number = 2; this.taken.has(free); number++) free = `${wanted}_${number}`;
    this.taken.add(free);
    this.names.set(capture, free);
  }

  nameOf(capture: ColumnDraft): string {
    return this.names.get(capture) ?? '';
  }
}

function recordLines(record: ProposedRecord, captures: Captures): readonly Line[] {
  const { key, isOne, one, columns, children, rest, onto } = record;
  const lines: Line[] = [];
  if (key.length > 0)
    lines.push({ name: 'key', value: key.length === 1 ? (key[0]?.name ?? '') : key.map(({ name }) => name) });
  else if (isOne) lines.push({ name: 'key', value: one, comment: 'there is one row' });
  const constant: readonly Line[] =
    isOne && key.length === 0 ? [{ name: one, value: { type: 'integer', value: 1 } }] : [];
  const names = topNames(record);
  const ordered = [
    ...columns.filter((column) => key.includes(column)),
    ...columns.filter((column) => !key.includes(column)),
  ];
  lines.push({
    name: 'columns',
    value: [
      ...constant,
      ...madeKeyLine(record),
      ...ordered.map((column) => columnLine(column, record, names, captures)),
    ],
    comment: isCut(record.draft) ? `the others go to ${rest}` : undefined,
  });
  // A table of an application keeps nothing beside its columns, such as another spelling of a number.
  if (onto !== undefined && !onto.table.columns.some(({ name }) => name === 'extra'))
    lines.push({ name: 'rest', value: 'reject' });
  else if (rest !== 'extra') lines.push({ name: 'rest', value: rest });
  if (children.length > 0) lines.push({ name: 'children', value: children.map((child) => childLine(child, captures)) });
  return lines;
}

export function childLine(child: ProposedChild, captures: Captures): Line {
  for (const column of child.columns) captures.add(column);
  const ofMaps = captureDrafts(child, 'map').map((draft) => captures.nameOf(draft));
  const made = child.parent?.onto?.madeKey?.name;
  const links = [
    ...child.links.filter(({ column, usual }) => column !== usual),
    ...(made === undefined ? [] : [{ column: child.onto?.links.get(made) ?? '', parent: made }]),
  ];
  const lines: Line[] = [
    {
      name: 'records',
      value: pathText(child.steps, ofMaps),
      comment: `${child.draft.rows} in ${child.parent?.draft.rows ?? 0}`,
    },
    ...(links.length === 0
      ? []
      : [{ name: 'link', value: Object.fromEntries(links.map(({ column, parent }) => [column, parent])) }]),
    // A list is the content of its record: what is no longer in it is no longer there.
    ...(isByPlace(child) ? [{ name: 'surplus', value: 'delete' }] : []),
    ...recordLines(child, captures),
  ];
  return { name: child.table, value: lines };
}

/** Its rows are told apart by their place in the list, which is their key where none is given. */
function isByPlace({ key, columns }: ProposedChild): boolean {
  const told = key.length > 0 ? key : columns;
  return told.some(({ draft }) => draft.source.of === 'position');
}

/** It has more members than a table should have columns. */
function isCut({ columns, children }: RecordDraft): boolean {
  return columns.length + children.length >= MOST_COLUMNS;
}

/** Every name that the record itself has: a column that is told by name only must mean one of them. */
export function topNames({ draft, ...record }: ProposedRecord): ReadonlySet<string> | undefined {
  // There are others, which might be meant as well.
  if (isCut(draft)) return undefined;
  const members = draft.columns.flatMap(({ source }) => (source.of === 'member' ? [source.way[0] ?? ''] : []));
  const inChildren = draft.children.flatMap(({ member }) => member.slice(0, 1));
  const elsewhere = 'place' in record ? [...(record as ProposedDataset).place.elsewhere] : [];
  return new Set([...members, ...inChildren, ...elsewhere]);
}

export function columnLine(
  column: ProposedColumn,
  record: ProposedRecord,
  names: ReadonlySet<string> | undefined,
  captures: Captures,
): Line {
  const { type, reference, lookup, name, isUnique } = column;
  const said: Record<string, Flow> = {};
  const from = fromOf(column, names, captures);
  if (from !== undefined) said['from'] = from;
  if (lookup === undefined) said['type'] = type.type;
  else Object.assign(said, { references: `${lookup.table.name}.${lookup.column}`, by: lookup.by });
  if (type.epoch !== undefined) said['epoch'] = type.epoch;
  if (column.kind !== '') said['kind'] = column.kind;
  else Object.assign(said, numberText(column));
  if (isRequired(column, record)) said['required'] = true;
  if (isUnique) said['unique'] = true;
  if (reference?.isWritten) {
    said['references'] = `${reference.table.table}.${reference.column.name}`;
    if (reference.bond === 'deferred') said['deferred'] = true;
    if (reference.bond === 'keep') said['orphans'] = 'keep';
  }
  const isShort = Object.keys(said).length === 1;
  return { name, value: isShort ? type.type : said, comment: commentOf(column, record) };
}

/** How a column of numbers reads the texts in a wrapper, and writes them. */
function numberText({ draft: { source }, type }: ProposedColumn): Record<string, Flow> {
  if (source.of !== 'member' || !(holdsNumberTexts(source.way) || type.isText)) return {};
  if (type.type === 'timestamp') return { written: 'text' };
  return /^(?:integer|identity|real|decimal)/.test(type.type) ? { number: {}, written: 'text' } : {};
}

function fromOf(
  { draft, twin, name, type }: ProposedColumn,
  names: ReadonlySet<string> | undefined,
  captures: Captures,
): Flow | undefined {
  const { source } = draft;
  if (source.of === 'position') return '$position';
  if (source.of === 'value') return '$value';
  if (source.of === 'capture') return `$${captures.nameOf(draft)}`;
  const pointer = pointerText(source.way);
  if (twin !== undefined) return [pointer, `$${captures.nameOf(twin)}`];
  // A number that the database would make otherwise.
  if (source.way.length > 1 || type.type === 'identity') return pointer;
  // Told by its name it would be written back under that name, and could mean another member.
  const isTold = name === source.way[0] && names?.has(name) === true;
  return isTold && !spellingsOf(name).some((each) => each !== name && names.has(each)) ? undefined : pointer;
}

export function pointerText(way: readonly string[]): string {
  return way
    .map((name) => joinPointer('', name).slice(1))
    .map((token) => `/${isPattern(token) ? '~' : ''}${token}`)
    .join('');
}

function isPattern(token: string): boolean {
  return token === '*' || /^<\w+>$/.test(token);
}

/** The path to records; `captures` name the steps of maps. */
export function pathText(steps: readonly PathStep[], captures: readonly string[]): string {
  let next = 0;
  return steps
    .map((step) => {
      if (step.to === 'member') return pointerText([step.name]);
      return step.to === 'elements' ? '/*' : `/<${captures[next++] ?? ''}>`;
    })
    .join('');
}

/** Enough records, and each has a value. Many rows of few records say little: they were written together. */
export function isRequired({ draft, type, linkTo }: ProposedColumn, record: ProposedRecord): boolean {
  const { key } = record;
  const { rows } = record.draft;
  const isFilled = draft.stats.present === rows && Math.min(rows, recordsOf(record)) >= ENOUGH_ROWS;
  return (
    isFilled &&
    type.type !== 'json' &&
    linkTo === undefined &&
    !key.some((column) => column.draft === draft) &&
    draft.source.of === 'member'
  );
}

function recordsOf({ parent, draft: { rows } }: ProposedRecord): number {
  return parent === undefined ? rows : recordsOf(parent);
}

function commentOf(column: ProposedColumn, { draft: { rows }, onto }: ProposedRecord): string | undefined {
  const { stats, source } = column.draft;
  const held = onto === undefined ? [] : [onto.columns.get(column)?.words ?? `? ${onto.table.name} has no such column`];
  if (source.of === 'position') return undefined;
  if (stats.present === 0) return ['no value so far', ...held].join(', ');
  return [`${stats.present}/${rows}`, ...evidenceFor(column), ...held].join(', ');
}

/** What is known of a column beside how often it is there. */
export function evidenceFor({ draft, type, reference, lookup }: ProposedColumn): readonly string[] {
  const { stats, isJson } = draft;
  const words: string[] = [];
  if (!isJson && type.type !== 'json' && stats.present > 1 && stats.distinct.isUnique) words.push('unique');
  if (type.naive !== undefined) words.push(`${type.naive} without a zone, taken as --naive-time says`);
  if (type.spelled?.isLikely) words.push(`? ${type.spelled.is}`);
  if (type.misfits !== undefined) words.push(`? ${type.misfits.type}: all but ${type.misfits.count}`);
  const values = type.type === 'text' && reference === undefined && lookup === undefined ? enumOf(draft) : undefined;
  if (values !== undefined) words.push(values);
  if (lookup !== undefined) {
    const { found, of, table, by } = lookup;
    words.push(`${found}/${of} found in ${table.name}.${by}${found < of ? `, ${of - found} name no row` : ''}`);
  }
  if (reference !== undefined) {
    const { table, column, found, of, isWritten } = reference;
    const orphans = found < of ? `, ${of - found} refer to nothing` : '';
    words.push(
      isWritten ? `${found}/${of} found${orphans}` : `? references ${table.table}.${column.name}: ${found}/${of}`,
    );
  }
  return words;
}
