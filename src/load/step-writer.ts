import type { Merge, RefusedRow, Transaction } from '../databases/database.ts';
import type { Finding } from '../reject.ts';
import type { RowGroup } from '../schema/row-group.ts';
import type { AttemptStep } from './attempt-step.ts';
import { refusalOf, writeBisecting } from './bisect.ts';
import type { Fates } from './fates.ts';
import { inOrder } from './in-order.ts';
import { findOrphans, type Orphans } from './orphans.ts';
import { findingOf } from './references.ts';

export interface StepWriterOptions {
  readonly transaction: Transaction;
  readonly fates: Fates;
  readonly mergeOf: (step: AttemptStep) => Merge;
  /** Writes, or ends the transaction where what is refused may be changing. */
  readonly refusable: (work: Promise<void>) => Promise<void>;
  /** Whether the database refuses a row of the group by itself that leads nowhere. */
  readonly keepsKeys: (group: RowGroup) => boolean;
}

/** A unit of steps that the database does not take, and why. */
interface Refused {
  readonly unit: readonly AttemptStep[];
  readonly constraint: string;
}

/** Writes the rows of steps, and finds those that the database refuses. */
export class StepWriter {
  /** Also those that turned out to be rejected afterwards. */
  readonly written = new Set<AttemptStep>();
  private readonly options: StepWriterOptions;

  constructor(options: StepWriterOptions) {
    this.options = options;
  }

  /** With `wholeFiles`, the steps of all files, nothing of a file is written when one of its records is rejected. */
  async write(steps: readonly AttemptStep[], wholeFiles: readonly AttemptStep[]): Promise<void> {
    const isChecked = steps.every(({ group }) => this.options.keepsKeys(group));
    const looked = isChecked ? undefined : await this.withoutOrphans(steps, wholeFiles);
    const accepted = looked?.steps ?? steps;
    if (accepted.length === 0) return;
    const error = await refusalOf(this.writeUnits([accepted]));
    if (error) await this.writeRefused(accepted, looked?.needs, error, wholeFiles);
  }

  private async writeRefused(
    steps: readonly AttemptStep[],
    known: Orphans['needs'] | undefined,
    error: RefusedRow,
    wholeFiles: readonly AttemptStep[],
  ): Promise<void> {
    const looked = known ? { steps, needs: known } : await this.withoutOrphans(steps, wholeFiles);
    const isByFile = wholeFiles.length > 0;
    const units = unitsOf(looked.steps, looked.needs, isByFile);
    const refused: Refused[] = [];
    const refuse = (unit: readonly AttemptStep[], constraint: string): unknown => refused.push({ unit, constraint });
    const isAll = looked.steps.length === steps.length;
    await writeBisecting(units, (some) => this.writeUnits(some), refuse, isAll ? error : undefined);
    for (const each of refused) await this.tell(each, isByFile);
    if (known) this.rejectDependents(refused, looked);
  }

  private async writeUnits(units: readonly (readonly AttemptStep[])[]): Promise<void> {
    const { transaction, refusable, mergeOf } = this.options;
    const steps = units.flat();
    await refusable(transaction.merge(steps.map(mergeOf)));
    for (const step of steps) this.written.add(step);
  }

  /** Rejects the steps that refer to a row which is nowhere, and those that refer to their rows. */
  private async withoutOrphans(all: readonly AttemptStep[], wholeFiles: readonly AttemptStep[]): Promise<Looked> {
    const { fates, transaction } = this.options;
    for (let steps = all; ; ) {
      const { orphans, needs } = await findOrphans(
        steps.map(({ group }) => group),
        transaction,
      );
      for (const step of steps) this.rejectAs(step, orphans.get(step.group));
      fates.rejectWholeFiles(wholeFiles);
      const rest = steps.filter((step) => fates.isMerged(step));
      // With --strict other records of their files go as well, to which others may refer.
      if (orphans.size === 0 || wholeFiles.length === 0) return { steps: rest, needs };
      steps = rest;
    }
  }

  /** A record that refers to one that was refused is an orphan now. */
  private async tell({ unit, constraint }: Refused, isByFile: boolean): Promise<void> {
    const groups = unit.map(({ group }) => group);
    const { orphans } = await findOrphans(groups, this.options.transaction);
    for (const step of unit) this.rejectAs(step, orphans.get(step.group));
    if (orphans.size > 0) return;
    const others = isByFile ? 'a record of this file' : 'this record, or one that refers to it and to which it refers';
    const what = unit.length === 1 ? 'this record' : others;
    for (const step of unit) this.rejectAs(step, refusal(`${what}: ${constraint}`));
  }

  /** Where the database does not look at foreign keys: what refers to a refused record is not taken either. */
  private rejectDependents(refused: readonly Refused[], { steps, needs }: Looked): void {
    const gone = new Set(refused.flatMap(({ unit }) => unit.map(({ group }) => group)));
    for (let before = -1; before < gone.size; ) {
      before = gone.size;
      for (const step of steps) {
        const needed = needs.get(step.group)?.entries() ?? [];
        const [, reference] = [...needed].find(([each]) => gone.has(each)) ?? [];
        if (reference === undefined || gone.has(step.group)) continue;
        gone.add(step.group);
        this.rejectAs(step, findingOf(reference));
      }
    }
  }

  private rejectAs(step: AttemptStep, finding: Finding | undefined): void {
    if (finding) this.options.fates.reject(step, finding);
  }
}

interface Looked extends Pick<Orphans, 'needs'> {
  readonly steps: readonly AttemptStep[];
}

export function refusal(what: string): Finding {
  return { code: 'database-refused', pointer: '', message: `the database refuses ${what}` };
}

/** What is written or refused as one, behind what it refers to. */
function unitsOf(
  steps: readonly AttemptStep[],
  needs: Orphans['needs'],
  byFile: boolean,
): readonly (readonly AttemptStep[])[] {
  const units: readonly (readonly AttemptStep[])[] = byFile
    ? [...Map.groupBy(steps, (step) => (step.isLead ? step : step.path)).values()]
    : steps.map((step) => [step]);
  if (needs.size === 0) return units;
  const unitOf = new Map(units.flatMap((unit) => unit.map(({ group }): [RowGroup, typeof unit] => [group, unit])));
  const needed = (unit: readonly AttemptStep[]): (readonly AttemptStep[])[] => {
    const groups = unit.flatMap(({ group }) => [...(needs.get(group)?.keys() ?? [])]);
    return groups.map((group) => unitOf.get(group)).filter((each) => each !== undefined);
  };
  return inOrder(units, (unit) => [...new Set(needed(unit))]).map((together) => together.flat());
}
