import type { FoundColumn, FoundTable, Shape, ShapeOfTables, TakenName } from '../../schema/comparison/shape.ts';
import { storedTable } from '../../schema/key-link.ts';
import type { LedgerPlace } from '../../schema/ledger-place.ts';
import { LEDGER_LIST } from '../../schema/ledger-tables.ts';
import { column, type Table } from '../../schema/table.ts';
import { placeIn, type TablePlace } from '../../schema/table-place.ts';
import type { ZoneClock } from '../../time/zone-clock.ts';
import { indexNames } from './ddl.ts';
import { matchedColumns, storedForm } from './known-table.ts';
import { isTable, keyOf, kindOf, type Relation, type RelationColumn, relationsOf } from './relations.ts';
import { uncreatable } from './rights.ts';
import { Session } from './session.ts';
import { serverZone } from './zones.ts';

export async function readShape(session: Session, ledger: LedgerPlace): Promise<Shape> {
  return shapeOf(session, ledger, await readRelations(session, ledgerPlaces(session, ledger)));
}

/** Whatever has the name of a declared table, or is in one of these places. */
export function readRelations(
  session: Session,
  others: readonly TablePlace[] = [],
): Promise<ReadonlyMap<string, Relation>> {
  const places = session.declared.list.map((table) => placeOf(session, table));
  return relationsOf(session.client, session.schema, [...places, ...others]);
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
): Promise<Shape> {
  const inLedger = new Session(session.client, ledger.schema ?? session.schema, session.declared);
  const stored = LEDGER_LIST.flatMap((table) => ledger.stored(table) ?? []);
  const found = await shapeIn(inLedger, stored, relations);
  return {
    serverZone: await serverZone(session.client),
    declared: session.declared,
    ...(await shapeIn(session, session.declared.list, relations)),
    ledger: { ...found, declared: stored, title: ledger.title },
  };
}

async function shapeIn(
  session: Session,
  declared: readonly Table[],
  relations: ReadonlyMap<string, Relation>,
): Promise<ShapeOfTables> {
  const tables = new Map<string, FoundTable>();
  const missing: Table[] = [];
  for (const table of declared) {
    const relation = relations.get(keyOf(placeOf(session, table)));
    if (relation && isTable(relation)) tables.set(table.name, foundTable(table, relation, session.clock));
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

export async function readTable(session: Session, table: Table): Promise<FoundTable> {
  const place = placeOf(session, table);
  const relation = (await relationsOf(session.client, session.schema, [place])).get(keyOf(place));
  if (relation === undefined) throw new TypeError(`${table.name} is gone`);
  return foundTable(table, relation, session.clock);
}

function foundTable(declared: Table, relation: Relation, clock: ZoneClock | undefined): FoundTable {
  const table = storedTable(declared);
  const { columns, indexed, partitions, hidesRows, lacks, foreignKeys, triggers } = relation;
  const sets = indexed.filter(({ isUnique }) => isUnique);
  const held = new Map([...matchedColumns(table, relation)].map(([declared, { name }]) => [name, declared]));
  return {
    name: table.name,
    columns: columns.map((each) => foundColumn(table, each, held.get(each.name), clock)),
    primaryKey: sets.find((set) => set.isPrimary)?.columns ?? [],
    uniqueKeys: sets.map((set) => set.columns),
    indexes: indexed.map((set) => set.columns),
    triggers,
    refusingNull: [],
    partitions,
    hidesRows,
    lacks,
    foreignKeys,
  };
}

function foundColumn(
  table: Table,
  stored: RelationColumn,
  holds: string | undefined,
  clock: ZoneClock | undefined,
): FoundColumn {
  const isComputed = stored.generated !== '';
  const isGenerated = stored.identity !== '' || (stored.generator !== null && !isComputed);
  return {
    name: stored.name,
    holds,
    fit: holds === undefined ? undefined : storedForm(column(table, holds), stored, clock),
    type: stored.type,
    notNull: stored.not_null === 't',
    fillsItself: isGenerated || isComputed,
    isComputed,
    folds: stored.folds === 't',
    isGenerated,
    hasNoZone: stored.base === 'timestamp' && table.columns[holds ?? '']?.type === 'timestamp',
  };
}
