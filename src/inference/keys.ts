import { singular } from '../declarations/spellings.ts';
import { snakeCase, tellingNames } from './names.ts';
import type { ColumnDraft, RecordDraft } from './records.ts';

/** Texts that an index of PostgreSQL holds for certain. https://www.postgresql.org/docs/current/btree.html */
const LONGEST = 500;

/** Names of what may be a key, the best first. */
export const KEY_NAMES = ['key', 'slug', 'code', 'sku', 'isbn', 'ean', 'username', 'email', 'token', 'jti', 'hash'];

/** Whether the column alone tells every record from every other. */
export function isKey({ stats, isJson, source }: ColumnDraft, rows: number): boolean {
  if (isJson || source.of === 'position' || stats.present !== rows || rows === 0) return false;
  const isText = stats.isAll('text') && stats.longest <= LONGEST;
  const isNumber = stats.isAll('number') && stats.isWhole && stats.isExact && stats.isFinite;
  return (isText || isNumber) && stats.distinct.isUnique;
}

/** The names of a key for certain. */
export function idNames(table: string): readonly string[] {
  return ['id', snakeCase([singular(table), 'id']), snakeCase([table, 'id']), 'uuid', 'guid'];
}

/** Numbers and codes that are called after the table: `invoice_number`. */
export function ownNames(table: string): readonly string[] {
  return ['code', 'number', 'key', 'no'].map((last) => snakeCase([singular(table), last]));
}

/** The column that a person would take as the key: by its name, unique and complete. */
export function keyByName(record: RecordDraft, names: readonly string[]): ColumnDraft | undefined {
  const candidates = record.columns.filter((column) => isKey(column, record.rows));
  for (const name of names) {
    const found = candidates.find(
      ({ source }) => source.of === 'member' && isAlone(source.way) && snakeCase(tellingNames(source.way)) === name,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Names in the path of the file and in maps, where they tell records from each other. */
export function keyByPlace(record: RecordDraft): readonly ColumnDraft[] | undefined {
  const captures = record.columns.filter(({ source }) => source.of === 'capture');
  const alone = captures.findLast((column) => isKey(column, record.rows));
  if (alone !== undefined) return [alone];
  return captures.length > 0 && captures.every(({ stats }) => stats.longest <= LONGEST) ? captures : undefined;
}

/** A member of the record, or the only one in a wrapper such as `{"$oid": "…"}`. */
function isAlone(way: readonly string[]): boolean {
  return tellingNames(way).length === 1;
}

/** The id that a document database gives. */
export function documentId({ columns, rows }: RecordDraft): ColumnDraft | undefined {
  return columns.find(
    ({ source, stats }) =>
      source.of === 'member' &&
      source.way[0] === '_id' &&
      stats.present === rows &&
      (stats.isAll('text') || stats.isAll('number')),
  );
}
