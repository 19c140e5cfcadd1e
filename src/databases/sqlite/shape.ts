import type BetterSqlite3 from 'better-sqlite3';
import { fillOf, isOld } from '../../schema/adoption/fills.ts';
import type {
  Dependent,
  Fit,
  FoundColumn,
  FoundTable,
  Purpose,
  Shape,
  TakenName,
} from '../../schema/adoption/shape.ts';
import type { DeclaredTables } from '../../schema/declared-tables.ts';
import type { LedgerPlace } from '../../schema/ledger-place.ts';
import { isAsMade } from '../../schema/match-columns.ts';
import { type Column, column, type Table } from '../../schema/table.ts';
import type { ZoneClock } from '../../time/zone-clock.ts';
import {
  type ColumnInfo,
  columnsOf,
  declarationOf,
  foldingColumns,
  foreignKeysOf,
  isStrictTable,
  tableNames,
} from './catalog.ts';
import { converted } from './conversions.ts';
import { indexNames, quote, quoteText } from './ddl.ts';
import { fitOf, isOdd } from './fits.ts';
import { affinityOf, type Form, formOf } from './forms.ts';
import { checksRefusingNull } from './json-checks.ts';
import { matchedColumns, styleOf } from './known-table.ts';

export interface ShapeOptions {
  readonly declared: DeclaredTables;
  readonly naiveTime: string;
  readonly purpose: Purpose;
  readonly clock?: ZoneClock | undefined;
}

export function readShape(connection: BetterSqlite3.Database, ledger: LedgerPlace, options: ShapeOptions): Shape {
  const declared = Object.values(ledger.tables);
  const ofLedger = shapeOf(connection, declared, { ...options, purpose: 'load' });
  return {
    purpose: options.purpose,
    serverZone: undefined,
    declared: options.declared,
    ...shapeOf(connection, options.declared.list, options),
    ledger: { ...ofLedger, declared, title: ledger.title },
  };
}

function shapeOf(
  connection: BetterSqlite3.Database,
  declared: readonly Table[],
  options: ShapeOptions,
): Omit<Shape, 'ledger' | 'declared' | 'purpose' | 'serverZone'> {
  const names = new Set(tableNames(connection));
  const found = declared.filter((table) => names.has(table.name));
  const missing = declared.filter((table) => !names.has(table.name));
  return {
    tables: new Map(found.map((table) => [table.name, new TableReader(connection, table, options).read()])),
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

class TableReader {
  private readonly clock: ZoneClock | undefined;
  private readonly connection: BetterSqlite3.Database;
  private readonly table: Table;
  private readonly columns: readonly ColumnInfo[];
  private readonly isOurs: boolean;
  /** The declared column that each holds. */
  private readonly held: ReadonlyMap<string, string>;
  private readonly primaryKey: readonly string[];
  private readonly isStrict: boolean;
  private readonly hasRowId: boolean;
  private readonly isShifted: boolean;
  private readonly folding: ReadonlySet<string>;
  private readonly countsRows: boolean;
  private readonly declared: DeclaredTables;

  constructor(connection: BetterSqlite3.Database, table: Table, { declared, naiveTime, purpose, clock }: ShapeOptions) {
    this.clock = clock;
    this.declared = declared;
    this.countsRows = purpose === 'upgrade';
    this.folding = foldingColumns(connection, table.name);
    this.connection = connection;
    this.table = table;
    this.columns = columnsOf(connection, table.name);
    this.isOurs = isAsMade(
      table,
      this.columns.map(({ name }) => name),
    );
    this.isStrict = isStrictTable(connection, table.name);
    this.held = this.countsRows
      ? new Map(this.columns.flatMap(({ name }) => (table.columns[name] === undefined ? [] : [[name, name]])))
      : new Map(
          [...matchedColumns(table, this.columns, this.isStrict)].map(([declared, { name }]) => [name, declared]),
        );
    this.primaryKey = this.columns
      .filter(({ pk }) => pk > 0)
      .toSorted((one, other) => one.pk - other.pk)
      .map(({ name }) => name);
    const hasNone = connection.prepare<[string], number>('SELECT wr FROM pragma_table_list WHERE name = ?').pluck();
    this.hasRowId = hasNone.get(table.name) === 0;
    this.isShifted = naiveTime !== 'UTC' && isOld(new Set(this.columns.map(({ name }) => name)));
  }

  read(): FoundTable {
    const fits = this.readFits();
    return {
      name: this.table.name,
      columns: this.columns.map((info) => this.foundColumn(info, fits.get(info.name))),
      primaryKey: this.primaryKey,
      uniqueKeys: this.uniqueKeys(),
      indexes: this.indexedSets('partial = 0'),
      triggers: this.triggers(),
      refusingNull: checksRefusingNull(declarationOf(this.connection, this.table.name)),
      duplicates: this.duplicates(fits),
      foreignKeys: foreignKeysOf(this.connection, this.table.name),
      hidesRows: false,
      lacks: [],
      dependents: this.countsRows ? this.dependents() : [],
    };
  }

  private foundColumn(info: ColumnInfo, fit: Fit | undefined): FoundColumn {
    const isGenerated = this.isRowId(info);
    return {
      name: info.name,
      holds: this.held.get(info.name),
      type: info.type === '' ? 'untyped' : info.type,
      notNull: info.notnull === 1,
      fillsItself: info.dflt_value !== null || info.hidden > 1 || isGenerated,
      isGenerated,
      isComputed: info.hidden > 1,
      folds: this.folding.has(info.name),
      nulls: this.nulls(info),
      hasNoZone: false,
      fit,
    };
  }

  private nulls({ name, notnull }: ColumnInfo): number {
    if (!this.countsRows || notnull === 1 || this.table.columns[this.held.get(name) ?? '']?.notNull === undefined)
      return 0;
    return this.count(`SELECT count(*) FROM ${quote(this.table.name)} WHERE ${quote(name)} IS NULL`);
  }

  private isRowId({ type, name }: ColumnInfo): boolean {
    return this.hasRowId && type.toUpperCase() === 'INTEGER' && String(this.primaryKey) === name;
  }

  private readFits(): ReadonlyMap<string, Fit> {
    const held = this.columns.filter(({ name }) => this.held.has(name));
    const open = held.filter((info) => this.formOf(info) === undefined);
    const odd = this.oddValues(open);
    return new Map(
      held.map((info): [string, Fit] => {
        const form = this.formOf(info);
        if (form !== undefined)
          return [info.name, form.note === undefined ? { kind: 'fits' } : { kind: 'tolerated', note: form.note }];
        const declared = this.declaredOf(info);
        const stored = {
          type: info.type,
          isStrict: this.isStrict,
          odd: odd[open.indexOf(info)] ?? 0,
          isShifted: this.isShifted && declared.type === 'timestamp',
        };
        return [info.name, fitOf(declared, stored, () => this.lost(info))];
      }),
    );
  }

  private declaredOf({ name }: ColumnInfo): Column {
    return column(this.table, this.held.get(name) ?? name);
  }

  private formOf(info: ColumnInfo): Form | undefined {
    // A column of ours that somebody has changed is no column of an application.
    if (this.countsRows || this.isOurs) return undefined;
    const { isStrict } = this;
    const declared = this.declaredOf(info);
    const times = declared.type === 'timestamp' ? styleOf(this.connection, this.table, info) : undefined;
    return formOf(declared, { affinity: affinityOf(info.type), type: info.type, isStrict, times, clock: this.clock });
  }

  /** One pass over the table counts them for every column. */
  private oddValues(infos: readonly ColumnInfo[]): readonly number[] {
    if (infos.length === 0 || !this.countsRows) return [];
    const counts = infos.map((info) => {
      const { name } = info;
      const odd = isOdd(this.declaredOf(info), quote(name), this.table.naturalKey.includes(this.held.get(name) ?? ''));
      return `coalesce(sum(${quote(name)} IS NOT NULL AND (${odd})), 0)`;
    });
    const sql = `SELECT ${counts.join(', ')} FROM ${quote(this.table.name)}`;
    return this.connection.prepare<[], number[]>(sql).raw(true).get() ?? [];
  }

  private lost(info: ColumnInfo): number {
    if (!this.countsRows) return 0;
    const value = this.converted(info);
    return this.count(
      `SELECT count(*) FROM ${quote(this.table.name)} WHERE ${quote(info.name)} IS NOT NULL AND ${value} IS NULL`,
    );
  }

  private converted(info: ColumnInfo): string {
    return converted(this.declaredOf(info), quote(info.name), this.isShifted ? 'naive' : 'utc');
  }

  private uniqueKeys(): string[][] {
    const sets = this.indexedSets('"unique" = 1 AND partial = 0');
    return this.primaryKey.length === 0 ? sets : [[...this.primaryKey], ...sets];
  }

  private indexedSets(condition: string): string[][] {
    const columns = this.connection
      .prepare<[string], string | null>('SELECT name FROM pragma_index_info(?) ORDER BY seqno')
      .pluck();
    return this.connection
      .prepare<[string], string>(`SELECT name FROM pragma_index_list(?) WHERE ${condition}`)
      .pluck()
      .all(this.table.name)
      .map((index) => columns.all(index))
      .filter((set): set is string[] => set.every((name) => name !== null));
  }

  private triggers(): string[] {
    const sql = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE ORDER BY name";
    return this.connection.prepare<[string], string>(sql).pluck().all(this.table.name);
  }

  /** By the values that the key will have after an adoption. NULL equals nothing. */
  private duplicates(fits: ReadonlyMap<string, Fit>): number {
    if (!this.countsRows) return 0;
    const parts = this.table.naturalKey.map((name) => this.keyPart(name, fits));
    if (parts.some((part) => part === undefined)) return 0;
    const known = parts.map((part) => `${part} IS NOT NULL`).join(' AND ');
    return this.count(`SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM ${quote(this.table.name)}
      WHERE ${known} GROUP BY ${parts.join(', ')} HAVING count(*) > 1)`);
  }

  /** Undefined where the adoption gives each row a value of its own, or none. */
  private keyPart(name: string, fits: ReadonlyMap<string, Fit>): string | undefined {
    const info = this.columns.find((each) => this.held.get(each.name) === name);
    if (info !== undefined)
      return fits.get(info.name)?.kind === 'convertible' ? this.converted(info) : quote(info.name);
    const fill = fillOf(this.table, name);
    return fill.kind === 'constant' ? `(SELECT ${quoteText(String(fill.value))})` : undefined;
  }

  /** Foreign keys of tables that are not declared. */
  private dependents(): Dependent[] {
    const { declared } = this;
    const keys = this.connection.prepare<[string, string], string | null>(
      'SELECT "to" FROM pragma_foreign_key_list(?) WHERE "table" = ? COLLATE NOCASE',
    );
    return tableNames(this.connection)
      .filter((name) => declared.find(name) === undefined && !name.includes('__before_v'))
      .flatMap((name) => {
        const targets = keys.pluck().all(name, this.table.name);
        return targets.map((target) => ({ what: `table ${name}`, column: target ?? this.primaryKey.join() }));
      });
  }

  private count(sql: string): number {
    return this.connection.prepare<[], number>(sql).pluck().get() ?? 0;
  }
}
