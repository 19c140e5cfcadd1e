import type { Step } from '../schema/comparison/plan.ts';
import { FORMER_NAMES } from '../schema/ledger-place.ts';
import { ledgerTime } from '../schema/ledger-time.ts';
import type { TakenStep } from './schema-changes.ts';

/** The record of a step from what it did. */
export function withStep(
  { name }: Step,
  done: Pick<TakenStep, 'kept' | 'created' | 'undo'>,
  duration_ms: number,
  isFirst: boolean,
): TakenStep {
  const { kept, created, undo } = done;
  return { name, applied_at: ledgerTime(), duration_ms, isFirst, kept, created, undo };
}

/** `schema_version.details` of the steps that can be taken back. */
export function writeSteps(steps: readonly TakenStep[]): string | null {
  return steps.length === 0 ? null : JSON.stringify({ steps });
}

/** Whether a step is worth a record: where nothing was copied there is nothing to go back to. */
export function isRecorded({ changes }: Step): boolean {
  return changes.some(({ isOld }) => isOld);
}

export function readSteps(details: string | null): readonly TakenStep[] {
  if (details === null) return [];
  const parsed: { readonly steps?: readonly TakenStep[] } = JSON.parse(details);
  // Older versions made the ledger in a step: what became of it is not the step's affair any more.
  return (parsed.steps ?? []).map((step) => ({
    ...step,
    created: step.created.filter(({ table }) => !FORMER_NAMES.includes(table)),
  }));
}
