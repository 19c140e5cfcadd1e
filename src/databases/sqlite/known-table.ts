import type BetterSqlite3 from 'better-sqlite3';
import { storedTable } from '../../schema/key-link.ts';
import { isUnkeyed, matchColumns, unheldOf } from '../../schema/match-columns.ts';
import { column, loadColumns, numberedColumn, type Table, type Value } from '../../schema/table.ts';
import { type TimeStyle, timeStyleOf } from '../../time/iso-text.ts';
import type { ZoneClock } from '../../time/zone-clock.ts';
import { type Holding, type HoldingColumn, isHeldAsGiven, undeclaredColumns } from '../misfit.ts';
import { type ColumnInfo, columnsOf, foldingColumns, hasRowId, isStrictTable } from './catalog.ts';
import { quote, storedAs } from './ddl.ts';
import { affinityOf, type Form, formOf } from './forms.ts';
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

/** A key of the row above: see `KeyLink`. */
export interface StoredLink {
  /** The column of the table. */
  readonly name: string;
  readonly notNull: boolean;
  /** What it stands for, as the row above holds it. */
  readonly columns: ReadonlyMap<string, StoredColumn>;
}

/** What a stored table does with the rows that are written to it. */
export interface KnownTable extends Holding {
  readonly columns: ReadonlyMap<string, StoredColumn>;
  readonly rowKey: RowKeyColumn | undefined;
  /** The columns that its link stands for. */
  readonly link: StoredLink | undefined;
  /** Declared columns of texts that it takes for equal although they differ. */
  readonly folds: ReadonlySet<string>;
}

/** Of a table that this program creates. */
export const AS_DECLARED: KnownTable = {
  columns: new Map(),
  undeclared: [],
  isAsDeclared: true,
  isRestorable: true,
  beside: [],
  absent: [],
  rowKey: undefined,
  link: undefined,
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

/** `knownAbove`: of the table of the rows above, where rows name them by a key that the database makes. */
export function readKnownTable(
  connection: BetterSqlite3.Database,
  table: Table,
  clock: ZoneClock | undefined,
  knownAbove?: KnownTable,
): KnownTable {
  const infos = columnsOf(connection, table.name);
  const isStrict = isStrictTable(connection, table.name);
  const inTable = storedTable(table);
  const all = matchedColumns(inTable, infos, isStrict);
  const { isOurs, forms } = storedForms(connection, inTable, { matched: all, isStrict }, clock);
  const matched = new Map([...all].filter(([name]) => name !== table.link?.name));
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
  const hasRowName = ownKey !== undefined || hasRowId(connection, table.name);
  const link = hasRowName ? linkOf(table, all, knownAbove) : undefined;
  const rowKey = hasNoKey ? ROWID : ownKey;
  const held = new Map([...columns, ...(link?.columns ?? [])]);
  const { beside, absent } = unheldOf(table, held, ownKey !== undefined);
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
    [...all].some(([name, found]) => found === info && table.columns[name]?.isApplications !== true);
  const isWhole = beside.length + absent.length + filled.size === 0;
  const folds = new Set(named(({ name }) => folding.has(name)));
  for (const [own, above] of (link && table.link?.by) ?? []) if (knownAbove?.folds.has(above)) folds.add(own);
  return {
    columns,
    undeclared: undeclaredColumns(
      infos
        .filter((each) => each.hidden === 0 && each.pk === 0 && !isDeclared(each))
        .map(({ name, dflt_value }) => ({ name, standard: dflt_value })),
    ),
    isAsDeclared: isWhole && link === undefined && [...columns].every((each) => isHeldAsGiven(...each)),
    isRestorable: isWhole && !hasNoKey,
    beside,
    absent,
    rowKey,
    link,
    isKeyed: [...table.naturalKey, ...table.primaryKey].every((name) => held.has(name) || beside.includes(name)),
    isUnkeyed: hasNoKey,
    isNumbered:
      rowKey?.isNumber === true &&
      isNaturalKey(table, columns, rowKey.name) &&
      (!isOurs || numberedColumn(table) !== undefined),
    computed: named(({ hidden }) => hidden > 1),
    filled,
    folds,
  };
}

function linkOf(
  { link }: Table,
  matched: ReadonlyMap<string, ColumnInfo>,
  knownAbove: KnownTable | undefined,
): StoredLink | undefined {
  const info = link && matched.get(link.name);
  if (link === undefined || info === undefined || knownAbove === undefined) return undefined;
  if (link.by.some(([, above]) => knownAbove.absent.includes(above))) return undefined;
  const kept = { form: AS_IT_IS, words: 'TEXT', notNull: true };
  const columns = link.by.map(([own, above]): [string, StoredColumn] => {
    const stored = knownAbove.columns.get(above) ?? knownAbove.link?.columns.get(above) ?? kept;
    return [own, { ...stored, name: own }];
  });
  return { name: info.name, notNull: info.notnull === 1, columns: new Map(columns) };
}

/** The table has no column for it, and yet it is known of its rows. */
export function isElsewhere({ beside, link }: KnownTable, name: string): boolean {
  return beside.includes(name) || link?.columns.has(name) === true;
}

/** The declared columns that are written: all that the table has but those that the database computes. */
export function writtenColumns(table: Table, { computed, absent, beside, link }: KnownTable): readonly string[] {
  const isHeld = (name: string): boolean =>
    !computed.has(name) && !absent.includes(name) && !beside.includes(name) && !link?.columns.has(name);
  return loadColumns(table).filter(isHeld);
}

/** What a source of rows shows as ROW. */
export function rowNameOf({ rowKey, link }: KnownTable): string | undefined {
  return rowKey?.name ?? (link && ROWID.name);
}

function heldColumn(known: KnownTable, name: string): StoredColumn | undefined {
  return known.columns.get(name) ?? known.link?.columns.get(name);
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
  const form = heldColumn(known, name)?.form;
  if (value === null || value === undefined || form === undefined) return bindTo(column(table, name), value);
  return form.refuses?.(value) === undefined && form.write ? form.write(value) : bindTo(column(table, name), value);
}

export type Binder = (value: Value) => Bound;

/** The same for many values of one column. */
export function binderOf(known: KnownTable, table: Table, name: string): Binder {
  const declared = column(table, name);
  const { refuses, write } = heldColumn(known, name)?.form ?? {};
  if (write === undefined) return (value) => (value === null ? null : bindTo(declared, value));
  return (value) => {
    if (value === null) return null;
    return refuses?.(value) === undefined ? write(value) : bindTo(declared, value);
  };
}

/** The same for what `rowSource` shows of the column. */
export function bindShown(known: KnownTable, table: Table, name: string, value: Value | undefined): Bound {
  const isRead = heldColumn(known, name)?.form.read !== undefined;
  return isRead ? bindTo(column(table, name), value) : bindHeld(known, table, name, value);
}

/** The natural key of a row, to find it in what `rowSource` shows. */
export function bindKey(known: KnownTable, table: Table, key: readonly Value[]): readonly Bound[] {
  return table.naturalKey.map((name, index) => bindShown(known, table, name, key[index]));
}
