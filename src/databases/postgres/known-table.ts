import { missingKeys } from '../../schema/comparison/compare.ts';
import { storedTable } from '../../schema/key-link.ts';
import { isUnkeyed, matchColumns, unheldOf } from '../../schema/match-columns.ts';
import { type Column, column, loadColumns, type Table } from '../../schema/table.ts';
import type { ZoneClock } from '../../time/zone-clock.ts';
import { type Holding, isHeldAsGiven, undeclaredColumns } from '../misfit.ts';
import { binaryTypes, typeOf, unlimitedType } from './ddl.ts';
import type { Form } from './form.ts';
import { formOf } from './forms.ts';
import { isTable, type Relation, type RelationColumn } from './relations.ts';
import { type StoredColumn, type StoredLink, storedLink } from './stored-link.ts';

/** The column by which the ledger knows a row that has no other key. */
export interface RowKeyColumn {
  readonly name: string;
  /** It holds numbers. */
  readonly isNumber: boolean;
  /** What makes a new one, as SQL; undefined where rows bring theirs. */
  readonly generator: string | undefined;
  readonly declared: string | undefined;
}

/** What a stored table does with the rows that are written to it. */
export interface KnownTable extends Holding {
  readonly columns: ReadonlyMap<string, StoredColumn>;
  readonly rowKey: RowKeyColumn | undefined;
  /** The columns that its link stands for. */
  readonly link: StoredLink | undefined;
  /** Its columns have the types that are declared, so that rows come and go as bytes. */
  readonly isEncodable: boolean;
  /** Besides, it stores every row as it comes, and refuses a natural key that it has. */
  readonly isAppendable: boolean;
  /** The same of rows that its columns hold in their own forms: it refuses a key that it has, or the ledger does. */
  readonly holdsAppended: boolean;
  /** An index finds rows by the natural key, or by the key that the ledger keeps. */
  readonly isIndexed: boolean;
  /** It may store something else than it is given, or nothing: what was written is looked at. */
  readonly mayChangeRows: boolean;
  /** It computes columns, or triggers and rules of the application make something of rows. */
  readonly remakesRows: boolean;
  /** Rules may write something else in place of its rows. */
  readonly hasRules: boolean;
  /** Its partitions hold its rows. */
  readonly isPartitioned: boolean;
  /** Citus locks no single rows of a distributed table, and changes a reference table by nothing that other nodes do not have. */
  readonly citus: Relation['citus'];
  /** It has every foreign key that is declared, and looks at it. */
  readonly keepsKeys: boolean;
  /** Declared columns of texts that it takes for equal although they differ, with their types. */
  readonly folds: ReadonlyMap<string, string>;
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
  isEncodable: true,
  isAppendable: true,
  holdsAppended: false,
  isIndexed: true,
  mayChangeRows: false,
  remakesRows: false,
  hasRules: false,
  isPartitioned: false,
  citus: undefined,
  keepsKeys: true,
  computed: new Set(),
  filled: new Map(),
  folds: new Map(),
};

const AS_IT_IS: Form = {};

const JSON_COLUMN = { type: 'json' } as const;

/** Of one that it is to create, where columns get the type of the keys of an application that they refer to. */
export function plannedTable(
  table: Table,
  linkType: (declared: Column) => RelationColumn | undefined,
  clock: ZoneClock | undefined,
): KnownTable {
  const columns = Object.entries(table.columns).map(([name, declared]): [string, StoredColumn] => {
    const link = linkType(declared);
    const plain = { form: AS_IT_IS, type: unlimitedType(declared), words: typeOf(declared) };
    const stored = link === undefined ? plain : storedColumn(declared, link, clock);
    return [name, { ...stored, name, notNull: declared.notNull === true }];
  });
  if (columns.every(([, { form }]) => form === AS_IT_IS)) return AS_DECLARED;
  return {
    ...AS_DECLARED,
    columns: new Map(columns),
    isAsDeclared: false,
    isRestorable: false,
    isEncodable: false,
    isAppendable: false,
  };
}

/** `knownAbove`: of the table of the rows above, where rows name them by a key that the database makes. */
export function knownTable(
  table: Table,
  relation: Relation,
  clock: ZoneClock | undefined,
  knownAbove?: KnownTable,
): KnownTable {
  const all = matchedColumns(storedTable(table), relation);
  const matched = new Map([...all].filter(([name]) => name !== table.link?.name));
  const columns = new Map(
    [...matched].map(([name, stored]) => [name, storedColumn(column(table, name), stored, clock)]),
  );
  const link = storedLink(table, all, knownAbove);
  const rowKey = rowKeyOf(table, relation, columns);
  const held = new Map([...columns, ...(link?.columns ?? [])]);
  const { beside, absent } = unheldOf(table, held, rowKey !== undefined);
  const hasNoKey = isUnkeyed(table, columns, rowKey !== undefined);
  const named = (fits: (each: RelationColumn) => boolean): string[] =>
    [...matched].filter(([, each]) => fits(each)).map(([name]) => name);
  const computed = new Set(named(({ generated }) => generated !== ''));
  const isAsWeMake = Object.keys(table.columns).every((name) => isHeldAsGiven(name, columns.get(name)));
  const isFilled = ([name, { not_null, generator, generated }]: [string, RelationColumn]): boolean =>
    (rowKey !== undefined || hasNoKey) &&
    not_null === 't' &&
    generator !== null &&
    generated === '' &&
    column(table, name).type !== 'identity' &&
    !(isAsWeMake && column(table, name).default !== undefined) &&
    !column(table, name).isApplications &&
    !table.naturalKey.includes(name);
  const filled = new Map([...matched].filter(isFilled).map(([name, { generator }]) => [name, generator ?? 'NULL']));
  const folds = new Map(named((each) => each.folds === 't').map((name) => [name, columns.get(name)?.type ?? '']));
  for (const [own, above] of (link && table.link?.by) ?? []) {
    const folded = knownAbove?.folds.get(above);
    if (folded !== undefined) folds.set(own, folded);
  }
  // A form says what its column cannot hold: whether it held what it was given is looked at all the same.
  const isNarrower = [...columns.values()].some(({ form }) => form.refuses !== undefined);
  // COPY knows neither views nor rules, and refuses tables with row level security.
  const isOrdinary = isTable(relation) && !relation.hasRules && !relation.hidesRows;
  const hasOwnNames = [...columns].every(([name, stored]) => stored.name === name);
  const isWhole = beside.length + absent.length === 0 && hasOwnNames;
  const isEncodable =
    isOrdinary && link === undefined && loadColumns(table).every((name) => isBinary(table, name, matched.get(name)));
  // A row that names none above is told apart from one that names another only by looking.
  const mayNameNone = link !== undefined && all.get(table.link?.name ?? '')?.not_null !== 't';
  const mayChangeRows = relation.mayChangeRows || computed.size > 0 || isNarrower || mayNameNone;
  const isAppendable =
    isWhole && filled.size === 0 && isEncodable && !mayChangeRows && refusesTwins(table, all, relation);
  const areHeldAsGiven = [...columns.values()].every(({ form }) => Object.keys(form).length === 0);
  const isKeyKept = (rowKey !== undefined || hasNoKey) && beside.includes(table.recordKey ?? '');
  const isKept = (name: string): boolean => held.has(name) || beside.includes(name);
  const isDeclared = (each: RelationColumn): boolean =>
    [...all].some(([name, found]) => found === each && table.columns[name]?.isApplications !== true);
  return {
    columns,
    undeclared: undeclaredColumns(
      relation.columns
        .filter((each) => each.generated === '' && !isDeclared(each))
        .map(({ name, generator }) => ({ name, standard: generator })),
    ),
    isAsDeclared: isWhole && filled.size === 0 && areHeldAsGiven && link === undefined,
    isRestorable: beside.length + absent.length + filled.size === 0 && !hasNoKey,
    beside,
    absent,
    rowKey,
    link,
    isKeyed: [...table.naturalKey, ...table.primaryKey].every(isKept),
    isUnkeyed: hasNoKey,
    isNumbered: table.naturalKey.length === 1 && makesNumbers(matched.get(table.naturalKey[0] ?? '')),
    keepsKeys:
      !relation.hasUncheckedKeys && missingKeys(storedTable(table), relation.foreignKeys, nameIn(all)).length === 0,
    isEncodable,
    isAppendable,
    holdsAppended:
      isOrdinary &&
      !relation.mayChangeRows &&
      computed.size === 0 &&
      folds.size === 0 &&
      (refusesTwins(table, all, relation) || isKeyKept),
    isIndexed: beside.includes(table.recordKey ?? '') || refusesTwins(table, all, relation),
    mayChangeRows,
    remakesRows: relation.mayChangeRows || computed.size > 0,
    hasRules: relation.hasRules,
    isPartitioned: relation.partitions !== undefined,
    citus: relation.citus,
    computed,
    filled,
    folds,
  };
}

function makesNumbers(stored: RelationColumn | undefined): boolean {
  return stored !== undefined && (stored.identity !== '' || /\bnextval\(/.test(stored.generator ?? ''));
}

/** The columns of a relation by the declared ones that they hold. */
export function matchedColumns(table: Table, relation: Relation): ReadonlyMap<string, RelationColumn> {
  const [primary] = relation.indexed.filter(({ isPrimary }) => isPrimary);
  const isGenerated = ({ identity, generator }: RelationColumn): boolean => identity !== '' || generator !== null;
  const byName = new Map(relation.columns.map((each) => [each.name, each]));
  const stored = relation.columns.map((each) => ({
    name: each.name,
    isGeneratedKey: isGenerated(each) && String(primary?.columns) === each.name,
    holdsJson: storedForm(JSON_COLUMN, each) !== undefined,
  }));
  return new Map(
    [...matchColumns(table, stored)].flatMap(([declared, name]) => {
      const found = byName.get(name);
      return found === undefined ? [] : [[declared, found] as const];
    }),
  );
}

export function storedForm(
  declared: Column,
  { base, element, limit, labels }: RelationColumn,
  clock?: ZoneClock,
): Form | undefined {
  const stored = { base, element: element ?? undefined, limit: limit ?? undefined, labels: labels ?? [], clock };
  return formOf(declared, stored);
}

function storedColumn(declared: Column, stored: RelationColumn, clock: ZoneClock | undefined): StoredColumn {
  const form = storedForm(declared, stored, clock) ?? AS_IT_IS;
  const { name, plain, type, not_null } = stored;
  return { name, form, type: form.staged ?? plain, words: type, notNull: not_null === 't' };
}

function rowKeyOf(
  table: Table,
  relation: Relation,
  columns: ReadonlyMap<string, StoredColumn>,
): RowKeyColumn | undefined {
  const [name, ...others] = relation.indexed.find(({ isPrimary }) => isPrimary)?.columns ?? [];
  const stored = relation.columns.find((each) => each.name === name);
  if (stored === undefined || others.length > 0) return undefined;
  const declared = [...columns].find(([, each]) => each.name === name)?.[0];
  const isLoaded = declared !== undefined && loadColumns(table).includes(declared);
  return {
    name: stored.name,
    isNumber: ['int2', 'int4', 'int8'].includes(stored.base),
    generator: isLoaded ? undefined : (stored.generator ?? undefined),
    declared,
  };
}

/** A table of an application may have another type, which takes the same values as text but not as bytes. */
function isBinary(table: Table, name: string, stored: RelationColumn | undefined): boolean {
  return stored === undefined || binaryTypes(column(table, name)).includes(stored.plain);
}

/** What a declared column is called in the table. */
function nameIn(columns: ReadonlyMap<string, { readonly name: string }>): (name: string) => string {
  return (name) => columns.get(name)?.name ?? name;
}

function refusesTwins(
  table: Table,
  columns: ReadonlyMap<string, { readonly name: string }>,
  { indexed }: Relation,
): boolean {
  const key = storedTable(table).naturalKey.map(nameIn(columns));
  return indexed.some(
    ({ isUnique, columns: names }) =>
      isUnique && names.length === key.length && key.every((each) => names.includes(each)),
  );
}

/** The table has no column for it, and yet it is known of its rows. */
export function isElsewhere({ beside, link }: KnownTable, name: string): boolean {
  return beside.includes(name) || link?.columns.has(name) === true;
}

/** How the table holds a declared column. One that it does not have is as declared. */
export function heldColumn(known: KnownTable, table: Table, name: string): Omit<StoredColumn, 'words' | 'notNull'> {
  const declared = column(table, name);
  return (
    known.columns.get(name) ?? known.link?.columns.get(name) ?? { name, form: AS_IT_IS, type: unlimitedType(declared) }
  );
}
