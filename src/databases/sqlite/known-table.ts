import type BetterSqlite3 from 'better-sqlite3';
import { isUnkeyed, matchColumns, unheldOf } from '../../schema/match-columns.ts';
import { column, numberedColumn, type Table, type Value } from '../../schema/table.ts';
import { type TimeStyle, timeStyleOf } from '../../time/iso-text.ts';
import type { ZoneClock } from '../../time/zone-clock.ts';
import { ROW } from '../links.ts';
import { type Holding, type HoldingColumn, isHeldPlainly, undeclaredColumns } from '../misfit.ts';
import { type ColumnInfo, columnsOf, foldingColumns, isStrictTable } from './catalog.ts';
import { quote, quoteText, storedAs } from './ddl.ts';
import { affinityOf, type Form, formOf } from './forms.ts';
import { unkeyedRows } from './row-content.ts';
import { type Bound, bindTo } from './values.ts';

export interface StoredColumn extends HoldingColumn {
  readonly form: Form;
}

/** The column by which the ledger knows a row that has no other key. */
export interface RowKeyColumn {
  readonly name: string;
  /** It is the number of the row itself, which the database makes. */
  readonly isNumber: boolean;
}

/** What a stored table does with the rows that are written to it. */
export interface KnownTable extends Holding {
  readonly columns: ReadonlyMap<string, StoredColumn>;
  readonly rowKey: RowKeyColumn | undefined;
  /** Declared columns of texts that it takes for equal although they differ. */
  readonly folds: ReadonlySet<string>;
}

/** Of a table that this program creates. */
export const AS_DECLARED: KnownTable = {
  columns: new Map(),
  undeclared: [],
  isAsDeclared: true,
  beside: [],
  absent: [],
  rowKey: undefined,
  isKeyed: true,
  isUnkeyed: false,
  isNumbered: false,
  computed: new Set(),
  filled: new Map(),
  folds: new Set(),
};

const AS_IT_IS: Form = {};

/** The place of a row of a table without a key. It does not last: VACUUM changes it. */
const ROWID: RowKeyColumn = { name: 'rowid', isNumber: true };

export function readKnownTable(
  connection: BetterSqlite3.Database,
  table: Table,
  clock: ZoneClock | undefined,
): KnownTable {
  const infos = columnsOf(connection, table.name);
  const isStrict = isStrictTable(connection, table.name);
  const matched = matchedColumns(table, infos, isStrict);
  const { isOurs, forms } = storedForms(connection, table, { matched, isStrict }, clock);
  const columns = new Map(
    [...matched].map(([name, info]): [string, StoredColumn] => [
      name,
      {
        name: info.name,
        form: forms.get(name) ?? AS_IT_IS,
        words: info.type === '' ? 'untyped' : info.type,
        notNull: info.notnull === 1,
      },
    ]),
  );
  const ownKey = rowKeyOf(infos);
  const hasNoKey = isUnkeyed(table, columns, ownKey !== undefined);
  const rowKey = hasNoKey ? ROWID : ownKey;
  const { beside, absent } = unheldOf(table, columns, ownKey !== undefined);
  const isFilled = ([name, { notnull, dflt_value }]: [string, ColumnInfo]): boolean =>
    rowKey !== undefined &&
    notnull === 1 &&
    dflt_value !== null &&
    !table.naturalKey.includes(name) &&
    !column(table, name).isApplications &&
    !isOurs;
  const filled = new Map([...matched].filter(isFilled).map(([name, { dflt_value }]) => [name, dflt_value ?? 'NULL']));
  const folding = foldingColumns(connection, table.name);
  const named = (fits: (info: ColumnInfo) => boolean): ReadonlySet<string> =>
    new Set([...matched].filter(([, info]) => fits(info)).map(([name]) => name));
  const isDeclared = (info: ColumnInfo): boolean =>
    [...matched].some(([name, held]) => held === info && !column(table, name).isApplications);
  return {
    columns,
    undeclared: undeclaredColumns(
      infos
        .filter((each) => each.hidden === 0 && each.pk === 0 && !isDeclared(each))
        .map(({ name, dflt_value }) => ({ name, standard: dflt_value })),
    ),
    isAsDeclared:
      beside.length + absent.length + filled.size === 0 && [...columns].every((each) => isHeldPlainly(...each)),
    beside,
    absent,
    rowKey,
    isKeyed: [...table.naturalKey, ...table.primaryKey].every((name) => columns.has(name) || beside.includes(name)),
    isUnkeyed: hasNoKey,
    isNumbered:
      rowKey?.isNumber === true &&
      isNaturalKey(table, columns, rowKey.name) &&
      (!isOurs || numberedColumn(table) !== undefined),
    computed: named(({ hidden }) => hidden > 1),
    filled,
    folds: named(({ name }) => folding.has(name)),
  };
}

export interface StoredForms {
  /** The table is as this program makes it. */
  readonly isOurs: boolean;
  /** How each declared column is held; undefined where it cannot be. */
  readonly forms: ReadonlyMap<string, Form | undefined>;
}

export function storedForms(
  connection: BetterSqlite3.Database,
  table: Table,
  { matched, isStrict }: { readonly matched: ReadonlyMap<string, ColumnInfo>; readonly isStrict: boolean },
  clock: ZoneClock | undefined,
): StoredForms {
  const isOurs = isStrict && Object.keys(table.columns).every((name) => isAsWeMake(table, name, matched.get(name)));
  const formIn = (name: string, info: ColumnInfo): Form | undefined => {
    const declared = column(table, name);
    const times = declared.type === 'timestamp' && !isOurs ? styleOf(connection, table, info) : undefined;
    const stored = { affinity: affinityOf(info.type), type: info.type, isStrict, times };
    return formOf(declared, { ...stored, clock: isOurs ? undefined : clock });
  };
  return { isOurs, forms: new Map([...matched].map(([name, info]) => [name, formIn(name, info)])) };
}

function isNaturalKey({ naturalKey }: Table, columns: KnownTable['columns'], stored: string): boolean {
  const [name = '', ...others] = naturalKey;
  return others.length === 0 && columns.get(name)?.name === stored;
}

function isAsWeMake(table: Table, name: string, info: ColumnInfo | undefined): boolean {
  return info?.name === name && info.type.toUpperCase() === storedAs(column(table, name));
}

/** The columns of a table by the declared ones that they hold. */
export function matchedColumns(
  table: Table,
  infos: readonly ColumnInfo[],
  isStrict: boolean,
): ReadonlyMap<string, ColumnInfo> {
  const isNumbered = rowKeyOf(infos)?.isNumber === true;
  const holdsJson = ({ type }: ColumnInfo): boolean =>
    formOf({ type: 'json' }, { affinity: affinityOf(type), type, isStrict, times: undefined }) !== undefined;
  const stored = infos.map((info) => ({
    name: info.name,
    isGeneratedKey: isNumbered && info.pk > 0,
    holdsJson: holdsJson(info),
  }));
  const byName = new Map(infos.map((info) => [info.name, info]));
  return new Map(
    [...matchColumns(table, stored)].flatMap(([declared, name]) => {
      const info = byName.get(name);
      return info === undefined ? [] : [[declared, info] as const];
    }),
  );
}

/** The column that alone is the primary key. */
export function rowKeyOf(infos: readonly ColumnInfo[]): RowKeyColumn | undefined {
  const [key, ...others] = infos.filter(({ pk }) => pk > 0);
  if (key === undefined || others.length > 0) return undefined;
  return { name: key.name, isNumber: key.type.toUpperCase() === 'INTEGER' };
}

/** As a row that is there writes it. */
function styleOf(
  connection: BetterSqlite3.Database,
  table: Table,
  { name }: Pick<ColumnInfo, 'name'>,
): TimeStyle | undefined {
  const sql = `SELECT ${quote(name)} FROM ${quote(table.name)} WHERE ${quote(name)} IS NOT NULL LIMIT 1`;
  const value = connection.prepare<[], Bound>(sql).safeIntegers(true).pluck().get();
  return value === undefined || value === null || value instanceof Uint8Array ? undefined : timeStyleOf(value);
}

/** What is bound for a value of a declared column. A key that cannot be held is found nowhere. */
export function bindHeld(known: KnownTable, table: Table, name: string, value: Value | undefined): Bound {
  const form = known.columns.get(name)?.form;
  if (value === null || value === undefined || form === undefined) return bindTo(column(table, name), value);
  return form.refuses?.(value) === undefined && form.write ? form.write(value) : bindTo(column(table, name), value);
}

export type Binder = (value: Value) => Bound;

/** The same for many values of one column. */
export function binderOf(known: KnownTable, table: Table, name: string): Binder {
  const declared = column(table, name);
  const { refuses, write } = known.columns.get(name)?.form ?? {};
  if (write === undefined) return (value) => (value === null ? null : bindTo(declared, value));
  return (value) => {
    if (value === null) return null;
    return refuses?.(value) === undefined ? write(value) : bindTo(declared, value);
  };
}

/** The same for what `rowSource` shows of the column. */
export function bindShown(known: KnownTable, table: Table, name: string, value: Value | undefined): Bound {
  const isRead = known.columns.get(name)?.form.read !== undefined;
  return isRead ? bindTo(column(table, name), value) : bindHeld(known, table, name, value);
}

/** The natural key of a row, to find it in what `rowSource` shows. */
export function bindKey(known: KnownTable, table: Table, key: readonly Value[]): readonly Bound[] {
  return table.naturalKey.map((name, index) => bindShown(known, table, name, key[index]));
}

/** Where the rows of a table are read from, with the declared columns under their names: the table itself where it has them. */
export function rowSource(table: Table, known: KnownTable, rowKeys: string | undefined, isShadow = false): string {
  const from = quote(table.name);
  if (known.isAsDeclared) return from;
  const { beside, filled, rowKey } = known;
  const isKept = beside.length + filled.size > 0 && rowKey !== undefined && rowKeys !== undefined && !isShadow;
  const listed = Object.keys(table.columns).map((name) => {
    const stored = known.columns.get(name);
    const value = `r.${quote(stored?.name ?? name)}`;
    if (stored)
      return `${isKept ? storedValue(known, name, value) : (stored.form.read?.(value) ?? value)} AS ${quote(name)}`;
    if (!beside.includes(name)) return `NULL AS ${quote(name)}`;
    if (isShadow) return value;
    return `${isKept ? keptValue(table, name) : 'NULL'} AS ${quote(name)}`;
  });
  if (isKept && known.isUnkeyed) return unkeyedRows(table, known, listed, rowKeys);
  const join = isKept
    ? ` LEFT JOIN ${rowKeys} k ON k.table_name = ${quoteText(table.name)} AND ${keyedRow(rowKey, 'k', `r.${quote(rowKey.name)}`)}`
    : '';
  const own = rowKey === undefined ? [] : [`r.${quote(rowKey.name)} AS ${ROW}`];
  return `(SELECT ${[...own, ...listed].join(', ')} FROM ${from} r${join})`;
}

/** What a default of the table has filled is NULL for us, as long as it is what it was. */
function storedValue({ columns, filled }: KnownTable, name: string, value: string): string {
  const shown = columns.get(name)?.form.read?.(value) ?? value;
  if (!filled.has(name)) return shown;
  return `CASE WHEN ${value} = ${filledIn(name)} THEN NULL ELSE ${shown} END`;
}

/** That an entry of the ledger is about the row with this key. */
export function keyedRow({ isNumber }: RowKeyColumn, entry: string, key: string): string {
  return isNumber ? `${entry}.row_number = ${key}` : `${entry}.row_text = CAST(${key} AS TEXT)`;
}

function keptValue(table: Table, name: string): string {
  if (name === table.recordKey) return 'k.record_key';
  return memberOfKept([name]);
}

/** What a default had filled, by an entry `k` of the ledger. JSON has no bytes: they are kept in digits. */
export function filledIn(name: string): string {
  const way = ['filled', name];
  return `coalesce(unhex(${memberOfKept([...way, 'hex'])}), ${memberOfKept(way)})`;
}

/** A member of what an entry `k` of the ledger keeps. */
function memberOfKept(way: readonly string[]): string {
  return `json_extract(k.kept, ${quoteText(['$', ...way.map((name) => JSON.stringify(name))].join('.'))})`;
}
