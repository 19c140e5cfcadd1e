import { unheldOf } from '../match-columns.ts';
import { type Column, column, type ForeignKey, foreignKeysOf, type Table } from '../table.ts';
import type { Difference, DifferenceCode, Remedy } from './differences.ts';
import { type Fill, fillOf, isOld, movedColumns } from './fills.ts';
import type { FoundColumn, FoundKey, FoundTable, Purpose } from './shape.ts';

/** What is done to one stored table. Nothing of it is done where `differences` need a person. */
export interface Adoption {
  readonly table: Table;
  readonly adds: readonly { readonly name: string; readonly fill: Fill }[];
  readonly converts: readonly string[];
  /** Every prediction that has no event gets one of its own. */
  readonly buildsEvents: boolean;
  /** Columns that go; their content was moved. */
  readonly drops: readonly string[];
  /** Columns that may be NULL from now on. */
  readonly relaxes: readonly string[];
  /** Columns that the database numbers from now on. */
  readonly generates: readonly string[];
  /** The natural key becomes unique. */
  readonly addsKey: boolean;
  /** Tables that its foreign keys refer to, as the database has them. */
  readonly refersTo: readonly string[];
  /** It has no column for what a load keeps beside the declared ones: this program did not make it. */
  readonly isForeign: boolean;
  /** An application made the table, and it was not adopted before. */
  readonly isOld: boolean;
}

export interface TableComparison {
  readonly differences: readonly Difference[];
  readonly adoption: Adoption;
}

/** Compares a stored table with the declared one. */
export function compareTable(table: Table, found: FoundTable, purpose: Purpose): TableComparison {
  const differences = [...differencesOf(table, found, purpose)].map(([code, column, remedy, message]): Difference => {
    return { code, table: table.name, column, message, remedy };
  });
  return { differences, adoption: adoptionOf(table, found, differences) };
}

function adoptionOf(table: Table, found: FoundTable, differences: readonly Difference[]): Adoption {
  const stored = heldColumns(found);
  const columns = (code: DifferenceCode): string[] =>
    differences.flatMap((each) => (each.code === code && each.column !== null ? [each.column] : []));
  const adds = missingColumns(table, stored);
  return {
    table,
    adds,
    converts: [...columns('other-type'), ...columns('other-form')],
    buildsEvents: columns('missing-event').length > 0 || adds.some(({ fill }) => fill.kind === 'own-event'),
    drops: columns('moved-column'),
    relaxes: columns('too-strict'),
    generates: columns('not-generated'),
    addsKey: differences.some(({ code }) => code === 'missing-key'),
    refersTo: found.foreignKeys.map(({ table: target }) => target),
    isForeign: table.rest === undefined || !stored.has(table.rest),
    isOld: isOld(new Set(found.columns.map(({ name }) => name))),
  };
}

/** The declared columns that a table has. */
function heldColumns({ columns }: FoundTable): ReadonlySet<string> {
  return new Set(columns.flatMap(({ holds }) => holds ?? []));
}

function missingColumns(table: Table, stored: ReadonlySet<string>): Adoption['adds'] {
  const names = Object.keys(table.columns).filter((name) => !stored.has(name));
  return names.map((name) => ({ name, fill: fillOf(table, name) }));
}

function* differencesOf(table: Table, found: FoundTable, purpose: Purpose): Generator<Found> {
  const stored = heldColumns(found);
  const moved = movedColumns(table, new Set(found.columns.map(({ name }) => name)));
  for (const { code, message } of accessDifferences(table.name, found)) yield [code, null, 'person', message];
  // A table of ours gets its new columns from us.
  const isOurs = [table.rest, table.recordKey].every((name) => name === undefined || stored.has(name));
  const isAdded = purpose === 'upgrade' || (table.rest !== undefined && isOurs);
  // Nobody is advised to change a table that only the application knows.
  const isConverted = table.rest !== undefined && (table.keepsRest === true || stored.has(table.rest));
  for (const { name, fill } of missingColumns(table, stored))
    yield isAdded ? missingColumn(name, fill) : unheldColumn(table, name, found);
  for (const name of moved) yield ['moved-column', name, 'upgrade', 'moves to events.api_key'];
  const changed = new Set(moved);
  for (const each of found.columns) {
    if (moved.includes(each.name)) continue;
    yield* columnDifferences(table, each, { purpose, isKey: found.primaryKey.includes(each.name), isConverted });
    if (each.fit?.kind === 'convertible') changed.add(each.name);
  }
  yield* keyDifferences(table, stored, found, purpose);
  yield* toleratedDifferences(table, found);
  for (const { what, column: name } of found.dependents) {
    if (changed.has(name)) yield ['is-needed', name, 'person', `${what} needs the column as it is`];
  }
}

/** What the role may not do, and may not see. */
export function* accessDifferences(table: string, { hidesRows, lacks }: FoundTable): Generator<Difference> {
  const seen = 'hides rows from this role with row level security: load as its owner, or as a role with BYPASSRLS';
  const told = { table, column: null, remedy: 'person' } as const;
  if (hidesRows) yield { ...told, code: 'row-security', message: seen };
  if (lacks.length > 0) yield { ...told, code: 'missing-right', message: `the role lacks ${lacks.join(', ')}` };
}

type Found = readonly [code: DifferenceCode, column: string | null, remedy: Remedy, message: string];

function missingColumn(name: string, fill: Fill): Found {
  if (fill.kind === 'impossible')
    return ['cannot-be-filled', name, 'person', 'is missing, must not be NULL, and nothing says what to put there'];
  return ['missing-column', name, 'upgrade', `is missing${FILLED[fill.kind] ?? ''}`];
}

/** A load does without most columns. */
function unheldColumn(table: Table, name: string, { columns, primaryKey, uniqueKeys }: FoundTable): Found {
  const held = new Map(columns.map(({ holds }) => [holds ?? '', true]));
  const { beside } = unheldOf(table, held, primaryKey.length === 1);
  const { type, notNull } = column(table, name);
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
  return ['missing-column', name, 'none', 'is missing: records with a value for it are rejected'];
}

/** What a person may do about a table without a key. */
function keyAdvice([first]: FoundTable['uniqueKeys']): string {
  if (first !== undefined) return `write key: [${first.join(', ')}], which is unique`;
  return 'make a unique index on the columns that tell rows apart and name them as `key:`, or write `key: none`';
}

const FILLED: Readonly<Partial<Record<Fill['kind'], string>>> = {
  position: '; filled by time and id',
  'own-event': '; each row gets an event of its own',
  'risk-score': '; filled from the prediction',
  'attack-detected': '; filled from the prediction',
};

interface Looked {
  readonly purpose: Purpose;
  /** Of a column: it is part of the primary key. */
  readonly isKey: boolean;
  readonly isConverted: boolean;
}

function* columnDifferences(
  table: Table,
  found: FoundColumn,
  { purpose, isKey, isConverted }: Looked,
): Generator<Found> {
  const { name, holds = '', fit, type } = found;
  const declared = table.columns[holds];
  if (declared === undefined || fit === undefined) {
    yield ['unknown-column', name, 'none', 'is not declared'];
    if (!found.notNull || found.fillsItself) return;
    const isRelaxed = purpose === 'upgrade' && !isKey;
    const message = 'must not be NULL, and nothing says what to put there';
    yield isRelaxed ? ['too-strict', name, 'upgrade', message] : ['unknown-required', name, 'person', message];
    return;
  }
  if (found.isComputed) {
    const isFixed = isKey || table.naturalKey.includes(holds) || table.owner === holds;
    if (isFixed) yield ['computed-key', name, 'person', 'is computed by the database'];
    else yield ['computed-column', name, 'none', 'is computed by the database'];
  }
  if (found.folds && (isKey || table.naturalKey.includes(holds)))
    yield ['folding-key', name, 'none', 'takes texts for equal that differ, such as in case'];
  if (fit.kind === 'tolerated') yield ['tolerated-type', name, 'none', `is ${type}: ${fit.note}`];
  if (fit.kind === 'impossible') yield ['impossible-type', name, 'person', `is ${type}, not ${declared.type}`];
  if (fit.kind === 'convertible')
    yield [
      fit.odd === undefined ? 'other-type' : 'other-form',
      name,
      isConverted ? 'convert' : 'person',
      otherType(type, declared, fit),
    ];
  if (fit.kind === 'convertible' && fit.lost !== 0)
    yield ['lossy-rows', name, 'person', `${rows(fit.lost, 'holds', 'hold')} what ${declared.type} cannot`];
  if (found.nulls > 0 && fillOf(table, holds).kind === 'own-event')
    yield ['missing-event', name, 'upgrade', `${rows(found.nulls, 'has', 'have')} no event`];
  if (declared.notNull && !found.notNull && !isKey) yield ['nullable', name, 'none', 'may be NULL'];
  if (!declared.notNull && found.notNull && !isKey && !found.isComputed)
    yield ['too-strict', name, purpose === 'load' ? 'none' : 'advised', tooStrict(found)];
  if (declared.default !== undefined && !found.fillsItself)
    yield ['no-default', name, 'none', `has no default, where the declared one is ${declared.default}`];
  if (declared.type === 'identity' && !found.isGenerated && fit.kind !== 'impossible' && fit.kind !== 'convertible')
    yield ['not-generated', name, 'upgrade', 'is not numbered by the database'];
}

function tooStrict({ fillsItself }: FoundColumn): string {
  if (fillsItself) return 'must not be NULL: the default of the table is written where a record has no value';
  return 'must not be NULL: records without a value are rejected';
}

function otherType(
  type: string,
  declared: Column,
  { odd, why }: { readonly odd?: number; readonly why?: string },
): string {
  if (odd === undefined) return `is ${type}${why === undefined ? `, not ${declared.type}` : `, which ${why}`}`;
  return `${rows(odd, 'writes', 'write')} the ${declared.type} in another form`;
}

function* keyDifferences(
  table: Table,
  stored: ReadonlySet<string>,
  found: FoundTable,
  purpose: Purpose,
): Generator<Found> {
  const isNumbered = table.primaryKey.every((name) => column(table, name).type === 'identity');
  const isOther = found.primaryKey.length > 0 && String(found.primaryKey) !== String(table.primaryKey);
  const id = table.primaryKey.join(', ');
  if (isNumbered && isOther && !stored.has(id))
    yield ['other-primary-key', null, 'person', `the primary key is (${found.primaryKey.join(', ')}), not (${id})`];
  const sorted = (columns: readonly string[]): string => columns.toSorted().join();
  const names = new Map(found.columns.map(({ name, holds }) => [holds, name]));
  const inTable = table.naturalKey.map((name) => names.get(name) ?? name);
  if (found.uniqueKeys.some((columns) => sorted(columns) === sorted(inTable))) return;
  const isLoad = purpose === 'load' && (found.primaryKey.length > 0 || table.mayLackKey === true);
  // The ledger keeps a part of it, and looks after it.
  if (isLoad && !table.naturalKey.every((name) => stored.has(name))) return;
  const key = `(${table.naturalKey.join(', ')})`;
  if (found.duplicates > 0)
    yield ['duplicate-keys', null, 'person', `${rows(found.duplicates, 'has', 'have')} the same ${key} as another row`];
  else yield ['missing-key', null, isLoad ? 'none' : 'upgrade', `${key} is not unique`];
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

function rows(count: number | 'some', one: string, several: string): string {
  return count === 1 ? `1 row ${one}` : `${count} rows ${several}`;
}
