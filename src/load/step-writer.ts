import { RefusedRow } from '../databases/refused-row.ts';
import type { Merge, Transaction } from '../databases/transaction.ts';
import type { Finding } from '../reject.ts';
import type { RowGroup } from '../schema/row-group.ts';
import type { AttemptStep } from './attempt-step.ts';
import { refusalOf, writeBisecting } from './bisect.ts';
import type { Fates } from './fates.ts';
import { inOrder } from './in-order.ts';
import { findOrphans, type Orphans } from './orphans.ts';
import { findingOf } from './references.ts';
import { notUnique, uniqueHolderOf } from './unique-holders.ts';

export interface StepWriterOptions {
  readonly transaction: Transaction;
  readonly fates: Fates;
  readonly mergeOf: (step: AttemptStep) => Merge;
  /** Writes, or ends the transaction where what is refused may be changing. */
  readonly refusable: (work: Promise<void>) => Promise<void>;
  /** Whether the database refuses a row of the group by itself that leads nowhere. */
  readonly keepsKeys: (group: RowGroup) => boolean;
}

/** Steps that are written or refused together. */
type Unit = readonly AttemptStep[];

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
    const refused = new Map<Unit, string>();
    const lost = new Set<RowGroup>();
    const isLost = ({ group }: AttemptStep): boolean =>
      looked.needs
        .get(group)
        ?.keys()
        .some((each) => lost.has(each)) === true;
    const isAll = looked.steps.length === steps.length;
    await writeBisecting(
      unitsOf(looked.steps, looked.needs, isByFile),
      async (units) => {
        // As a database does that looks at foreign keys itself.
        if (known && units.flat().some(isLost)) throw new RefusedRow('FOREIGN KEY');
        await this.writeUnits(units);
      },
      (unit, constraint) => {
        refused.set(unit, constraint);
        for (const { group } of unit) lost.add(group);
      },
      isAll ? error : undefined,
    );
    for (const [unit, constraint] of refused) {
      const doubled = await this.doubledIn(unit);
      this.rejectUnit(unit, constraint, { needs: looked.needs, lost, isByFile, doubled });
    }
  }

  /** Steps of which another row has what they must have alone. */
  private async doubledIn(unit: Unit): Promise<Refusals['doubled']> {
    const { transaction, fates } = this.options;
    const doubled = new Map<AttemptStep, Finding>();
    for (const step of unit) {
      const holder = await uniqueHolderOf(step.group, transaction);
      if (holder === undefined) continue;
      const by = holder.key === undefined ? undefined : await fates.claimOn(holder.key, step);
      doubled.set(step, notUnique(holder, by));
    }
    return doubled;
  }

  private async writeUnits(units: readonly Unit[]): Promise<void> {
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

  /** What refers to a refused record is an orphan now. With --strict the others of its file are rejected for it. */
  private rejectUnit(unit: Unit, constraint: string, { needs, lost, isByFile, doubled }: Refusals): void {
    const own = new Set(unit.map(({ group }) => group));
    const orphanOf = ({ group }: AttemptStep, isGone: (needed: RowGroup) => boolean): Finding | undefined => {
      const found = needs
        .get(group)
        ?.entries()
        .find(([needed]) => isGone(needed));
      return found && findingOf(found[1]);
    };
    const orphans = new Map(unit.map((step) => [step, orphanOf(step, (each) => lost.has(each) && !own.has(each))]));
    const orphaned = new Set(unit.filter((step) => orphans.get(step)).map(({ path }) => path));
    const others = isByFile ? 'a record of this file' : 'this record, or one that refers to it and to which it refers';
    const what = refusal(`${unit.length === 1 ? 'this record' : others}: ${constraint}`);
    for (const [step, finding] of orphans) {
      const isLeft = finding === undefined && isByFile && orphaned.has(step.path);
      // Of a circle with an orphan the others lead nowhere either.
      const other = orphaned.size === 0 ? undefined : orphanOf(step, () => true);
      if (!isLeft) this.rejectAs(step, finding ?? other ?? doubled.get(step) ?? what);
    }
  }

  private rejectAs(step: AttemptStep, finding: Finding | undefined): void {
    if (finding) this.options.fates.reject(step, finding);
  }
}

/** What was refused, and why other records go with it. */
interface Refusals extends Pick<Orphans, 'needs'> {
  readonly lost: ReadonlySet<RowGroup>;
  readonly isByFile: boolean;
  readonly doubled: ReadonlyMap<AttemptStep, Finding>;
}

interface Looked extends Pick<Orphans, 'needs'> {
  readonly steps: readonly AttemptStep[];
}

export function refusal(what: string): Finding {
  return { code: 'database-refused', pointer: '', message: `the database refuses ${what}` };
}

/** What is written or refused together, behind what it refers to. */
function unitsOf(steps: readonly AttemptStep[], needs: Orphans['needs'], byFile: boolean): readonly Unit[] {
  const units: readonly Unit[] = byFile
    ? [...Map.groupBy(steps, (step) => (step.isLead ? step : step.path)).values()]
    : steps.map((step) => [step]);
  if (needs.size === 0) return units;
  const unitOf = new Map(units.flatMap((unit) => unit.map(({ group }): [RowGroup, Unit] => [group, unit])));
  const needed = (unit: Unit): Unit[] => {
    const groups = unit.flatMap(({ group }) => [...(needs.get(group)?.keys() ?? [])]);
    return groups.map((group) => unitOf.get(group)).filter((each) => each !== undefined);
  };
  return inOrder(units, (unit) => [...new Set(needed(unit))]).map((together) => together.flat());
}
