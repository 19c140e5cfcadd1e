import type BetterSqlite3 from 'better-sqlite3';
import type { FoundColumn, FoundTable, Shape, ShapeOfTables, TakenName } from '../../schema/comparison/shape.ts';
import type { DeclaredTables } from '../../schema/declared-tables.ts';
import { storedTable } from '../../schema/key-link.ts';
import type { LedgerPlace } from '../../schema/ledger-place.ts';
import type { Table } from '../../schema/table.ts';
import type { ZoneClock } from '../../time/zone-clock.ts';
import {
  type ColumnInfo,
  columnsOf,
  declarationOf,
  foldingColumns,
  foreignKeysOf,
  hasRowId,
  isStrictTable,
  tableNames,
} from './catalog.ts';
import { indexNames } from './ddl.ts';
import { checksRefusingNull } from './json-checks.ts';
import { matchedColumns, storedForms } from './known-table.ts';

export interface ShapeOptions {
  readonly declared: DeclaredTables;
  readonly clock: ZoneClock | undefined;
}

export function readShape(connection: BetterSqlite3.Database, ledger: LedgerPlace, options: ShapeOptions): Shape {
  const declared = Object.values(ledger.tables);
  return {
    serverZone: undefined,
    declared: options.declared,
    ...shapeOf(connection, options.declared.list, options.clock),
    ledger: { ...shapeOf(connection, declared, undefined), declared, title: ledger.title },
  };
}

function shapeOf(
  connection: BetterSqlite3.Database,
  declared: readonly Table[],
  clock: ZoneClock | undefined,
): ShapeOfTables {
  const names = new Set(tableNames(connection));
  const found = declared.filter((table) => names.has(table.name));
  const missing = declared.filter((table) => !names.has(table.name));
  return {
    tables: new Map(found.map((table) => [table.name, readTable(connection, table, clock)])),
    taken: takenNames(connection, missing),
    uncreatable: new Map(),
  };
}

/** Tables of which the name, or that of an index, is taken by something else. SQLite's names ignore case. */
function takenNames(connection: BetterSqlite3.Database, missing: readonly Table[]): ReadonlyMap<string, TakenName> {
  const wanted = new Map(missing.flatMap((table) => indexNames(table).map((name) => [name, table.name] as const)));
  for (const { name } of missing) wanted.set(name, name);
  const sql = "SELECT type, name FROM sqlite_schema WHERE type <> 'trigger'";
  const all = connection.prepare<[], { type: string; name: string }>(sql).all();
  return new Map(
    all.flatMap(({ type, name }) => {
      const table = wanted.get(name.toLowerCase());
      return table === undefined ? [] : [[table, { name, what: `${type === 'index' ? 'an' : 'a'} ${type}` }] as const];
    }),
  );
}

export function readTable(
  connection: BetterSqlite3.Database,
  declared: Table,
  clock: ZoneClock | undefined,
): FoundTable {
  const table = storedTable(declared);
  const infos = columnsOf(connection, table.name);
  const isStrict = isStrictTable(connection, table.name);
  const matched = matchedColumns(table, infos, isStrict);
  const { forms } = storedForms(connection, table, { matched, isStrict }, clock);
  const held = new Map([...matched].map(([declared, { name }]) => [name, declared]));
  const folding = foldingColumns(connection, table.name);
  const primaryKey = infos
    .filter(({ pk }) => pk > 0)
    .toSorted((one, other) => one.pk - other.pk)
    .map(({ name }) => name);
  const isNumbered = hasRowId(connection, table.name);
  const isRowId = ({ type, name }: ColumnInfo): boolean =>
    isNumbered && type.toUpperCase() === 'INTEGER' && String(primaryKey) === name;
  const foundColumn = (info: ColumnInfo): FoundColumn => {
    const holds = held.get(info.name);
    const isComputed = info.hidden > 1;
    return {
      name: info.name,
      holds,
      fit: forms.get(holds ?? ''),
      type: info.type === '' ? 'untyped' : info.type,
      notNull: info.notnull === 1,
      fillsItself: info.dflt_value !== null || isComputed || isRowId(info),
      isGenerated: isRowId(info),
      isComputed,
      folds: folding.has(info.name),
      hasNoZone: false,
    };
  };
  const unique = indexedSets(connection, table.name, '"unique" = 1 AND partial = 0');
  return {
    name: table.name,
    columns: infos.map(foundColumn),
    primaryKey,
    ...(!isNumbered && { lacksRowId: true as const }),
    uniqueKeys: primaryKey.length === 0 ? unique : [primaryKey, ...unique],
    indexes: indexedSets(connection, table.name, 'partial = 0'),
    triggers: triggersOf(connection, table.name),
    refusingNull: checksRefusingNull(declarationOf(connection, table.name)),
    foreignKeys: foreignKeysOf(connection, table.name),
    hidesRows: false,
    lacks: [],
  };
}

function indexedSets(connection: BetterSqlite3.Database, table: string, condition: string): string[][] {
  const columns = connection
    .prepare<[string], string | null>('SELECT name FROM pragma_index_info(?) ORDER BY seqno')
    .pluck();
  return connection
    .prepare<[string], string>(`SELECT name FROM pragma_index_list(?) WHERE ${condition}`)
    .pluck()
    .all(table)
    .map((index) => columns.all(index))
    .filter((set): set is string[] => set.every((name) => name !== null));
}

function triggersOf(connection: BetterSqlite3.Database, table: string): string[] {
  const sql = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE ORDER BY name";
  return connection.prepare<[string], string>(sql).pluck().all(table);
}
