import { quoted } from '../system/quoted.ts';
import type { VerifyResult } from '../verification/verify-result.ts';
import type { NextStep } from './next-lines.ts';
import { type Call, following } from './repeated-call.ts';
import { again } from './same-call.ts';

/** What the differences mean, and what removes them. */
export function stepsAfterVerify({ totals, root, exit_code: exitCode }: VerifyResult, call: Call): readonly NextStep[] {
  if (exitCode === 0) return [];
  const { different, missing, extra } = totals;
  return [...(different + missing > 0 ? [putBack(root, call)] : []), ...(extra > 0 ? leftOver(call) : [])];
}

function putBack(root: string | null, { typed, options }: Call): NextStep {
  const changed = 'different, missing: rows were changed or deleted since they were loaded';
  if (root === null || options.sources !== undefined)
    return { why: `${changed}; what puts back what the sources say is run --reload --on-conflict overwrite` };
  const rehearsal = following(typed, 'run', quoted(root), '--reload --on-conflict overwrite --dry-run');
  return { why: `${changed}, or the sources were. See what would put back what the sources say`, command: rehearsal };
}

function leftOver(call: Call): readonly NextStep[] {
  const meaning = 'extra: a run loaded these rows, and the sources hold no valid records for them any more';
  return [
    { why: `${meaning}. No run deletes them: delete the ones that nobody needs` },
    { why: 'or take all of them for fine', command: again(call, { more: ['--allow-extra'] }) },
  ];
}
