import type { FoundColumn, FoundTable } from '../databases/found-table.ts';
import { singular } from '../declarations/spellings.ts';
import { type DeclaredDataset, type DeclaredRecord, isSamePath } from './declared.ts';
import type { FileGroup } from './file-groups.ts';
import { documentId, idNames, isKey, KEY_NAMES, keyByName, keyByPlace, ownNames } from './keys.ts';
import { SUBCOLLECTIONS } from './map-or-record.ts';
import { Names, snakeCase } from './names.ts';
import type { PathStep, Place } from './places.ts';
import type { ChildDraft, ColumnDraft, RecordDraft } from './records.ts';
import { isSecretName } from './sensitive.ts';
import { isLog } from './state-log.ts';
import { nameTables, originalOf } from './table-names.ts';
import type { PlannedPlace, Twins } from './twins.ts';
import { type ProposedType, typeOf } from './types.ts';
import type { Version } from './versions.ts';

/** What the values of a column name in another table, and how certain that is. */
export interface Reference {
  readonly table: ProposedRecord;
  readonly column: ProposedColumn;
  readonly score: number;
  /** Values that are there, of how many. */
  readonly found: number;
  readonly of: number;
  /** It is certain enough to be declared. */
  readonly isWritten: boolean;
  /** How the database checks it: at once, at the end, or not at all. */
  bond: 'enforced' | 'deferred' | 'keep';
}

/** Values that are what rows of another table are called, in a column that holds the key of these rows. */
export interface Lookup {
  /** The column that holds it. */
  readonly stored: string;
  readonly table: FoundTable;
  /** The key, and the column by which the values name it. */
  readonly column: string;
  readonly by: string;
  /** Values that name a row, of how many. */
  readonly found: number;
  readonly of: number;
  /** Whose records make these rows; undefined where they are there already. */
  readonly feeds: ProposedRecord | undefined;
}

/** A column as it is proposed. */
export interface ProposedColumn {
  readonly draft: ColumnDraft;
  name: string;
  type: ProposedType;
  /** Of a literal: the column that says what it was. */
  kind: string;
  /** A name in the path or in a map that says the same: it stands in where the member is absent. */
  readonly twin: ColumnDraft | undefined;
  /** The name of the record around it that the member always repeats: the column is the link to that record. */
  readonly linkTo: ColumnDraft | undefined;
  reference: Reference | undefined;
  lookup: Lookup | undefined;
  /** What else it may refer to, the best first. */
  candidates: readonly Reference[];
  /** Its name says that its texts may be passwords, tokens or hashes. */
  readonly isSecret: boolean;
  /** Another table refers to it, and it is no primary key. */
  isUnique: boolean;
}

/** A column that holds a part of the key of the parent's row; `usual` is how the loader calls it. */
export interface Link {
  readonly column: string;
  readonly parent: string;
  readonly usual: string;
}

/** A table that is there, with what of a record it holds. */
export interface Onto {
  readonly table: FoundTable;
  readonly columns: ReadonlyMap<ProposedColumn, FoundColumn>;
  /** By the column of the parent's row that they hold. */
  readonly links: ReadonlyMap<string, string>;
  /** The key that the database makes for its rows, where others name them by it. */
  madeKey: FoundColumn | undefined;
}

/** A table as it is proposed. */
export interface ProposedRecord {
  table: string;
  readonly draft: RecordDraft;
  readonly parent: ProposedRecord | undefined;
  /** The table of a database that holds it; undefined where none does, or none was looked at. */
  onto: Onto | undefined;
  /** The tables of a database were looked at, and none of them holds it. */
  isNowhere: boolean;
  /** Where it is declared already; empty where it is not. */
  readonly declared: readonly DeclaredRecord[];
  readonly columns: readonly ProposedColumn[];
  /** The columns of its key: none where a row has no other than its place, or its content. */
  key: readonly ProposedColumn[];
  /** A record for each file, where nothing else tells them apart. */
  readonly isOne: boolean;
  readonly children: readonly ProposedChild[];
  /** What the table needs beside its columns: the key of its parent's row, and what takes the rest. */
  links: readonly Link[];
  rest: string;
  /** The column with the constant key of the only row. */
  one: string;
}

export interface ProposedChild extends ProposedRecord {
  readonly steps: readonly PathStep[];
}

export interface ProposedDataset extends ProposedRecord {
  readonly place: Place;
  readonly group: FileGroup;
  readonly declared: readonly DeclaredDataset[];
  /** Where other datasets share its files: which records are its. */
  readonly version: Version | undefined;
  /** Of a dataset without a key: two columns that together would be one. */
  pair: readonly ProposedColumn[] | undefined;
  /** It has files that no declared dataset takes. */
  readonly isWider: boolean;
  /** By their names its files are copies of these, which hold the same kind of records. */
  readonly copyOf: FileGroup | undefined;
}

/** What is known of places beside what they hold. */
export interface Known {
  readonly twins: ReadonlyMap<PlannedPlace, Twins>;
  readonly versions: ReadonlyMap<FileGroup, Version>;
  /** Names of tables that a config has already. */
  readonly taken: Iterable<string>;
}

/** Tables with keys; columns are named when it is known what they refer to. */
export function proposeTables(
  planned: readonly PlannedPlace[],
  { twins, versions, taken }: Known,
): readonly ProposedDataset[] {
  const names = new Names(taken);
  const originals = new Map(planned.map(({ place: { group } }) => [group, originalOf(group, planned)] as const));
  const declaredName = (each: PlannedPlace): string | undefined => twins.get(each)?.datasets[0]?.plan.table.name;
  const isCopied = ({ group }: Place): boolean => originals.get(group) !== undefined;
  const { tables, inGroups } = nameTables(planned, names, declaredName, isCopied);
  return planned.map((each) => {
    const { place, draft } = each;
    const table = tables.get(each) ?? '';
    const { datasets, isWider } = twins.get(each) ?? { datasets: [], isWider: false };
    const record = propose(draft, { table, declared: datasets }, undefined, place, names, inGroups.get(table));
    return Object.assign(record, {
      place,
      group: place.group,
      declared: datasets,
      isWider,
      version: versions.get(place.group),
      pair: undefined,
      copyOf: originals.get(place.group),
    });
  });
}

function propose(
  draft: RecordDraft,
  { table, declared }: Pick<ProposedRecord, 'table' | 'declared'>,
  parent: ProposedRecord | undefined,
  place: Place | undefined,
  names: Names,
  inGroups = table,
): ProposedRecord {
  const columns = withTwins(draft);
  const key = keyOf(draft, columns, table, place);
  const isOne = key.length === 0 && place?.isRow === true;
  const children: ProposedChild[] = [];
  const record: ProposedRecord = {
    table,
    onto: undefined,
    isNowhere: false,
    draft,
    parent,
    declared,
    columns,
    key,
    isOne,
    children,
    links: [],
    rest: 'extra',
    one: 'id',
  };
  for (const child of draft.children) children.push(proposeChild(child, record, names, inGroups));
  return record;
}

function proposeChild(child: ChildDraft, parent: ProposedRecord, names: Names, inGroups: string): ProposedChild {
  const own = snakeCase(child.member.filter((name) => name !== SUBCOLLECTIONS));
  const wanted =
    child.member.length === 0 ? [inGroups, `${singular(inGroups)}_entries`] : [`${singular(parent.table)}_${own}`];
  const declared = parent.declared.flatMap(({ children }) =>
    children.filter(({ steps }) => isSamePath(steps, child.steps)),
  );
  const table = declared[0]?.plan.table.name ?? names.take(wanted, `${parent.table} ${child.member.join('/')}`);
  // Children know it as their parent: it stays the same object.
  return Object.assign(propose(child, { table, declared }, parent, undefined, names), { steps: child.steps });
}

/** A name in the path or a map that a member always repeats is one column with it. */
function withTwins({ columns, echoes, rows }: RecordDraft): readonly ProposedColumn[] {
  const twins = new Map<ColumnDraft, ColumnDraft>();
  const links = new Map<ColumnDraft, ColumnDraft>();
  for (const [capture, counts] of echoes) {
    if (!columns.includes(capture)) {
      const link = columns.find((column) => counts.get(column) === rows && column.stats.isAll('text'));
      if (link !== undefined && capture.source.of === 'capture' && capture.source.from === 'map')
        links.set(link, capture);
      continue;
    }
    const echo = columns.find((column) => {
      const times = counts.get(column) ?? 0;
      return !twins.has(column) && !column.isJson && times === column.stats.present && times >= rows * 0.95;
    });
    if (echo !== undefined) twins.set(echo, capture);
  }
  const merged = new Set(twins.values());
  return columns
    .filter((column) => !merged.has(column))
    .map((draft) => ({
      draft,
      name: '',
      kind: '',
      type: typeOf(draft),
      twin: twins.get(draft),
      linkTo: links.get(draft),
      reference: undefined,
      lookup: undefined,
      candidates: [],
      isSecret:
        draft.stats.isAll('text') && draft.source.of === 'member' && isSecretName(draft.source.way.at(-1) ?? ''),
      isUnique: false,
    }));
}

function keyOf(
  draft: RecordDraft,
  columns: readonly ProposedColumn[],
  table: string,
  place: Place | undefined,
): readonly ProposedColumn[] {
  const of = (found: ColumnDraft | undefined): readonly ProposedColumn[] =>
    columns.filter(({ draft: each, twin }) => found !== undefined && (each === found || twin === found));
  // Of its states the last one counts: the id of a document comes again.
  const ofLog = place !== undefined && isLog(place.group) ? documentId(draft) : undefined;
  const byId = ofLog ?? keyByName(draft, idNames(table));
  if (byId !== undefined) return of(byId);
  const echoed = columns.filter(({ draft: each, twin }) => twin !== undefined && isKey(each, draft.rows));
  if (echoed.length === 1 && place !== undefined) return echoed;
  // A map has each name once, whatever else is unique so far.
  const inMap = place?.steps.at(-1)?.to === 'names' ? keyByPlace(draft) : undefined;
  if (inMap !== undefined) return inMap.flatMap((column) => of(column));
  // Of one row every member is unique; in a row of a child such a name is mostly that of another row.
  const named =
    draft.rows > 1 && place !== undefined ? keyByName(draft, [...ownNames(table), ...KEY_NAMES]) : undefined;
  if (named !== undefined) return of(named);
  if (place === undefined) return [];
  const isAtPlace =
    !place.steps.some(({ to }) => to === 'elements') && !['lines', 'sequence'].includes(place.group.begins);
  const byPlace = isAtPlace ? keyByPlace(draft) : undefined;
  return byPlace === undefined ? [] : byPlace.flatMap((column) => of(column));
}

export function allRecords(records: readonly ProposedRecord[]): readonly ProposedRecord[] {
  return records.flatMap((record) => [record, ...allRecords(record.children)]);
}
