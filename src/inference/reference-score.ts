import { singular } from '../declarations/spellings.ts';
import { isKey } from './keys.ts';
import { tellingNames, wordsOf } from './names.ts';
import type { ProposedColumn, ProposedDataset, ProposedRecord, Reference } from './proposed.ts';
import type { ColumnDraft } from './records.ts';

// How certain it is that the values of a column name rows of another table.

/** From here on a reference is written. */
const CERTAIN = 0.75;

/** Below this share of its values a column refers to nothing. */
const LEAST_COVERAGE = 0.5;

export interface Target {
  readonly table: ProposedRecord;
  readonly column: ProposedColumn;
  /** It is the key, by its name. */
  readonly isNamed: boolean;
}

export const ID_WORDS = new Set(['id', 'ids', 'uuid', 'guid', 'key', 'slug', 'code', 'ref', 'fk']);
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

/** A year says itself which it is: a table of years is a list to choose from. */
const PERIODS = new Set(['year', 'quarter', 'month', 'week', 'day', 'date', 'weekday', 'semester', 'season']);

export function wordsIn(source: ProposedColumn['draft']['source']): readonly string[] {
  if (source.of === 'value') return wordsOf(source.named ?? '');
  return source.of === 'member' ? wordsOf(tellingNames(source.way).at(-1) ?? '') : [];
}

/** Undefined where the column cannot refer to it. */
export function scored(record: ProposedRecord, column: ProposedColumn, target: Target): Reference | undefined {
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
  // Names in a map that all are values of one member elsewhere: by those the map is kept. Of numbers any list has the small ones.
  const isKept = isOfMap && coverage === 1 && !areNumbers(column.draft) && target.column.draft.source.of === 'member';
  const isPeriod = PERIODS.has(words.at(-1) ?? '');
  const score =
    0.45 * coverage +
    name +
    (isIdLike ? 0.1 : 0) +
    (length >= 6 ? 0.1 : 0) +
    (target.isNamed ? 0.05 : 0) +
    (isOpaque ? 0.1 : 0) +
    (isKept ? 0.2 : 0) -
    (isPeriod ? 0.2 : 0) -
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

function areNumbers({ numbers, stats }: ColumnDraft): boolean {
  return numbers !== undefined && numbers.present === stats.present;
}

/** Texts with texts, numbers with numbers. */
export function sameKind({ draft: { stats: one } }: ProposedColumn, { draft: other }: ProposedColumn): boolean {
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
