import type pg from 'pg';
import type { TableGroup } from '../../schema/declared-tables.ts';
import { LEDGER } from '../../schema/ledger-tables.ts';
import type { ChildRows, RowGroup } from '../../schema/row-group.ts';
import { loadColumns, type Row, type Table } from '../../schema/table.ts';
import { CHANGED, RefusedRow, SWALLOWED } from '../refused-row.ts';
import { ABSENT, type ChildComparison, type Comparison, type Merge, SAME } from '../transaction.ts';
import { copyLines } from './copy.ts';
import { GoingRows } from './going-rows.ts';
import { anyTaken } from './lookups.ts';
import type { Names, Tables } from './names.ts';
import { deleteLonelyOwners } from './owners.ts';
import {
  insertMissing,
  insertNew,
  keepBeside,
  replaceRoots,
  selectKnown,
  stagedColumns,
  tellsInserted,
  updateChanged,
  updateParameters,
} from './staged-writes.ts';
import { compareChildren, compareRoots, countWritten, deleteChildren, ownersOf } from './statements.ts';
import { fieldWriter } from './values.ts';

/**
 * Groups that are copied into temporary tables under their number n, compared with the real rows and merged from there.
 */
export class StagedGroups {
  private readonly client: pg.ClientBase;
  private readonly tables: Tables;
  private readonly numbers = new Map<RowGroup, number>();
  private staged: TableGroup[] = [];
  private readonly going: GoingRows;

  constructor(client: pg.ClientBase, tables: Tables) {
    this.client = client;
    this.tables = tables;
    this.going = new GoingRows(client, tables);
  }

  async compare(groups: readonly RowGroup[]): Promise<readonly Comparison[]> {
    await this.drop();
    for (const [n, group] of groups.entries()) this.numbers.set(group, n);
    const comparisons: Comparison[] = groups.map(() => ABSENT);
    for (const staged of this.stagedTables(groups)) {
      await this.stage(staged, groups);
      const isThere = this.tables.exists(staged.root.name) && !this.tables.isUntouched(staged.root);
      if (isThere) await this.compareStaged(staged, comparisons);
    }
    return comparisons;
  }

  /** Of groups that were compared last. */
  async findLoose(all: ReadonlyMap<RowGroup, readonly ChildRows[]>): Promise<ReadonlySet<RowGroup>> {
    // What a table of another program holds beside the declared columns would not come back with an undo.
    const isOurs = (children: readonly ChildRows[]): boolean =>
      children.every(({ table }) => this.tables.known(table).isRestorable);
    const going = new Map([...all].filter(([, children]) => isOurs(children)));
    await this.going.begin(going, (name, table) =>
      this.copy(
        name,
        table,
        [...going].map(([group, children]) => ({ n: this.numberOf(group), children })),
      ),
    );
    const fixed = await this.going.fixed();
    return new Set([...going.keys()].filter((group) => !fixed.has(this.numberOf(group))));
  }

  async merge(merges: readonly Merge[]): Promise<void> {
    const losing = merges.filter(({ comparison }) => comparison.children.some(({ going = [] }) => going.length > 0));
    if (losing.length > 0 && !this.tables.dryRun) await this.going.remove(this.numbersOf(losing));
    for (const staged of this.staged) await this.mergeStaged(staged, merges);
  }

  async drop(): Promise<void> {
    for (const { root, children } of this.staged) {
      for (const table of [root, ...children]) await this.client.query(`DROP TABLE ${this.tables.stage(table)}`);
    }
    this.staged = [];
    await this.going.drop();
  }

  /** The tables that the groups need, each root once, in the order in which they come. */
  private stagedTables(groups: readonly RowGroup[]): readonly TableGroup[] {
    return [...new Set(groups.map(({ root }) => root))].map((root) => this.tables.declared.groupOf(root));
  }

  private async stage(staged: TableGroup, groups: readonly RowGroup[]): Promise<void> {
    this.staged.push(staged);
    const parts = groups.map(({ root, row, children, keepsStored }, n) => ({
      n,
      keepsStored,
      children: [{ table: root, rows: [row] }, ...children],
    }));
    for (const table of [staged.root, ...staged.children]) await this.copy(this.tables.stage(table), table, parts);
  }

  private async copy(name: string, table: Table, parts: readonly NumberedRows[]): Promise<void> {
    const columns = stagedColumns(table, this.tables);
    await this.client.query(`CREATE TEMP TABLE ${name} (${columns}) ON COMMIT DROP`);
    await copyLines(this.client, `COPY ${name} FROM STDIN`, stageLines(table, parts, this.tables));
  }

  private async compareStaged({ root, children }: TableGroup, comparisons: Comparison[]): Promise<void> {
    if (this.tables.known(root).isUnkeyed) return this.compareUnkeyed(root, comparisons);
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

  /** Of a table without a key the ledger knows which records a run has loaded, whatever became of their rows. */
  private async compareUnkeyed(root: Table, comparisons: Comparison[]): Promise<void> {
    if (!this.tables.isThere(LEDGER.rowKeys)) return;
    const { rows } = await this.client.query<{ n: string }>(selectKnown(root, this.tables));
    for (const { n } of rows) comparisons[Number(n)] = SAME;
  }

  private async compareStagedChildren(
    child: Table,
    root: Table,
    present: readonly number[],
    comparisons: Comparison[],
  ): Promise<void> {
    if (!this.tables.exists(child.name)) return;
    const sql = compareChildren(child, root, this.tables);
    const counted = await this.client.query<
      Record<'n' | 'stored' | 'below' | 'present' | 'differing' | 'staged', string>
    >(sql, [present]);
    for (const row of counted.rows) {
      const number = (name: keyof typeof row): number => Number(row[name]);
      const differs = number('differing');
      const state: ChildComparison = {
        table: child.name,
        absent: number('staged') - number('present'),
        same: number('present') - differs,
        differs,
        surplus: number('stored') - number('below'),
      };
      const comparison = comparisons[Number(row.n)] ?? ABSENT;
      comparisons[Number(row.n)] = { ...comparison, children: [...comparison.children, state] };
    }
  }

  private async mergeStaged({ root, children }: TableGroup, merges: readonly Merge[]): Promise<void> {
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
      await this.update(table, updateChanged(table, this.tables), changed, (merge) => stateOf(table, merge).differs);
      await this.keepBeside(table, changed);
      await this.write(insertMissing(table, this.tables), changed, (merge) => stateOf(table, merge).absent);
    }
    const all = merges.filter((merge) => merge.group.root === root);
    const looked = (table: Table): readonly Merge[] => (tellsInserted(table, this.tables) ? changed : all);
    for (const table of [root, ...children]) await this.refuseChanged(table, looked(table));
  }

  private async replaceStaged({ root, children }: TableGroup, replaced: readonly Merge[]): Promise<void> {
    if (replaced.length === 0) return;
    const numbers = [this.numbersOf(replaced)];
    const found =
      root.owner && (await this.client.query<{ id: string }>(ownersOf(root, root.owner, this.tables), numbers));
    const owners = found ? found.rows.map(({ id }) => id) : [];
    await this.update(root, replaceRoots(root, this.tables), replaced, () => 1);
    await this.keepBeside(root, replaced);
    for (const child of children) {
      await this.client.query(deleteChildren(child, root, this.tables), numbers);
      await this.write(insertNew(child, this.tables), replaced, (merge) => rowsOf(child, merge));
    }
    // They were created for rows that are another owner's now.
    const { owners: table } = this.tables.declared;
    if (table && owners.length > 0) await this.client.query(deleteLonelyOwners(table, this.tables), [owners]);
  }

  private async keepBeside(table: Table, merges: readonly Merge[]): Promise<void> {
    const sql = keepBeside(table, this.tables);
    if (sql !== undefined) await this.client.query(sql, [this.numbersOf(merges)]);
  }

  /** Runs a statement over groups and compares the rows that it wrote with the rows that it should. */
  private async write(sql: string, merges: readonly Merge[], expected: (merge: Merge) => number): Promise<void> {
    await this.execute(sql, [this.numbersOf(merges)], merges, expected);
  }

  /** The same of one that changes rows of the table. */
  private async update(
    table: Table,
    sql: string,
    merges: readonly Merge[],
    expected: (merge: Merge) => number,
  ): Promise<void> {
    const parameters = await updateParameters(this.client, table, this.numbersOf(merges), this.tables);
    await this.execute(sql, parameters, merges, expected);
  }

  private async execute(
    sql: string,
    parameters: readonly unknown[],
    merges: readonly Merge[],
    expected: (merge: Merge) => number,
  ): Promise<void> {
    const { rowCount } = await this.client.query(sql, [...parameters]);
    if (rowCount !== merges.reduce((sum, merge) => sum + expected(merge), 0)) throw new RefusedRow(SWALLOWED);
  }

  /** What the table may have made of the rows that it took. */
  private async refuseChanged(table: Table, merges: readonly Merge[]): Promise<void> {
    if (merges.length === 0 || !this.tables.known(table).mayChangeRows) return;
    const { rows } = await this.client.query<{ count: string }>(countWritten(table, this.tables), [
      this.numbersOf(merges),
    ]);
    if (Number(rows[0]?.count) !== merges.reduce((sum, merge) => sum + rowsOf(table, merge), 0))
      throw new RefusedRow(CHANGED);
  }

  /** The shadow of a dry run is empty: what the real table keeps unique is asked of the real table. */
  private async refuseTaken(table: Table, numbers: readonly number[]): Promise<void> {
    for (const { name, columns } of this.tables.uniqueIndexes(table)) {
      const taken = await this.client.query(anyTaken(table, columns, this.tables, this.going.of(table)), [numbers]);
      if (taken.rows.length > 0) throw new RefusedRow(`${table.name}.${name} (SQLSTATE 23505)`);
    }
  }

  private numbersOf(merges: readonly Merge[]): number[] {
    return merges.map(({ group }) => this.numberOf(group));
  }

  private numberOf(group: RowGroup): number {
    return this.numbers.get(group) ?? -1;
  }
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

/** Rows of the group with this number. */
interface NumberedRows {
  readonly n: number;
  readonly keepsStored?: true | undefined;
  readonly children: readonly ChildRows[];
}

function* stageLines(table: Table, parts: readonly NumberedRows[], names: Names): Generator<string> {
  const fields = loadColumns(table).map((name) => fieldWriter(table, name, names));
  const line = (head: string, row: Row): string =>
    `${head}\t${fields.map((write, index) => write(row[index] ?? null)).join('\t')}\n`;
  for (const { n, keepsStored, children } of parts) {
    const head = `${n}\t${keepsStored ? 't' : '\\N'}`;
    for (const child of children) if (child.table === table) for (const row of child.rows) yield line(head, row);
  }
}
