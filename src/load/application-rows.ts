import type { Database } from '../databases/database.ts';
import type { Comparison } from '../databases/transaction.ts';
import type { AttemptStep } from './attempt-step.ts';
import type { EarlierRows } from './earlier-rows.ts';
import type { LedgerClaims } from './ledger-claims.ts';
import { keyOf } from './stored-groups.ts';
import type { StrayChildren } from './stray-children.ts';

/** Finds the rows of the application among those that records meet: what a record does not say stays in them. */
export class ApplicationRows {
  private readonly database: Database;
  private readonly earlier: EarlierRows;
  private readonly claims: LedgerClaims;
  private readonly strays: StrayChildren;

  constructor(database: Database, earlier: EarlierRows, claims: LedgerClaims, strays: StrayChildren) {
    this.database = database;
    this.earlier = earlier;
    this.claims = claims;
    this.strays = strays;
  }

  /** Marks the steps that meet one. False where none does. */
  async mark(steps: readonly AttemptStep[], comparisons: readonly Comparison[]): Promise<boolean> {
    const differing = steps.filter((_step, index) => mayLose(comparisons[index]));
    for (const step of differing) await this.markStep(step);
    for (const [index, step] of steps.entries()) {
      const table = await this.strays.takenBy(step.group, comparisons[index]);
      if (table)
        step.taken = `a row of ${table.name} with the key of one in the record is below another row, and no run has loaded it there`;
    }
    return differing.some(({ group }) => group.keepsStored);
  }

  private async markStep(step: AttemptStep): Promise<void> {
    const { root, row } = step.group;
    const origin = await this.earlier.originOf(keyOf(root, row));
    if (origin === 'made' || (await this.claims.isClaimedBeside(step.key))) return;
    step.group = { ...step.group, keepsStored: true };
    if (origin === 'unknown' && this.database.numbersRows(root)) step.taken = NUMBER_TAKEN;
  }
}

const NUMBER_TAKEN = 'the database has numbered another row so, which no run has loaded and which says something else';

function mayLose(comparison: Comparison | undefined): boolean {
  if (comparison === undefined || comparison.root === 'absent' || comparison.isPlaceholder) return false;
  return comparison.root === 'differs' || comparison.children.some(({ differs }) => differs > 0);
}
