import { fillOf } from '../../schema/adoption/fills.ts';
import type { Dependent, Fit, FoundColumn, FoundTable, Shape } from '../../schema/adoption/shape.ts';
import { LEDGER_LIST } from '../../schema/ledger-tables.ts';
import { column, type Table } from '../../schema/table.ts';
import { TABLE_LIST } from '../../schema/tables.ts';
import {
  type CatalogColumn,
  columnsOf,
  dependentsOf,
  indexedSets,
  referencedTables,
  tableNames,
  triggersOf,
} from './catalog.ts';
import { quote, quoteText } from './ddl.ts';
import { type Rule, ruleFor } from './fits.ts';
import type { Session } from './session.ts';

export interface ShapeOptions {
  readonly naiveTime: string;
}

export async function readShape(session: Session, options: ShapeOptions): Promise<Shape> {
  const names = new Set(await tableNames(session));
  const shape = new Map<string, FoundTable>();
  for (const table of [...TABLE_LIST, ...LEDGER_LIST]) {
    if (names.has(table.name)) shape.set(table.name, await readTable(session, table, options));
  }
  return shape;
}

export async function readTable(session: Session, table: Table, options: ShapeOptions): Promise<FoundTable> {
  const columns = await columnsOf(session, table.name);
  const indexed = await indexedSets(session, table.name);
  const sets = indexed.filter(({ isUnique }) => isUnique);
  const found: FoundColumn[] = [];
  for (const each of columns) found.push(await foundColumn(session, table, each, options));
  const fits = new Map(found.map(({ name, fit }) => [name, fit]));
  const isUnique = sets.some((set) => set.columns.toSorted().join() === table.naturalKey.toSorted().join());
  return {
    name: table.name,
    columns: found,
    primaryKey: sets.find((set) => set.isPrimary)?.columns ?? [],
    uniqueKeys: sets.map((set) => set.columns),
    indexes: indexed.map((set) => set.columns),
    triggers: (await triggersOf(session, table.name)).map(({ name }) => name),
    refusingNull: [],
    duplicates: isUnique ? 0 : await duplicates(session, table, columns, fits, options),
    refersTo: await referencedTables(session, table.name),
    dependents: await dependents(session, table),
  };
}

export function ruleOf(table: Table, { name, base, limit }: CatalogColumn): Rule | undefined {
  const stored = { base, limit: limit === null ? undefined : Number(limit) };
  return ruleFor(column(table, name), stored);
}

async function foundColumn(
  session: Session,
  table: Table,
  stored: CatalogColumn,
  options: ShapeOptions,
): Promise<FoundColumn> {
  const isGenerated = stored.identity !== '' || stored.default !== null;
  const name = quote(stored.name);
  const mayLack = stored.not_null === 'f' && table.columns[stored.name]?.notNull === true;
  const nulls = `SELECT count(*) FROM ${session.name(table.name)} WHERE ${name} IS NULL`;
  return {
    name: stored.name,
    type: stored.type,
    notNull: stored.not_null === 't',
    fillsItself: isGenerated || stored.generated !== '',
    isGenerated,
    nulls: mayLack ? await session.count(nulls) : 0,
    fit: table.columns[stored.name] === undefined ? undefined : await fitOf(session, table, stored, options),
  };
}

async function fitOf(session: Session, table: Table, stored: CatalogColumn, { naiveTime }: ShapeOptions): Promise<Fit> {
  const rule = ruleOf(table, stored);
  if (rule === undefined) return { kind: 'impossible' };
  if (rule.kind !== 'converts') return rule;
  const from = quote(stored.name);
  const { max } = column(table, stored.name);
  const tooLong = max === undefined ? [] : [`length(${from}::text) > ${max}`];
  const conditions = [...(rule.lost ? [rule.lost(from, naiveTime)] : []), ...tooLong];
  const real = session.name(table.name);
  const lost =
    conditions.length === 0
      ? 0
      : await session.count(`SELECT count(*) FROM ${real} WHERE ${conditions.map((each) => `(${each})`).join(' OR ')}`);
  if (lost > 0) return { kind: 'convertible', lost };
  const isSound = await session.succeeds(`SELECT count(${rule.value(from, naiveTime)}) FROM ${real}`);
  return { kind: 'convertible', lost: isSound ? 0 : 'some' };
}

/** By the values that the key will have after an adoption. NULL equals nothing. */
async function duplicates(
  session: Session,
  table: Table,
  stored: readonly CatalogColumn[],
  fits: ReadonlyMap<string, Fit | undefined>,
  { naiveTime }: ShapeOptions,
): Promise<number> {
  const parts: string[] = [];
  for (const name of table.naturalKey) {
    const found = stored.find((each) => each.name === name);
    const fill = fillOf(table, name);
    const fit = fits.get(name);
    if (found === undefined && fill.kind !== 'constant') return 0;
    if (fit?.kind === 'impossible' || (fit?.kind === 'convertible' && fit.lost !== 0)) return 0;
    const rule = found && ruleOf(table, found);
    if (found === undefined) parts.push(quoteText(fill.kind === 'constant' ? String(fill.value) : ''));
    else parts.push(rule?.kind === 'converts' ? rule.value(quote(name), naiveTime) : quote(name));
  }
  const values = parts.map((part, index) => `${part} AS k${index}`).join(', ');
  const keys = parts.map((_part, index) => `k${index}`);
  return session.count(`SELECT coalesce(sum(n - 1), 0) AS count FROM (
    SELECT count(*) AS n FROM (SELECT ${values} FROM ${session.name(table.name)}) keys
    WHERE ${keys.map((key) => `${key} IS NOT NULL`).join(' AND ')} GROUP BY ${keys.join(', ')} HAVING count(*) > 1) same`);
}

async function dependents(session: Session, table: Table): Promise<Dependent[]> {
  const declared = new Set(TABLE_LIST.map(({ name }) => name));
  const found = await dependentsOf(session, table.name);
  return found
    .filter(({ kind, name }) => kind === 'view' || !declared.has(name))
    .map(({ kind, name, column }) => ({ what: `${kind} ${name}`, column }));
}
