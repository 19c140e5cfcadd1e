import { storedTable } from '../key-link.ts';
import { unheldOf } from '../match-columns.ts';
import { column, type ForeignKey, foreignKeysOf, type Table } from '../table.ts';
import type { Difference, DifferenceCode, Remedy } from './differences.ts';
import { EVENTS, fillOf, MOVED, oldFill } from './old-predictions.ts';
import type { FoundColumn, FoundKey, FoundTable } from './shape.ts';
import type { TableChange } from './table-change.ts';

export interface TableComparison {
  readonly differences: readonly Difference[];
  /** What an upgrade does about them. */
  readonly change: TableChange;
}

/** Compares a table that is there with the declared one. `isOld`: it holds old predictions, or is to hold their events. */
export function compareTable(declared: Table, found: FoundTable, isOld = false): TableComparison {
  const table = storedTable(declared);
  const held = new Set(found.columns.flatMap(({ holds }) => holds ?? []));
  const looked: Looked = { table, found, held, isOurs: isOurs(table, held), isOld };
  const differences = [...linkDifferences(declared, found), ...differencesOf(looked)].map(
    ([code, column, remedy, message]): Difference => {
      return { code, table: table.name, column, message, remedy };
    },
  );
  return { differences, change: changeOf(looked, differences) };
}

interface Looked {
  readonly table: Table;
  readonly found: FoundTable;
  /** The declared columns that the table has. */
  readonly held: ReadonlySet<string>;
  readonly isOurs: boolean;
  readonly isOld: boolean;
}

/** No application makes a column for what no other holds, beside the key of rows that have no other. */
function isOurs({ rest, recordKey }: Table, held: ReadonlySet<string>): boolean {
  return rest !== undefined && held.has(rest) && (recordKey === undefined || held.has(recordKey));
}

function changeOf({ table, isOurs, isOld }: Looked, differences: readonly Difference[]): TableChange {
  const columns = (...codes: readonly DifferenceCode[]): string[] =>
    differences.flatMap(({ code, column, remedy }) =>
      codes.includes(code) && column !== null && (remedy === 'upgrade' || remedy === 'advised') ? [column] : [],
    );
  const fill = (name: string) => (isOld ? oldFill(table, name) : (fillOf(column(table, name)) ?? 'null'));
  return {
    table,
    adds: columns('missing-event', 'missing-column').map((name) => ({ name, fill: fill(name) })),
    relaxes: columns('too-strict', 'unknown-required'),
    drops: columns('moved-column'),
    isOld,
    isOurs,
  };
}

function* differencesOf(looked: Looked): Generator<Found> {
  const { table, found, held, isOld } = looked;
  for (const { code, message } of accessDifferences(table.name, found)) yield [code, null, 'person', message];
  for (const name of Object.keys(table.columns).filter((each) => !held.has(each))) {
    const [code, own, remedy, message] = unheldColumn(looked, name);
    yield [code, own, remedy, message + heldByAnother(looked, name)];
  }
  for (const each of found.columns) {
    if (isOld && table.name !== EVENTS.name && each.name === MOVED)
      yield ['moved-column', MOVED, 'advised', 'moves to events.api_key'];
    else yield* columnDifferences(looked, each);
  }
  yield* keyDifferences(looked);
  yield* toleratedDifferences(table, found);
}

/** What the role may not do, and may not see. */
export function* accessDifferences(table: string, { hidesRows, lacks }: FoundTable): Generator<Difference> {
  const told = { table, column: null, remedy: 'person' } as const;
  if (hidesRows) yield { ...told, code: 'row-security', message: 'hides rows from this role with row level security' };
  if (lacks.length > 0) yield { ...told, code: 'missing-right', message: `the role lacks ${lacks.join(', ')}` };
}

type Found = readonly [code: DifferenceCode, column: string | null, remedy: Remedy, message: string];

function unheldColumn({ table, found, isOurs, isOld }: Looked, name: string): Found {
  const { columns, primaryKey, uniqueKeys } = found;
  const { type, notNull } = column(table, name);
  if (isOld && name === 'event_id') return ['missing-event', name, 'upgrade', 'is missing: predictions have no events'];
  if (isOld && type !== 'identity') return ['missing-column', name, 'advised', 'is missing'];
  if (isOurs && fillOf(column(table, name)) === undefined)
    return ['cannot-be-filled', name, 'person', 'is missing, must not be NULL, and nothing says what to put there'];
  if (isOurs) return ['missing-column', name, 'upgrade', 'is missing'];
  const held = new Map(columns.map(({ holds }) => [holds ?? '', true]));
  const { beside } = unheldOf(table, held, primaryKey.length === 1);
  if (beside.includes(name))
    return primaryKey.length === 1
      ? ['kept-in-ledger', name, 'none', 'is missing: the ledger keeps it']
      : ['no-key', name, 'none', 'is missing, and rows have no key: only files that no run has loaded are taken'];
  if (name === table.rest)
    return ['missing-column', name, 'none', 'is missing: records with other members are rejected'];
  const isKey = table.naturalKey.includes(name);
  if (isKey && primaryKey.length !== 1)
    return [
      'missing-column',
      name,
      'person',
      `is missing, and rows have no key of one column by which the ledger could keep it: ${keyAdvice(uniqueKeys)}`,
    ];
  const isNeeded = type === 'identity' || notNull === true || isKey || name === table.owner;
  if (isNeeded) return ['missing-column', name, 'person', 'is missing'];
  // Nothing tells whether such a table is ours.
  const remedy = table.rest === undefined ? 'advised' : 'none';
  return ['missing-column', name, remedy, 'is missing: records with a value for it are rejected'];
}

/** Its rows are looked for by columns that it does not have, and then need a name of their own. */
function* linkDifferences({ link }: Table, { lacksRowId, primaryKey }: FoundTable): Generator<Found> {
  if (link === undefined || !lacksRowId || primaryKey.length === 1) return;
  const message = `the primary key is (${primaryKey.join(', ')}), and rows that are linked by ${link.name} need a rowid, or a key of one column`;
  yield ['other-primary-key', null, 'person', message];
}

/** The column that a missing reference may be, as its foreign key leads to the same table: how the declaration says so. */
function heldByAnother({ table, found }: Looked, name: string): string {
  const isLink = table.belongsTo?.by.includes(name) === true;
  const wanted = foreignKeysOf(table).find(({ columns: [own, ...more] }) => own === name && more.length === 0);
  const isFree = (other: string): boolean =>
    isLink || found.columns.some((each) => each.name === other && each.holds === undefined);
  const names = found.foreignKeys.flatMap(({ columns: [other, ...more], table: above }) =>
    other !== undefined && more.length === 0 && above === wanted?.table && isFree(other) ? [other] : [],
  );
  const [other] = names;
  if (wanted === undefined || other === undefined || names.length > 1) return '';
  const to = wanted.to?.[0];
  const words = isLink && to !== undefined ? `link: { ${other}: ${to} }` : `column: ${other}`;
  return `; ${other} refers to ${wanted.table}: if that is it, write \`${words}\``;
}

/** What a person may do about a table without a key. */
function keyAdvice([first]: FoundTable['uniqueKeys']): string {
  if (first !== undefined) return `write key: [${first.join(', ')}], which is unique`;
  return 'make a unique index on the columns that tell rows apart and name them as `key:`, or write `key: none`';
}

function* columnDifferences({ table, found, isOurs, isOld }: Looked, stored: FoundColumn): Generator<Found> {
  const { name, holds = '', fit, type } = stored;
  const isKey = found.primaryKey.includes(name);
  const declared = table.columns[holds];
  if (declared === undefined) {
    yield ['unknown-column', name, 'none', 'is not declared'];
    const remedy = (isOurs || isOld) && !isKey ? 'upgrade' : 'person';
    if (stored.notNull && !stored.fillsItself)
      yield ['unknown-required', name, remedy, 'must not be NULL, and nothing says what to put there'];
    return;
  }
  if (stored.isComputed) {
    const isFixed = isKey || table.naturalKey.includes(holds) || table.owner === holds;
    if (isFixed) yield ['computed-key', name, 'person', 'is computed by the database'];
    else yield ['computed-column', name, 'none', 'is computed by the database'];
  }
  if (stored.folds && (isKey || table.naturalKey.includes(holds)))
    yield ['folding-key', name, 'none', 'takes texts for equal that differ, such as in case'];
  if (fit === undefined) yield ['impossible-type', name, 'person', `is ${type}, which holds no ${declared.type}`];
  else if (fit.note !== undefined && isOurs && fit.repair?.name === 'round-to-column')
    yield ['narrowed-type', name, 'person', `is ${type}, which would round what a ${declared.type} holds`];
  else if (fit.note !== undefined) yield ['tolerated-type', name, 'none', `is ${type}: ${fit.note}`];
  if (declared.notNull && !stored.notNull && !isKey) yield ['nullable', name, 'none', 'may be NULL'];
  if (!declared.notNull && stored.notNull && !isKey && !stored.isComputed)
    yield ['too-strict', name, isOurs || isOld ? 'advised' : 'none', tooStrict(stored)];
  if (declared.default !== undefined && !stored.fillsItself)
    yield ['no-default', name, 'none', `has no default, where the declared one is ${declared.default}`];
  if (declared.type === 'identity' && !stored.isGenerated && fit !== undefined)
    yield ['not-generated', name, 'person', 'is not numbered by the database'];
}

function tooStrict({ fillsItself }: FoundColumn): string {
  if (fillsItself) return 'must not be NULL: the default of the table is written where a record has no value';
  return 'must not be NULL: records without a value are rejected';
}

function* keyDifferences({ table, found, held }: Looked): Generator<Found> {
  const isNumbered = table.primaryKey.every((name) => column(table, name).type === 'identity');
  const isOther = found.primaryKey.length > 0 && String(found.primaryKey) !== String(table.primaryKey);
  const id = table.primaryKey.join(', ');
  if (isNumbered && isOther && !held.has(id))
    yield ['other-primary-key', null, 'person', `the primary key is (${found.primaryKey.join(', ')}), not (${id})`];
  // Of a part that is missing something was said already.
  if (!table.naturalKey.every((name) => held.has(name))) return;
  const sorted = (columns: readonly string[]): string => columns.toSorted().join();
  const names = new Map(found.columns.map(({ name, holds }) => [holds, name]));
  const inTable = table.naturalKey.map((name) => names.get(name) ?? name);
  if (found.uniqueKeys.some((columns) => sorted(columns) === sorted(inTable))) return;
  const isKnown = found.primaryKey.length > 0 || table.mayLackKey === true;
  yield ['missing-key', null, isKnown ? 'none' : 'person', `(${table.naturalKey.join(', ')}) is not unique`];
}

/** What helps the application, or may surprise somebody; the loader can do without. */
function* toleratedDifferences(table: Table, found: FoundTable): Generator<Found> {
  const names = new Map(found.columns.map(({ name, holds }) => [holds, name]));
  const inTable = (name: string): string => names.get(name) ?? name;
  for (const declared of [...(table.unique ?? []), ...(table.indexes ?? [])]) {
    const columns = declared.map((name) => name.replace(/^-/, ''));
    const isThere = found.indexes.some((each) => columns.every((name, place) => each[place] === inTable(name)));
    if (!isThere) yield ['missing-index', null, 'none', `(${columns.join(', ')}) has no index`];
  }
  for (const key of missingKeys(table, found.foreignKeys, inTable)) {
    const [name = '', ...others] = key.columns;
    if (others.length === 0) yield ['missing-reference', name, 'none', `does not refer to ${key.table}`];
    else yield ['missing-reference', null, 'none', `(${key.columns.join(', ')}) does not refer to ${key.table}`];
  }
  for (const name of found.triggers)
    yield ['has-trigger', null, 'none', `the trigger ${name} fires when rows are written`];
}

/** The declared foreign keys that are not among those of the stored table. */
export function missingKeys(
  table: Table,
  stored: readonly FoundKey[],
  nameIn = (name: string): string => name,
): readonly ForeignKey[] {
  const inTable = (key: ForeignKey): ForeignKey => ({ ...key, columns: key.columns.map(nameIn) });
  return foreignKeysOf(table).filter((key) => !stored.some((each) => isSameKey(inTable(key), each)));
}

/** In whatever order they name their columns. */
function isSameKey(one: FoundKey, other: FoundKey): boolean {
  const pairs = ({ columns, to }: FoundKey): string =>
    String(columns.map((name, index) => (one.to && other.to ? `${name}=${to?.[index]}` : name)).toSorted());
  return one.table === other.table && pairs(one) === pairs(other);
}
