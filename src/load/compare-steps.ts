import type { Comparison, Transaction } from '../databases/transaction.ts';
import { withFills } from '../schema/row-group.ts';
import type { ApplicationRows } from './application-rows.ts';
import type { AttemptStep } from './attempt-step.ts';

/** What is stored of the steps' rows. A group that is not there gets what fills its NULLs; one of the application keeps its values. */
export async function compareSteps(
  steps: readonly AttemptStep[],
  transaction: Transaction,
  application: ApplicationRows,
): Promise<readonly Comparison[]> {
  const compared = (): Promise<readonly Comparison[]> => transaction.compare(steps.map(({ group }) => group));
  const comparisons = await compared();
  const isAbsent = (index: number): boolean => comparisons[index]?.root === 'absent';
  const filled = steps.filter(({ group }, index) => group.fills !== undefined && isAbsent(index));
  for (const step of filled) step.group = withFills(step.group);
  const isMarked = await application.mark(steps, comparisons);
  // What was compared last is what is merged.
  return filled.length === 0 && !isMarked ? comparisons : compared();
}
