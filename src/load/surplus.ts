import { GroupPrinter } from '../checking/group-printer.ts';
import type { Database } from '../databases/database.ts';
import type { RowCodec } from '../databases/row-codec.ts';
import type { StoredGroup } from '../databases/stored-rows.ts';
import type { Comparison, Transaction } from '../databases/transaction.ts';
import type { ChildRows, RowGroup } from '../schema/row-group.ts';
import { mayMove, type Row } from '../schema/table.ts';
import type { AttemptStep } from './attempt-step.ts';
import { datasetOfPart } from './batch.ts';
import type { LeftGroup, LeftRows } from './left-rows.ts';
import type { LoadOptions } from './load-options.ts';
import { rowsAsLeft } from './loaded-children.ts';
import { keyOf, readStored } from './stored-groups.ts';

/**
 * Finds the child rows that records no longer have and that go: rows that a run loaded, and that nobody changed since. The ledger
 * knows them together with the row that they belong to, so that they stay where that was changed. Rows that another record of the
 * batch takes over move.
 */
export class Surplus {
  private readonly database: Database;
  private readonly left: LeftRows;
  private readonly surplusGoes: LoadOptions['surplusGoes'];
  private readonly printer: GroupPrinter;
  private undeclared: Promise<readonly string[]> | undefined;

  constructor(database: Database, codec: RowCodec, left: LeftRows, surplusGoes: LoadOptions['surplusGoes']) {
    this.database = database;
    this.left = left;
    this.surplusGoes = surplusGoes;
    this.printer = new GroupPrinter(codec);
  }

  /** The comparisons of steps, with the rows that go. `all` are those of the batch: what another one of them takes over stays. */
  async find(
    steps: readonly AttemptStep[],
    comparisons: readonly Comparison[],
    transaction: Transaction,
    all: readonly AttemptStep[],
  ): Promise<readonly Comparison[]> {
    const mayLose = (step: AttemptStep, index: number): boolean => {
      const tables = this.tablesOf(step);
      const mayLeave = (table: string): boolean => tables.has(table) || mayMove(this.database.declared.get(table));
      return comparisons[index]?.children.some(({ table, surplus }) => surplus > 0 && mayLeave(table)) === true;
    };
    const losing = steps.filter(mayLose);
    if (losing.length === 0) return comparisons;
    const taken = childKeys(all);
    const leaving = new Map<RowGroup, readonly Leaving[]>();
    const stored = await readStored(
      this.database,
      losing.map(({ group }) => group),
    );
    for (const step of losing) {
      const found = stored.get(step.group);
      if (found) leaving.set(step.group, await this.leavingOf(step, found, taken));
    }
    const going = new Map([...leaving].filter(([, rows]) => rows.some((each) => each.rows.length > 0)));
    const loose = going.size === 0 ? new Set() : await transaction.findLoose(going);
    return comparisons.map((comparison, index) => {
      const group = steps[index]?.group;
      const rows = group && leaving.get(group);
      return rows ? withLeaving(comparison, rows, loose.has(group)) : comparison;
    });
  }

  private tablesOf({ part }: AttemptStep): ReadonlySet<string> {
    return this.surplusGoes(datasetOfPart(part));
  }

  private async leavingOf(
    step: AttemptStep,
    stored: StoredGroup,
    taken: ReadonlySet<string>,
  ): Promise<readonly Leaving[]> {
    const { group } = step;
    const tables = this.tablesOf(step);
    const undeclared = await this.undeclaredColumns();
    const loaded =
      tables.size === 0 ? new Set() : this.loadedOf(stored, await this.left.find(keyOf(group.root, group.row)));
    return stored.children.flatMap(({ table, rows }) => {
      const mayGo = tables.has(table.name) && !undeclared.some((name) => name.startsWith(`${table.name}.`));
      const own = new Set(group.children.find((each) => each.table === table)?.rows.map((row) => keyOf(table, row)));
      const others = rows.filter((row) => !own.has(keyOf(table, row)));
      const [moving, left] = partition(others, (row) => taken.has(keyOf(table, row)));
      return [{ table, rows: mayGo ? left.filter((row) => loaded.has(row)) : [], moving }];
    });
  }

  /** Columns that only the application fills: neither the ledger nor an undo knows what is in them. */
  private undeclaredColumns(): Promise<readonly string[]> {
    this.undeclared ??= this.database.undeclaredColumns();
    return this.undeclared;
  }

  /** The child rows that are as a run left them, together with the row that they belong to. */
  private loadedOf(stored: StoredGroup, left: readonly LeftGroup[]): ReadonlySet<Row> {
    return new Set(left.flatMap((each) => rowsAsLeft(stored, each, this.printer) ?? []));
  }
}

/** Child rows that a record does not have any more. */
interface Leaving extends ChildRows {
  /** Others that another record takes over. */
  readonly moving: readonly Row[];
}

function withLeaving(comparison: Comparison, leaving: readonly Leaving[], isLoose: boolean): Comparison {
  const children = comparison.children.map((child) => {
    const { rows = [], moving = [] } = leaving.find(({ table }) => table.name === child.table) ?? {};
    const going = isLoose && rows.length > 0 ? { going: rows } : {};
    return { ...child, moving, ...going };
  });
  return { ...comparison, children };
}

/** The keys of all child rows of groups. */
function childKeys(steps: readonly AttemptStep[]): ReadonlySet<string> {
  const keys = steps.flatMap(({ group }) =>
    group.children.flatMap(({ table, rows }) => rows.map((row) => keyOf(table, row))),
  );
  return new Set(keys);
}

function partition<T>(all: readonly T[], test: (each: T) => boolean): readonly [T[], T[]] {
  return [all.filter(test), all.filter((each) => !test(each))];
}
