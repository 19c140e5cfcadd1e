import { fillOf } from '../../schema/adoption/fills.ts';
import type { Dependent, Fit, FoundColumn, FoundTable, Shape, TakenName } from '../../schema/adoption/shape.ts';
import type { LedgerPlace } from '../../schema/ledger-place.ts';
import { LEDGER_LIST } from '../../schema/ledger-tables.ts';
import { isAsMade } from '../../schema/match-columns.ts';
import { column, type Table } from '../../schema/table.ts';
import { placeIn, type TablePlace } from '../../schema/table-place.ts';
import { type CatalogColumn, dependentsOf } from './catalog.ts';
import { indexNames, quote, quoteText } from './ddl.ts';
import { type Rule, ruleFor } from './fits.ts';
import { matchedColumns, storedForm } from './known-table.ts';
import { isTable, keyOf, kindOf, type Relation, type RelationColumn, relationsOf } from './relations.ts';
import { uncreatable } from './rights.ts';
import { Session } from './session.ts';
import { serverZone } from './zones.ts';

export interface ShapeOptions {
  readonly naiveTime: string;
}

/** With `options` rows are looked at as well. */
export async function readShape(session: Session, ledger: LedgerPlace, options?: ShapeOptions): Promise<Shape> {
  const places = [...session.declared.list.map((table) => placeOf(session, table)), ...ledgerPlaces(session, ledger)];
  return shapeOf(session, ledger, await relationsOf(session.client, session.schema, places), options);
}

function placeOf({ schema }: Session, { name }: Table): TablePlace {
  return placeIn(schema, name);
}

function ledgerPlaces({ schema }: Session, ledger: LedgerPlace): readonly TablePlace[] {
  return Object.values(ledger.tables).map(({ name }) => ({ schema: ledger.schema ?? schema, name }));
}

export async function shapeOf(
  session: Session,
  ledger: LedgerPlace,
  relations: ReadonlyMap<string, Relation>,
  options?: ShapeOptions,
): Promise<Shape> {
  const inLedger = new Session(session.client, ledger.schema ?? session.schema, session.declared);
  const stored = LEDGER_LIST.flatMap((table) => ledger.stored(table) ?? []);
  const found = await shapeIn(inLedger, stored, relations, undefined);
  return {
    purpose: options === undefined ? 'load' : 'upgrade',
    serverZone: await serverZone(session.client),
    declared: session.declared,
    ...(await shapeIn(session, session.declared.list, relations, options)),
    ledger: { ...found, declared: stored, title: ledger.title },
  };
}

async function shapeIn(
  session: Session,
  declared: readonly Table[],
  relations: ReadonlyMap<string, Relation>,
  options: ShapeOptions | undefined,
): Promise<Omit<Shape, 'ledger' | 'declared' | 'purpose' | 'serverZone'>> {
  const tables = new Map<string, FoundTable>();
  const missing: Table[] = [];
  for (const table of declared) {
    const relation = relations.get(keyOf(placeOf(session, table)));
    if (relation && isTable(relation)) tables.set(table.name, await foundTable(session, table, relation, options));
    else missing.push(table);
  }
  return {
    tables,
    taken: missing.length === 0 ? new Map() : await takenNames(session, missing),
    uncreatable: await uncreatable(session, missing),
  };
}

/** Tables of which the name, or that of an index, is taken by something else. */
async function takenNames(session: Session, missing: readonly Table[]): Promise<ReadonlyMap<string, TakenName>> {
  const wanted = missing.flatMap((table) => {
    const { schema, name: own } = placeOf(session, table);
    return [...indexNames(table), own].map((name) => ({ schema, name, table: table.name }));
  });
  const lists = [wanted.map(({ schema }) => schema), wanted.map(({ name }) => name)];
  const found = await session.rows<{ schema: string; name: string; kind: string }>(TAKEN, ...lists);
  const byPlace = new Map(wanted.map((each) => [keyOf(each), each.table]));
  return new Map(
    found.map((each) => [byPlace.get(keyOf(each)) ?? each.name, { name: each.name, what: kindOf(each.kind) }]),
  );
}

const WANTED = 'IN (SELECT * FROM unnest($1::text[], $2::text[]))';
const TAKEN = `SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE (n.nspname, c.relname) ${WANTED}
  UNION SELECT n.nspname, t.typname, 'c' FROM pg_type t
    JOIN pg_namespace n ON n.oid = t.typnamespace WHERE (n.nspname, t.typname) ${WANTED} AND t.typrelid = 0`;

export async function readTable(session: Session, table: Table, options: ShapeOptions): Promise<FoundTable> {
  const place = placeOf(session, table);
  const relation = (await relationsOf(session.client, session.schema, [place])).get(keyOf(place));
  if (relation === undefined) throw new TypeError(`${table.name} is gone`);
  return foundTable(session, table, relation, options);
}

async function foundTable(
  session: Session,
  table: Table,
  relation: Relation,
  options: ShapeOptions | undefined,
): Promise<FoundTable> {
  const { columns, indexed, partitions, hidesRows, lacks, foreignKeys, triggers } = relation;
  // What may not be read is named, not counted.
  const counted = lacks.includes('SELECT') || hidesRows ? undefined : options;
  const sets = indexed.filter(({ isUnique }) => isUnique);
  const matched = options === undefined ? matchedColumns(table, relation) : ownColumns(table, relation);
  const held = new Map([...matched].map(([declared, { name }]) => [name, declared]));
  const isOurs = isAsMade(
    table,
    columns.map(({ name }) => name),
  );
  const found: FoundColumn[] = [];
  for (const each of columns)
    found.push(await foundColumn(session, table, each, held.get(each.name), { options, counted, isOurs }));
  const fits = new Map(found.map(({ holds, fit }) => [holds ?? '', fit]));
  const key = table.naturalKey.map((name) => matched.get(name)?.name ?? name);
  const isUnique = sets.some((set) => set.columns.toSorted().join() === key.toSorted().join());
  return {
    name: table.name,
    columns: found,
    primaryKey: sets.find((set) => set.isPrimary)?.columns ?? [],
    uniqueKeys: sets.map((set) => set.columns),
    indexes: indexed.map((set) => set.columns),
    triggers,
    refusingNull: [],
    duplicates: isUnique || !counted ? 0 : await duplicates(session, table, matched, fits, counted),
    partitions,
    hidesRows,
    lacks,
    foreignKeys,
    dependents: counted ? await dependents(session, table) : [],
  };
}

/** An upgrade knows columns by their declared names only. */
function ownColumns(table: Table, { columns }: Relation): ReadonlyMap<string, RelationColumn> {
  return new Map(
    columns.flatMap((each) => (table.columns[each.name] === undefined ? [] : [[each.name, each] as const])),
  );
}

export function ruleOf(
  table: Table,
  name: string,
  { base, limit }: Pick<CatalogColumn | RelationColumn, 'base' | 'limit'>,
): Rule | undefined {
  const stored = { base, limit: limit === null ? undefined : Number(limit) };
  return ruleFor(column(table, name), stored);
}

interface Looked {
  /** Of an upgrade. */
  readonly options: ShapeOptions | undefined;
  /** The same where rows may be read. */
  readonly counted: ShapeOptions | undefined;
  readonly isOurs: boolean;
}

async function foundColumn(
  session: Session,
  table: Table,
  stored: RelationColumn,
  holds: string | undefined,
  looked: Looked,
): Promise<FoundColumn> {
  const { counted } = looked;
  const isComputed = stored.generated !== '';
  const isGenerated = stored.identity !== '' || (stored.generator !== null && !isComputed);
  const name = quote(stored.name);
  const mayLack = stored.not_null === 'f' && table.columns[holds ?? '']?.notNull === true;
  const nulls = `SELECT count(*) FROM ${session.name(table.name)} WHERE ${name} IS NULL`;
  return {
    name: stored.name,
    holds,
    type: stored.type,
    notNull: stored.not_null === 't',
    fillsItself: isGenerated || isComputed,
    isComputed,
    folds: stored.folds === 't',
    isGenerated,
    nulls: mayLack && counted ? await session.count(nulls) : 0,
    hasNoZone: stored.base === 'timestamp' && table.columns[holds ?? '']?.type === 'timestamp',
    fit: holds === undefined ? undefined : await fitOf(session, table, holds, stored, looked),
  };
}

async function fitOf(
  session: Session,
  table: Table,
  holds: string,
  stored: RelationColumn,
  { options, counted, isOurs }: Looked,
): Promise<Fit> {
  // A column of ours that somebody has narrowed is no column of an application.
  const form = options === undefined && !isOurs ? storedForm(column(table, holds), stored, session.clock) : undefined;
  if (form !== undefined) return form.note === undefined ? { kind: 'fits' } : { kind: 'tolerated', note: form.note };
  const rule = ruleOf(table, holds, stored);
  if (rule === undefined) return { kind: 'impossible' };
  if (rule.kind !== 'converts') return rule;
  const why = rule.why === undefined ? {} : { why: rule.why };
  if (counted === undefined) return { kind: 'convertible', lost: 0, ...why };
  const { naiveTime } = counted;
  const from = quote(stored.name);
  const { max } = column(table, holds);
  const tooLong = max === undefined ? [] : [`length(${from}::text) > ${max}`];
  const conditions = [...(rule.lost ? [rule.lost(from, naiveTime)] : []), ...tooLong];
  const real = session.name(table.name);
  const lost =
    conditions.length === 0
      ? 0
      : await session.count(`SELECT count(*) FROM ${real} WHERE ${conditions.map((each) => `(${each})`).join(' OR ')}`);
  if (lost > 0) return { kind: 'convertible', lost, ...why };
  const isSound = await session.succeeds(`SELECT count(${rule.value(from, naiveTime)}) FROM ${real}`);
  return { kind: 'convertible', lost: isSound ? 0 : 'some', ...why };
}

/** By the values that the key will have after an adoption. NULL equals nothing. */
async function duplicates(
  session: Session,
  table: Table,
  stored: ReadonlyMap<string, RelationColumn>,
  fits: ReadonlyMap<string, Fit | undefined>,
  { naiveTime }: ShapeOptions,
): Promise<number> {
  const parts: string[] = [];
  for (const name of table.naturalKey) {
    const found = stored.get(name);
    const fill = fillOf(table, name);
    const fit = fits.get(name);
    if (found === undefined && fill.kind !== 'constant') return 0;
    if (fit?.kind === 'impossible' || (fit?.kind === 'convertible' && fit.lost !== 0)) return 0;
    const rule = found && ruleOf(table, name, found);
    const from = quote(found?.name ?? name);
    if (found === undefined) parts.push(quoteText(fill.kind === 'constant' ? String(fill.value) : ''));
    else parts.push(rule?.kind === 'converts' ? rule.value(from, naiveTime) : from);
  }
  const values = parts.map((part, index) => `${part} AS k${index}`).join(', ');
  const keys = parts.map((_part, index) => `k${index}`);
  return session.count(`SELECT coalesce(sum(n - 1), 0) AS count FROM (
    SELECT count(*) AS n FROM (SELECT ${values} FROM ${session.name(table.name)}) keys
    WHERE ${keys.map((key) => `${key} IS NOT NULL`).join(' AND ')} GROUP BY ${keys.join(', ')} HAVING count(*) > 1) same`);
}

async function dependents(session: Session, table: Table): Promise<Dependent[]> {
  const found = await dependentsOf(session, table.name);
  return found
    .filter(({ kind, name }) => kind === 'view' || session.declared.find(name) === undefined)
    .map(({ kind, name, column }) => ({ what: `${kind} ${name}`, column }));
}
