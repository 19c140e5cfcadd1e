import { isKey } from './keys.ts';
import { tellingNames } from './names.ts';
import { allRecords, type ProposedColumn, type ProposedRecord } from './proposed.ts';
import { ID_WORDS, sameKind, scored, type Target, wordsIn } from './reference-score.ts';

/** From here on a reference is written as a comment. */
const LIKELY = 0.6;
const MOST_CANDIDATES = 3;

const COPY_WORDS = new Set(['name', 'title', 'label', 'email']);
/** Natural keys by which people refer to rows. */
const SECOND_KEYS = /^_?(?:id|uuid|guid|name|username|slug|code|key|email|title)$/;
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

function mayRefer(record: ProposedRecord, { draft, type, linkTo }: ProposedColumn): boolean {
  const { stats, source } = draft;
  if (
    linkTo !== undefined ||
    source.of === 'position' ||
    stats.present === 0 ||
    !['text', 'integer', 'uuid'].includes(type.type)
  )
    return false;
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
