import type pg from 'pg';
import type { RowGroup, RowLookup } from '../../schema/row-group.ts';
import { isLookup, SOURCE_ID } from '../../schema/row-group.ts';
import { column, loadColumns, type Row, type Table } from '../../schema/table.ts';
import { TABLES, tableNamed } from '../../schema/tables.ts';
import {
  ABSENT,
  type ChildComparison,
  type Comparison,
  type FoundRow,
  type LedgerRow,
  type Merge,
  RefusedRow,
  SWALLOWED,
  type Transaction,
} from '../database.ts';
import type { Segment } from '../row-codec.ts';
import { copyLines, copyTuples } from './copy.ts';
import { plainColumns, quote } from './ddl.ts';
import {
  anyTaken,
  compareChildren,
  compareRoots,
  deleteChildren,
  deleteLonelyOwners,
  findRows,
  insertMissing,
  insertNew,
  insertOwners,
  type Names,
  ownersOf,
  replaceRoots,
  updateChanged,
} from './statements.ts';
import { copyField, keyText, read } from './values.ts';

const RELEASE = 'RELEASE refusable';
/** A deferred constraint would speak up at the commit only, when nobody can tell whose row it was. */
const CHECKED = `SET CONSTRAINTS ALL IMMEDIATE; ${RELEASE}`;

interface Staged {
  readonly root: Table;
  readonly children: readonly Table[];
}

export interface UniqueIndex {
  readonly name: string;
  readonly columns: readonly string[];
}

/** What a transaction knows of the tables it works on. */
export interface Tables extends Names {
  readonly exists: (name: string) => boolean;
  readonly dryRun: boolean;
  /** Of a dry run: what the real tables keep unique. Empty otherwise, where the tables themselves refuse. */
  readonly uniqueIndexes: (table: Table) => readonly UniqueIndex[];
  readonly classify: (error: unknown) => unknown;
}

/**
 * One transaction: groups are staged by COPY into temporary tables under their number n, compared with the real rows
 * and merged from there. Nothing outlives the transaction, so it also works behind a transaction pooler.
 */
export class PostgresTransaction implements Transaction {
  private readonly client: pg.ClientBase;
  private readonly tables: Tables;
  private readonly numbers = new Map<RowGroup, number>();
  private staged: Staged[] = [];

  constructor(client: pg.ClientBase, tables: Tables) {
    this.client = client;
    this.tables = tables;
  }

  async find(lookups: readonly RowLookup[]): Promise<readonly FoundRow[]> {
    const found: FoundRow[] = lookups.map(() => undefined);
    const kinds = Map.groupBy(lookups.keys(), (index) => `${lookups[index]?.table.name} ${lookups[index]?.by}`);
    for (const indexes of kinds.values()) await this.findIn(indexes, lookups, found);
    return found;
  }

  /** All lookups by the same columns of the same table. */
  private async findIn(indexes: readonly number[], lookups: readonly RowLookup[], found: FoundRow[]): Promise<void> {
    const first = lookups[indexes[0] ?? -1];
    if (first === undefined) return;
    const { table, by } = first;
    if (!this.tables.dryRun && !this.tables.exists(table.name)) return;
    const keys = by.map((key, at) => indexes.map((index) => lookupText(table, key, lookups[index]?.key[at])));
    const { rows } = await this.client.query<{ n: string; id: string; rows: string }>(
      findRows(first, this.tables),
      keys,
    );
    for (const row of rows) {
      const index = indexes[Number(row.n) - 1];
      if (index !== undefined) found[index] = row.rows === '1' ? { id: read({ type: 'integer' }, row.id) } : 'several';
    }
  }

  async compare(groups: readonly RowGroup[]): Promise<readonly Comparison[]> {
    await this.dropStaged();
    for (const [n, group] of groups.entries()) this.numbers.set(group, n);
    const comparisons: Comparison[] = groups.map(() => ABSENT);
    for (const staged of stagedTables(groups)) {
      await this.stage(staged, groups);
      if (this.tables.exists(staged.root.name)) await this.compareStaged(staged, comparisons);
    }
    return comparisons;
  }

  async createOwners(ids: readonly string[]): Promise<readonly string[]> {
    if (ids.length === 0) return [];
    const real = this.tables.exists('users') ? this.tables.real(TABLES.users) : undefined;
    const sql = insertOwners(real, this.tables.written(TABLES.users));
    return this.saved(async () => {
      const created = await this.client.query<{ id: string }>(sql, [ids]);
      return created.rows.map((row) => row.id);
    });
  }

  async merge(merges: readonly Merge[]): Promise<void> {
    await this.saved(async () => {
      for (const staged of this.staged) await this.mergeStaged(staged, merges);
    }, CHECKED);
  }

  async append(segments: readonly Segment[], meanwhile: () => void): Promise<void> {
    const tables = [...Map.groupBy(segments, ({ table }) => table)];
    if (tables.length === 0) meanwhile();
    await this.saved(async () => {
      for (const [index, [name, parts]] of tables.entries()) {
        const table = tableNamed(name);
        const columns = loadColumns(table).map(quote).join(', ');
        const sql = `COPY ${this.tables.written(table)} (${columns}) FROM STDIN (FORMAT binary)`;
        const isLast = index === tables.length - 1;
        const copied = await copyTuples(this.client, sql, parts, isLast ? meanwhile : () => undefined);
        if (copied !== parts.reduce((sum, { rows }) => sum + rows, 0)) throw new RefusedRow(SWALLOWED);
      }
    }, CHECKED);
  }

  /** All or nothing: a refused row leaves the transaction as it was before. */
  private async saved<T>(work: () => Promise<T>, release = RELEASE): Promise<T> {
    await this.client.query('SAVEPOINT refusable');
    try {
      const result = await work();
      await this.client.query(release);
      return result;
    } catch (error) {
      const classified = this.tables.classify(error);
      if (classified instanceof RefusedRow) await this.client.query('ROLLBACK TO refusable');
      throw classified;
    }
  }

  async insertLedger(table: Table, rows: readonly LedgerRow[]): Promise<void> {
    if (rows.length === 0) return;
    const columns = loadColumns(table);
    const sql = `COPY ${this.tables.written(table)} (${columns.map(quote).join(', ')}) FROM STDIN`;
    const lines = rows.map((row) => `${columns.map((name) => copyField(column(table, name), row[name])).join('\t')}\n`);
    await copyLines(this.client, sql, lines);
  }

  /** For the next comparison; and a dry run never commits, so that ON COMMIT DROP does nothing there. */
  async dropStaged(): Promise<void> {
    for (const { root, children } of this.staged) {
      for (const table of [root, ...children]) await this.client.query(`DROP TABLE ${this.tables.stage(table)}`);
    }
    this.staged = [];
  }

  private async stage(staged: Staged, groups: readonly RowGroup[]): Promise<void> {
    this.staged.push(staged);
    for (const table of [staged.root, ...staged.children]) {
      const name = this.tables.stage(table);
      const columns = plainColumns(table, loadColumns(table));
      await this.client.query(`CREATE TEMP TABLE ${name} (n integer, ${columns}) ON COMMIT DROP`);
      await copyLines(this.client, `COPY ${name} FROM STDIN`, stageLines(table, groups));
    }
  }

  private async compareStaged({ root, children }: Staged, comparisons: Comparison[]): Promise<void> {
    const found = await this.client.query<Record<'n' | 'differs' | 'placeholder' | 'owner_differs' | 'newer', string>>(
      compareRoots(root, this.tables),
    );
    for (const row of found.rows) {
      comparisons[Number(row.n)] = {
        root: row.differs === 't' ? 'differs' : 'same',
        isPlaceholder: row.placeholder === 't',
        ownerDiffers: row.owner_differs === 't',
        storedIsNewer: row.newer === 't',
        children: [],
      };
    }
    const present = found.rows.map((row) => Number(row.n));
    if (present.length === 0) return;
    for (const child of children) await this.compareStagedChildren(child, root, present, comparisons);
  }

  private async compareStagedChildren(
    child: Table,
    root: Table,
    present: readonly number[],
    comparisons: Comparison[],
  ): Promise<void> {
    if (!this.tables.exists(child.name)) return;
    const sql = compareChildren(child, root, this.tables);
    const counted = await this.client.query<Record<'n' | 'stored' | 'present' | 'differing' | 'staged', string>>(sql, [
      present,
    ]);
    for (const row of counted.rows) {
      const [stored, matched, differs, staged] = [row.stored, row.present, row.differing, row.staged].map(Number) as [
        number,
        number,
        number,
        number,
      ];
      const state: ChildComparison = {
        table: child.name,
        absent: staged - matched,
        same: matched - differs,
        differs,
        surplus: stored - matched,
      };
      const comparison = comparisons[Number(row.n)] ?? ABSENT;
      comparisons[Number(row.n)] = { ...comparison, children: [...comparison.children, state] };
    }
  }

  private async mergeStaged({ root, children }: Staged, merges: readonly Merge[]): Promise<void> {
    const mine = merges.filter((merge) => merge.group.root === root && !merge.replaces);
    await this.replaceStaged(
      { root, children },
      merges.filter((merge) => merge.group.root === root && merge.replaces),
    );
    const isNew = (merge: Merge): boolean => merge.comparison.root === 'absent' || this.tables.dryRun;
    const [created, changed] = [mine.filter(isNew), mine.filter((merge) => !isNew(merge))];
    for (const table of [root, ...children]) {
      if (created.length > 0) {
        await this.refuseTaken(table, this.numbersOf(created));
        await this.write(insertNew(table, this.tables), created, (merge) => rowsOf(table, merge));
      }
      if (changed.length === 0) continue;
      await this.write(updateChanged(table, this.tables), changed, (merge) => stateOf(table, merge).differs);
      await this.write(insertMissing(table, this.tables), changed, (merge) => stateOf(table, merge).absent);
    }
  }

  private async replaceStaged({ root, children }: Staged, replaced: readonly Merge[]): Promise<void> {
    if (replaced.length === 0) return;
    const numbers = [this.numbersOf(replaced)];
    const found =
      root.owner && (await this.client.query<{ id: string }>(ownersOf(root, root.owner, this.tables), numbers));
    const owners = found ? found.rows.map(({ id }) => id) : [];
    await this.write(replaceRoots(root, this.tables), replaced, () => 1);
    for (const child of children) {
      await this.client.query(deleteChildren(child, root, this.tables), numbers);
      await this.write(insertNew(child, this.tables), replaced, (merge) => rowsOf(child, merge));
    }
    // They were created for rows that are another owner's now.
    if (owners.length > 0) await this.client.query(deleteLonelyOwners(this.tables), [owners]);
  }

  /** Runs a statement over groups and compares the rows that it wrote with the rows that it should. */
  private async write(sql: string, merges: readonly Merge[], expected: (merge: Merge) => number): Promise<void> {
    const { rowCount } = await this.client.query(sql, [this.numbersOf(merges)]);
    if (rowCount !== merges.reduce((sum, merge) => sum + expected(merge), 0)) throw new RefusedRow(SWALLOWED);
  }

  /** The shadow of a dry run is empty: what the real table keeps unique is asked of the real table. */
  private async refuseTaken(table: Table, numbers: readonly number[]): Promise<void> {
    for (const { name, columns } of this.tables.uniqueIndexes(table)) {
      const taken = await this.client.query(anyTaken(table, columns, this.tables), [numbers]);
      if (taken.rows.length > 0) throw new RefusedRow(`${table.name}.${name} (SQLSTATE 23505)`);
    }
  }

  private numbersOf(merges: readonly Merge[]): number[] {
    return merges.map((merge) => this.numbers.get(merge.group) ?? -1);
  }
}

function lookupText(table: Table, key: string, value: RowLookup['key'][number] | undefined): string | null {
  if (value === undefined || value === null || isLookup(value)) return null;
  return key === SOURCE_ID ? String(value) : keyText(table, key, value);
}

function rowsOf(table: Table, { group }: Merge): number {
  if (table === group.root) return 1;
  return group.children.find((child) => child.table === table)?.rows.length ?? 0;
}

/** What the comparison found of a table's rows. */
function stateOf(table: Table, { group, comparison }: Merge): { readonly absent: number; readonly differs: number } {
  if (table === group.root) return { absent: 0, differs: comparison.root === 'differs' ? 1 : 0 };
  return comparison.children.find((child) => child.table === table.name) ?? { absent: 0, differs: 0 };
}

/** The tables that the groups need, each root once, in the order in which they come. */
function stagedTables(groups: readonly RowGroup[]): Staged[] {
  const found = new Map<Table, Staged>();
  for (const { root, children } of groups) {
    if (!found.has(root)) found.set(root, { root, children: children.map((child) => child.table) });
  }
  return [...found.values()];
}

function* stageLines(table: Table, groups: readonly RowGroup[]): Generator<string> {
  const columns = loadColumns(table).map((name) => column(table, name));
  const line = (n: number, row: Row): string =>
    `${n}\t${columns.map((declared, index) => copyField(declared, row[index] ?? null)).join('\t')}\n`;
  for (const [n, group] of groups.entries()) {
    if (group.root === table) yield line(n, group.row);
    for (const child of group.children) {
      if (child.table === table) for (const row of child.rows) yield line(n, row);
    }
  }
}
