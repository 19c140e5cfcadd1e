import type BetterSqlite3 from 'better-sqlite3';
import { fillOf, isOld } from '../../schema/adoption/fills.ts';
import type {
  Dependent,
  Depth,
  Fit,
  FoundColumn,
  FoundKey,
  FoundTable,
  Shape,
  TakenName,
} from '../../schema/adoption/shape.ts';
import type { DeclaredTables } from '../../schema/declared-tables.ts';
import type { LedgerPlace } from '../../schema/ledger-place.ts';
import { column, type Table } from '../../schema/table.ts';
import { converted } from './conversions.ts';
import { indexNames, quote, quoteText } from './ddl.ts';
import { fitOf, isOdd } from './fits.ts';
import { checksRefusingNull } from './json-checks.ts';
import { type ColumnText, readTable } from './table-sql.ts';

/** https://www.sqlite.org/pragma.html#pragma_table_xinfo */
export interface ColumnInfo {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly dflt_value: string | null;
  /** Place in the primary key, from 1; 0 outside of it. */
  readonly pk: number;
  /** 2 and 3: computed from other columns. */
  readonly hidden: number;
}

export interface ShapeOptions {
  readonly declared: DeclaredTables;
  readonly naiveTime: string;
  readonly depth: Depth;
}

export function readShape(connection: BetterSqlite3.Database, ledger: LedgerPlace, options: ShapeOptions): Shape {
  const declared = Object.values(ledger.tables);
  const ofLedger = shapeOf(connection, declared, { ...options, depth: 'catalog' });
  return {
    declared: options.declared,
    ...shapeOf(connection, options.declared.list, options),
    ledger: { ...ofLedger, declared, title: ledger.title },
  };
}

function shapeOf(
  connection: BetterSqlite3.Database,
  declared: readonly Table[],
  options: ShapeOptions,
): Omit<Shape, 'ledger' | 'declared'> {
  const names = new Set(tableNames(connection));
  const found = declared.filter((table) => names.has(table.name));
  const missing = declared.filter((table) => !names.has(table.name));
  return {
    tables: new Map(found.map((table) => [table.name, new TableReader(connection, table, options).read()])),
    taken: takenNames(connection, missing),
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

/** The columns whose texts SQLite compares otherwise than byte by byte. */
export function foldingColumns(connection: BetterSqlite3.Database, table: string): ReadonlySet<string> {
  const folds = ({ rest }: ColumnText): boolean => {
    const words = rest.map((token) => token.trim()).filter((token) => token !== '');
    return words.some((word, at) => /^COLLATE$/i.test(word) && !/^["'`[]?BINARY/i.test(words[at + 1] ?? ''));
  };
  const declaration = declarationOf(connection, table);
  if (!/\bCOLLATE\b/i.test(declaration)) return new Set();
  return new Set(
    readTable(declaration)
      .columns.filter(folds)
      .map(({ name }) => name),
  );
}

export function tableNames(connection: BetterSqlite3.Database): string[] {
  const sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
  return connection.prepare<[], string>(sql).pluck().all();
}

/** The CREATE TABLE statement, as it was written. */
export function declarationOf(connection: BetterSqlite3.Database, table: string): string {
  const sql = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?";
  return connection.prepare<[string], string>(sql).pluck().get(table) ?? '';
}

/** A key that names no columns of the other table leads to its primary key. */
export function foreignKeysOf(connection: BetterSqlite3.Database, table: string): FoundKey[] {
  const parts = connection
    .prepare<[string], { id: number; table: string; from: string; to: string | null }>(
      'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq',
    )
    .all(table);
  return [...Map.groupBy(parts, ({ id }) => id).values()].map((key) => {
    const to = key.flatMap((part) => part.to ?? []);
    const columns = key.map(({ from }) => from);
    return { table: key[0]?.table ?? '', columns, ...(to.length > 0 && { to }) };
  });
}

export function columnsOf(connection: BetterSqlite3.Database, table: string): ColumnInfo[] {
  return connection.prepare<[string], ColumnInfo>('SELECT * FROM pragma_table_xinfo(?) ORDER BY cid').all(table);
}

class TableReader {
  private readonly connection: BetterSqlite3.Database;
  private readonly table: Table;
  private readonly columns: readonly ColumnInfo[];
  private readonly primaryKey: readonly string[];
  private readonly isStrict: boolean;
  private readonly hasRowId: boolean;
  private readonly isShifted: boolean;
  private readonly folding: ReadonlySet<string>;
  private readonly countsRows: boolean;
  private readonly declared: DeclaredTables;

  constructor(connection: BetterSqlite3.Database, table: Table, { declared, naiveTime, depth }: ShapeOptions) {
    this.declared = declared;
    this.countsRows = depth === 'rows';
    this.folding = foldingColumns(connection, table.name);
    this.connection = connection;
    this.table = table;
    this.columns = columnsOf(connection, table.name);
    this.primaryKey = this.columns
      .filter(({ pk }) => pk > 0)
      .toSorted((one, other) => one.pk - other.pk)
      .map(({ name }) => name);
    const traits = connection
      .prepare<[string], { strict: number; wr: number }>('SELECT strict, wr FROM pragma_table_list WHERE name = ?')
      .get(table.name);
    this.isStrict = traits?.strict === 1;
    this.hasRowId = traits?.wr === 0;
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
      type: info.type === '' ? 'untyped' : info.type,
      notNull: info.notnull === 1,
      fillsItself: info.dflt_value !== null || info.hidden > 1 || isGenerated,
      isGenerated,
      isComputed: info.hidden > 1,
      folds: this.folding.has(info.name),
      nulls: this.nulls(info),
      fit,
    };
  }

  private nulls({ name, notnull }: ColumnInfo): number {
    if (!this.countsRows || notnull === 1 || this.table.columns[name]?.notNull === undefined) return 0;
    return this.count(`SELECT count(*) FROM ${quote(this.table.name)} WHERE ${quote(name)} IS NULL`);
  }

  private isRowId({ type, name }: ColumnInfo): boolean {
    return this.hasRowId && type.toUpperCase() === 'INTEGER' && String(this.primaryKey) === name;
  }

  private readFits(): ReadonlyMap<string, Fit> {
    const declared = this.columns.filter(({ name }) => this.table.columns[name] !== undefined);
    const odd = this.oddValues(declared);
    return new Map(
      declared.map((info, index) => {
        const type = column(this.table, info.name);
        const stored = {
          type: info.type,
          isStrict: this.isStrict,
          odd: odd[index] ?? 0,
          isShifted: this.isShifted && type.type === 'timestamp',
        };
        return [info.name, fitOf(type, stored, () => this.lost(info.name))];
      }),
    );
  }

  /** One pass over the table counts them for every column. */
  private oddValues(infos: readonly ColumnInfo[]): readonly number[] {
    if (infos.length === 0 || !this.countsRows) return [];
    const counts = infos.map(({ name }) => {
      const odd = isOdd(column(this.table, name), quote(name), this.table.naturalKey.includes(name));
      return `coalesce(sum(${quote(name)} IS NOT NULL AND (${odd})), 0)`;
    });
    const sql = `SELECT ${counts.join(', ')} FROM ${quote(this.table.name)}`;
    return this.connection.prepare<[], number[]>(sql).raw(true).get() ?? [];
  }

  private lost(name: string): number {
    if (!this.countsRows) return 0;
    const value = this.converted(name);
    return this.count(
      `SELECT count(*) FROM ${quote(this.table.name)} WHERE ${quote(name)} IS NOT NULL AND ${value} IS NULL`,
    );
  }

  private converted(name: string): string {
    return converted(column(this.table, name), quote(name), this.isShifted ? 'naive' : 'utc');
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
    const parts = this.table.naturalKey.map((name) => this.keyPart(name, fits.get(name)));
    if (parts.some((part) => part === undefined)) return 0;
    const known = parts.map((part) => `${part} IS NOT NULL`).join(' AND ');
    return this.count(`SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM ${quote(this.table.name)}
      WHERE ${known} GROUP BY ${parts.join(', ')} HAVING count(*) > 1)`);
  }

  /** Undefined where the adoption gives each row a value of its own, or none. */
  private keyPart(name: string, fit: Fit | undefined): string | undefined {
    if (fit?.kind === 'convertible') return this.converted(name);
    if (fit !== undefined) return quote(name);
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
