import { singular } from '../declarations/spellings.ts';
import { isKey } from './keys.ts';
import { tellingNames, wordsOf } from './names.ts';
import {
  allRecords,
  type ProposedColumn,
  type ProposedDataset,
  type ProposedRecord,
  type Reference,
} from './proposed.ts';
import type { ColumnDraft } from './records.ts';

/** From here on a reference is written; from the second on it is written as a comment. */
const CERTAIN = 0.75;
const LIKELY = 0.6;
const MOST_CANDIDATES = 3;

/** Below this share of its values a column refers to nothing. */
const LEAST_COVERAGE = 0.5;

interface Target {
  readonly table: ProposedRecord;
  readonly column: ProposedColumn;
  /** It is the key, by its name. */
  readonly isNamed: boolean;
}

const ID_WORDS = new Set(['id', 'ids', 'uuid', 'guid', 'key', 'slug', 'code', 'ref', 'fk']);
const COPY_WORDS = new Set(['name', 'title', 'label', 'email']);
/** Natural keys by which people refer to rows. */
const SECOND_KEYS = /^_?(?:id|uuid|guid|name|username|slug|code|key|email|title)$/;
const PEOPLE = new Set([
  'user',
  'account',
  'member',
  'person',
  'people',
  'profile',
  'player',
  'customer',
  'employee',
  'staff',
]);
const ROLES = new Set([
  'owner',
  'author',
  'creator',
  'by',
  'assignee',
  'sender',
  'recipient',
  'receiver',
  'manager',
  'user',
  'waiter',
  'seller',
  'buyer',
  'host',
]);

/** Notes for each column the table that its values name best. */
export function findReferences(roots: readonly ProposedRecord[]): void {
  const records = allRecords(roots);
  const targets = withoutCopies(records.flatMap(targetsIn));
  for (const record of records) {
    for (const column of record.columns) {
      if (!mayRefer(record, column)) continue;
      const found = targets.flatMap((target) => scored(record, column, target) ?? []);
      const ordered = found.toSorted((a, b) => b.score - a.score || b.found - a.found);
      const [best] = ordered;
      column.candidates = ordered.slice(0, MOST_CANDIDATES);
      if (best !== undefined && best.score >= LIKELY) column.reference = best;
    }
  }
  dropBorrowedKeys(records, targets);
  keepNumbers(records);
  breakWheels(records);
}

/** Rows up to which an id may be unique by chance. */
const FEW_ROWS = 20;

/**
 * The id in a row of a child may be that of the row that it names, `{"items": [{"id": 5, "qty": 1}]}`: then the same id comes again
 * in another record. It is no key where it refers to another table, or where few rows have it and all are ids of another table.
 */
function dropBorrowedKeys(records: readonly ProposedRecord[], targets: readonly Target[]): void {
  const named = new Set(records.flatMap(({ columns }) => columns.flatMap(({ reference }) => reference?.column ?? [])));
  for (const record of records) {
    const [id, ...others] = record.key;
    if (record.parent === undefined || id === undefined || others.length > 0 || named.has(id)) continue;
    const { stats } = id.draft;
    const isBorrowed =
      record.draft.rows < FEW_ROWS &&
      targets.some(
        ({ table, column }) =>
          table.parent === undefined &&
          table.key.includes(column) &&
          sameKind(id, column) &&
          stats.distinct.within(column.draft.stats.distinct) === stats.present,
      );
    const isReference = id.reference?.isWritten === true && id.reference.table !== record;
    if (isBorrowed || isReference) record.key = [];
  }
}

/** Names in maps that numbers refer to are numbers; what refers to them as texts does so no more. */
function keepNumbers(records: readonly ProposedRecord[]): void {
  const columns = records.flatMap((record) => record.columns);
  for (const { draft, reference } of columns) {
    const target = reference?.column;
    if (reference?.isWritten === true && target !== undefined && draft.stats.isAll('number') && target.draft.numbers)
      target.type = { type: 'integer' };
  }
  for (const column of columns) {
    const { reference, draft } = column;
    const isNumber = reference?.column.draft.numbers !== undefined && reference.column.type.type === 'integer';
    if (isNumber !== draft.stats.isAll('number') && reference?.column.draft.source.of === 'capture')
      column.reference = undefined;
  }
}

/**
 * Rows of several tables that share their key (users, profiles, settings) would all refer to each other. One of the tables is the
 * first: the one to which most others refer, else the one with most rows. What refers to it may, and nothing else along the keys.
 */
function breakWheels(records: readonly ProposedRecord[]): void {
  const isOwnKey = (record: ProposedRecord, column: ProposedColumn): boolean =>
    record.key.length === 1 && record.key[0] === column;
  const named = new Map<ProposedRecord, number>();
  for (const record of records) {
    for (const column of record.columns) {
      const { reference } = column;
      if (reference?.isWritten !== true || isOwnKey(record, column)) continue;
      named.set(reference.table, (named.get(reference.table) ?? 0) + 1);
    }
  }
  // Sorting keeps the order of the rest.
  const order = records.toSorted((a, b) => (named.get(b) ?? 0) - (named.get(a) ?? 0) || b.draft.rows - a.draft.rows);
  const ranks = new Map(order.map((record, rank) => [record, rank]));
  const rankOf = (record: ProposedRecord): number => ranks.get(record) ?? 0;
  for (const record of records) {
    for (const column of record.columns) {
      const { reference } = column;
      if (reference === undefined || !isOwnKey(record, column)) continue;
      if (isOwnKey(reference.table, reference.column) && rankOf(reference.table) >= rankOf(record))
        column.reference = undefined;
    }
  }
}

function targetsIn(table: ProposedRecord): readonly Target[] {
  const { key, columns, draft } = table;
  const [only, ...others] = key;
  const primary = only !== undefined && others.length === 0 ? [{ table, column: only, isNamed: isNamedKey(only) }] : [];
  const second = columns.filter((column) => {
    const { source } = column.draft;
    const name = source.of === 'member' && source.way.length === 1 ? (source.way[0] ?? '') : '';
    return (
      !key.includes(column) &&
      column.type.type === 'text' &&
      SECOND_KEYS.test(name.toLowerCase()) &&
      isKey(column.draft, draft.rows)
    );
  });
  return [...primary, ...second.map((column) => ({ table, column, isNamed: isNamedKey(column) }))];
}

/** A member that is called like a key. */
function isNamedKey({ draft: { source } }: ProposedColumn): boolean {
  return source.of === 'member' && tellingNames(source.way).length === 1 && ID_WORDS.has(wordsIn(source).at(-1) ?? '');
}

/** What is keyed by the keys of another table refers to it: others refer to that one. */
function withoutCopies(targets: readonly Target[]): readonly Target[] {
  return targets.filter((target) => {
    const { stats } = target.column.draft;
    return !targets.some(
      (other) =>
        other !== target &&
        other.isNamed &&
        !target.isNamed &&
        sameKind(target.column, other.column) &&
        stats.distinct.within(other.column.draft.stats.distinct) === stats.present,
    );
  });
}

function mayRefer(record: ProposedRecord, { draft, type }: ProposedColumn): boolean {
  const { stats, source } = draft;
  if (source.of === 'position' || stats.present === 0 || !['text', 'integer', 'uuid'].includes(type.type)) return false;
  const words = wordsIn(draft.source);
  const last = words.at(-1) ?? '';
  // `<x>Name` next to `<x>Id` is a copy.
  const hasId = record.columns.some(({ draft: { source: other } }) => {
    const others = wordsIn(other);
    return (
      ID_WORDS.has(others.at(-1) ?? '') &&
      String(others.slice(0, -1)) === String(words.slice(0, -1)) &&
      words.length > 1
    );
  });
  const hasOwnId = record.columns.some(({ draft: { source: other } }) => {
    const others = wordsIn(other);
    return words.length > 0 && ID_WORDS.has(others.at(-1) ?? '') && String(others.slice(0, -1)) === String(words);
  });
  return !(COPY_WORDS.has(last) && hasId) && !hasOwnId;
}

function wordsIn(source: ProposedColumn['draft']['source']): readonly string[] {
  return source.of === 'member' ? wordsOf(tellingNames(source.way).at(-1) ?? '') : [];
}

function scored(record: ProposedRecord, column: ProposedColumn, target: Target): Reference | undefined {
  if (target.column === column) return undefined;
  const { stats, source } = column.draft;
  if (!sameKind(column, target.column)) return undefined;
  const name = nameScore(record, column, target);
  // Two keys of one row name no other row.
  if (target.table === record && name === 0 && isKey(column.draft, record.draft.rows)) return undefined;
  const isSecond = !target.table.key.includes(target.column);
  if (isSecond && name < 0.3 && !target.isNamed) return undefined;
  const isNumber = stats.isAll('number');
  const { numbers, stats: texts } = target.column.draft;
  const found = stats.distinct.within((isNumber ? (numbers ?? texts) : texts).distinct);
  const coverage = found / stats.present;
  if (coverage < LEAST_COVERAGE) return undefined;
  const words = wordsIn(source);
  const isIdLike = ID_WORDS.has(words.at(-1) ?? '') || source.of === 'capture' || source.of === 'value';
  const length = isNumber ? stats.whole : stats.shortest;
  // Long texts are not in one key all of them by chance.
  const isLong = coverage === 1 && !isNumber && (stats.isForm('uuid') || stats.shortest >= 8);
  const isOfMember = target.isNamed && isIdLike && (source.of !== 'member' || words.length > 1);
  const isOfMap = source.of === 'capture' && source.from === 'map' && stats.distinct.count > 1;
  const isOpaque = isLong && (isOfMember || isOfMap);
  const score =
    0.45 * coverage +
    name +
    (isIdLike ? 0.1 : 0) +
    (length >= 6 ? 0.1 : 0) +
    (target.isNamed ? 0.05 : 0) +
    (isOpaque ? 0.1 : 0) -
    (isNumber && stats.whole <= 4 && name === 0 ? 0.25 : 0);
  const rounded = Math.round(score * 1000) / 1000;
  return {
    table: target.table,
    column: target.column,
    score: rounded,
    isWritten: rounded >= CERTAIN,
    found,
    of: stats.present,
    bond: 'keep',
  };
}

function sameKind({ draft: { stats: one } }: ProposedColumn, { draft: other }: ProposedColumn): boolean {
  const isNumber = other.stats.isAll('number') || (other.numbers !== undefined && other.numbers.present > 0);
  return (one.isAll('text') && other.stats.isAll('text')) || (one.isAll('number') && isNumber);
}

/** Two names in paths that are the name of the same directory: users/<user>/a.json, users/<user>/b/<b>.json. */
function isSameDirectory(record: ProposedRecord, table: ProposedRecord, one: ColumnDraft, other: ColumnDraft): boolean {
  const [own, its] = [around(record, one), around(table, other)];
  return own !== undefined && own === its;
}

/** What stands in the path before the name, where names vary too. */
function around(record: ProposedRecord, draft: ColumnDraft): string | undefined {
  if (!('group' in record) || draft.source.of !== 'capture' || draft.source.from !== 'path') return undefined;
  const { segments } = (record as ProposedDataset).group;
  const captures = record.draft.columns.filter(({ source }) => source.of === 'capture' && source.from === 'path');
  const varying = segments.flatMap(({ varies }, at) => (varies ? [at] : []));
  const at = varying[captures.indexOf(draft)] ?? segments.length;
  // The name of a file is that of a thing, not of a directory.
  if (at >= segments.length - 1) return undefined;
  return JSON.stringify(segments.slice(0, at + 1));
}

/** How much the name of the column says that it means the table. */
function nameScore(record: ProposedRecord, { draft }: ProposedColumn, { table, column }: Target): number {
  const { source, stats } = draft;
  const words = wordsIn(source);
  const meant = words.length > 0 && ID_WORDS.has(words.at(-1) ?? '') ? words.slice(0, -1) : words;
  const wanted = singular(wordsOf(table.table).at(-1) ?? '');
  const last = singular(meant.at(-1) ?? '');
  if (source.of === 'capture' && source.from === 'path')
    return isSameDirectory(record, table, draft, column.twin ?? column.draft) ? 0.3 : 0;
  if (last === '') {
    // The members of a channel are users.
    const list = singular(wordsOf(record.table).at(-1) ?? '');
    if (source.of === 'value' && PEOPLE.has(list) && PEOPLE.has(wanted)) return 0.25;
    // The id of an element in a list that is called like the table.
    const isOwn = record === table || record.parent === undefined || (stats.distinct.isUnique && stats.isAll('number'));
    return !isOwn && singular(wordsOf(record.table).at(-1) ?? '') === wanted ? 0.3 : 0;
  }
  // A number in the plural counts.
  if (stats.isAll('number') && last !== meant.at(-1)) return 0;
  const heads = [meant.slice(0, -1), wordsOf(table.table).slice(0, -1)].map((head) => head.map(singular).join(' '));
  const isOther = heads.every((head) => head !== '') && !(heads[0] ?? '').endsWith(heads[1] ?? '');
  if (last === wanted) return isOther ? 0 : 0.3;
  const second = wordsIn(column.draft.source).at(-1) ?? '';
  if (second === last && second === 'username' && PEOPLE.has(wanted)) return 0.3;
  if (last === 'parent' && record === table) return 0.25;
  return ROLES.has(last) && PEOPLE.has(wanted) ? 0.25 : 0;
}
