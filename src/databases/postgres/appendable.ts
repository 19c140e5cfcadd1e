import { missingKeys } from '../../schema/adoption/compare.ts';
import { column, loadColumns, type Table } from '../../schema/table.ts';
import { binaryTypes } from './ddl.ts';
import { isTable, type Relation, type RelationColumn } from './relations.ts';

/** What a stored table does with the rows that are written to it. */
export interface KnownTable {
  /** It has every declared column: another program's table of that name has none of our rows. */
  readonly isWhole: boolean;
  /** Its columns have the types that are declared, so that rows come and go as bytes. */
  readonly isEncodable: boolean;
  /** Besides, it stores every row as it comes, and refuses a natural key that it has. */
  readonly isAppendable: boolean;
  /** It may store something else than it is given, or nothing: what was written is looked at. */
  readonly mayChangeRows: boolean;
  /** Rules may write something else in place of its rows. */
  readonly hasRules: boolean;
  /** It has every foreign key that is declared, and looks at it. */
  readonly keepsKeys: boolean;
  /** Columns that it computes, so that nobody can write them. */
  readonly computed: ReadonlySet<string>;
  /** Columns of texts that it takes for equal although they differ, with their types. */
  readonly folds: ReadonlyMap<string, string>;
}

/** Of a table that this program creates. */
export const AS_DECLARED: KnownTable = {
  isWhole: true,
  isEncodable: true,
  isAppendable: true,
  mayChangeRows: false,
  hasRules: false,
  keepsKeys: true,
  computed: new Set(),
  folds: new Map(),
};

export function knownTable(table: Table, relation: Relation): KnownTable {
  const declared = relation.columns.filter(({ name }) => table.columns[name] !== undefined);
  const named = (fits: (each: RelationColumn) => boolean): string[] => declared.filter(fits).map(({ name }) => name);
  const computed = new Set(named(({ generated }) => generated !== ''));
  const folds = new Map(declared.filter((each) => each.folds === 't').map(({ name, plain }) => [name, plain]));
  // Trailing blanks that are too many are cut off without a word.
  const isCutting = declared.some((each) => isNarrow(table, each));
  // COPY knows neither views nor rules, and refuses tables with row level security.
  const isPlain = isTable(relation) && !relation.hasRules && !relation.hidesRows;
  const isEncodable = isPlain && takesEncodedRows(table, relation);
  const mayChangeRows = relation.mayChangeRows || computed.size > 0 || isCutting;
  const isAppendable = isEncodable && !mayChangeRows && refusesTwins(table, relation);
  const isWhole = Object.keys(table.columns).every((name) => declared.some((each) => each.name === name));
  const keepsKeys = !relation.hasUncheckedKeys && missingKeys(table, relation.foreignKeys).length === 0;
  return { isWhole, keepsKeys, isEncodable, isAppendable, mayChangeRows, hasRules: relation.hasRules, computed, folds };
}

function isNarrow(table: Table, { name, base, limit }: RelationColumn): boolean {
  const { type, max = Number.POSITIVE_INFINITY } = column(table, name);
  return type === 'text' && base === 'varchar' && limit !== null && Number(limit) < max;
}

/** A table of an application may have another type, which takes the same values as text but not as bytes. */
function takesEncodedRows(table: Table, { columns }: Relation): boolean {
  const stored = new Map(columns.map(({ name, plain }) => [name, plain]));
  return loadColumns(table).every((name) => binaryTypes(column(table, name)).includes(stored.get(name) ?? ''));
}

function refusesTwins({ naturalKey }: Table, { indexed }: Relation): boolean {
  return indexed.some(
    ({ isUnique, columns }) =>
      isUnique && columns.length === naturalKey.length && naturalKey.every((name) => columns.includes(name)),
  );
}
