import { type Company, type Comparison, type Merge, RefusedRow, type Transaction } from '../databases/database.ts';
import type { StoredGroup } from '../databases/stored-rows.ts';
import { type Finding, STRICT_FILE } from '../reject.ts';
import type { Warning } from '../report/report.ts';
import type { RowGroup } from '../schema/row-group.ts';
import { resultOf } from './attempt-result.ts';
import { type AttemptStep, type RecordSteps, stepsOf } from './attempt-step.ts';
import type { LoadResult, OpenPart, PendingRecord } from './batch.ts';
import type { Claim, LedgerClaim, LedgerClaims, RunClaims } from './claims.ts';
import { type ConflictMode, type Decision, decide } from './decide.ts';
import type { Displaced } from './displaced.ts';
import { conflicting, type Fate, twice } from './fate.ts';
import type { MemoryWriter } from './memory.ts';
import { writeNarrowing } from './narrow.ts';
import { resolveReferences } from './references.ts';

export interface LoadOptions {
  readonly runId: string;
  /** Of the same run, where it was begun before: its batches are numbered on. */
  readonly lastBatch: number;
  readonly onConflict: ConflictMode;
  /** What is done is remembered, so that it can be undone. */
  readonly remembers: boolean;
  /** A file with a reject loads nothing. */
  readonly wholeFiles: boolean;
  /** Where several processes share the run: which of two files that were loaded in the wrong order keeps a key. */
  readonly precedence?: Precedence | 'settled-later';
}

/**
 * What becomes of files that hold a group, equal ones, which other processes of this run have loaded before an earlier
 * file that has it: they stay; they give way; or their rows do as well, because this run has inserted them.
 */
export type Precedence = (group: RowGroup, holders: readonly string[]) => 'stays' | 'yields' | 'vanishes';

/** Records that were found out to be rejected when a row that leads to them was written already. */
export type KnownRejects = ReadonlyMap<PendingRecord, Finding>;

/** Ends a transaction beside others that has met what another process may be changing at this moment. */
export class NotAlone extends Error {
  constructor() {
    super('the rows may be changing');
  }
}

/** One attempt at a transaction. It changes nothing outside itself, so that it can be repeated. */
export class Attempt {
  readonly fates = new Map<AttemptStep, Fate>();
  readonly steps = new Map<PendingRecord, RecordSteps>();
  private readonly firstInBatch = new Map<string, AttemptStep>();
  readonly warnings: Warning[] = [];
  readonly createdOwners = new Set<string>();
  readonly unsettled = new Set<string>();
  readonly displaced: Displaced[] = [];
  readonly before = new Map<RowGroup, StoredGroup>();
  readonly memory: MemoryWriter | undefined;
  private readonly transaction: Transaction;
  private readonly claims: RunClaims;
  private readonly ledgerClaims: LedgerClaims;
  private readonly options: LoadOptions;
  private readonly company: Company | undefined;

  constructor(
    transaction: Transaction,
    claims: RunClaims,
    ledgerClaims: LedgerClaims,
    options: LoadOptions,
    company: Company | undefined,
    memory: MemoryWriter | undefined,
  ) {
    this.transaction = transaction;
    this.claims = claims;
    this.ledgerClaims = ledgerClaims;
    this.options = options;
    this.company = company;
    this.memory = memory;
  }

  async run(parts: readonly OpenPart[], known: KnownRejects): Promise<void> {
    const all = parts.flatMap((part) => part.records.map((record) => stepsOf(part, record)));
    for (const steps of all) {
      const { record } = steps.main;
      this.steps.set(record, steps);
      const finding = known.get(record);
      if (finding) this.rejectSteps(steps, finding);
    }
    await this.inWaves(
      all.flatMap(({ lead }) => (lead === undefined ? [] : [lead])),
      [],
    );
    for (const steps of all) {
      const fate = steps.lead && this.fates.get(steps.lead);
      if (fate?.kind === 'rejected') this.rejectSteps(steps, fate.finding);
    }
    const mains = all.map(({ main }) => main);
    await this.inWaves(mains, this.options.wholeFiles ? mains : []);
  }

  private rejectSteps({ main, lead }: RecordSteps, finding: Finding): void {
    this.fates.set(main, { kind: 'rejected', finding });
    if (lead) this.fates.set(lead, { kind: 'rejected', finding });
  }

  /** Rejected records whose leading row was written all the same: the transaction must begin again without them. */
  orphaned(): KnownRejects {
    const orphans = new Map<PendingRecord, Finding>();
    for (const [record, { main, lead }] of this.steps) {
      const fate = this.fates.get(main);
      if (lead && fate?.kind === 'rejected' && this.isMerged(lead)) orphans.set(record, fate.finding);
    }
    return orphans;
  }

  result(parts: readonly OpenPart[]): LoadResult {
    return resultOf(parts, this);
  }

  /** Of steps with one key the first goes ahead; whether the others repeat it is known when it is loaded or not. */
  private async inWaves(steps: readonly AttemptStep[], wholeFiles: readonly AttemptStep[]): Promise<void> {
    for (let waiting = steps; waiting.length > 0; ) {
      const later: AttemptStep[] = [];
      const first = waiting.filter((step) => this.goesAhead(step, later));
      await this.merge(await this.resolved(first), wholeFiles);
      waiting = later;
    }
  }

  /** The steps whose references lead somewhere. */
  private async resolved(steps: readonly AttemptStep[]): Promise<readonly AttemptStep[]> {
    const results = await resolveReferences(
      steps.map((step) => step.group),
      this.transaction,
    );
    return steps.filter((step, index) => {
      const result = results[index];
      if (result && 'group' in result) step.group = result.group;
      else if (result) this.fates.set(step, { kind: 'rejected', finding: result.finding });
      return result && 'group' in result;
    });
  }

  private async merge(first: readonly AttemptStep[], wholeFiles: readonly AttemptStep[]): Promise<void> {
    const comparisons = await this.transaction.compare(first.map(({ group }) => group));
    if (comparisons.some(({ root }) => root !== 'absent')) await this.ledgerClaims.refresh();
    for (const [index, step] of first.entries()) {
      const comparison = comparisons[index];
      if (comparison) this.fates.set(step, this.fateOf(step, comparison));
    }
    this.rejectWholeFiles(wholeFiles);
    await this.rememberStored(first);
    const merges = first.filter((step) => this.isMerged(step));
    // What is compared now must still be so when it is changed.
    if (this.company === 'beside' && merges.some((step) => this.fates.get(step)?.kind !== 'insert'))
      throw new NotAlone();
    await this.createOwners(merges);
    this.rejectWholeFiles(wholeFiles);
    const accepted = merges.filter((step) => this.isMerged(step));
    // With --strict nothing of a file is written when the database refuses one of its records.
    const units = wholeFiles.length > 0 ? byFile(accepted) : accepted.map((step) => [step]);
    await writeNarrowing(
      units,
      (some) => this.refusable(this.transaction.merge(some.flat().map((step) => this.mergeOf(step)))),
      (unit, constraint) => {
        const what = unit.length === 1 ? 'this record' : 'a record of this file';
        for (const step of unit) this.refuse(step, `${what}: ${constraint}`);
      },
    );
    this.rejectWholeFiles(wholeFiles);
  }

  /** Before any of it is changed. */
  private async rememberStored(steps: readonly AttemptStep[]): Promise<void> {
    const there = steps.filter((step) => {
      const fate = this.fates.get(step);
      return fate && 'comparison' in fate && fate.comparison.root !== 'absent';
    });
    const stored = await this.memory?.read(there.map(({ group }) => group));
    for (const [group, rows] of stored ?? []) this.before.set(group, rows);
  }

  /** The first record with a key wins: what this run or this batch has already is a repetition or a conflict. */
  private goesAhead(step: AttemptStep, later: AttemptStep[]): boolean {
    if (this.fates.has(step)) return false;
    const inBatch = this.firstInBatch.get(step.key);
    const fate = inBatch && this.fates.get(inBatch);
    if (inBatch && fate === undefined) {
      later.push(step);
      return false;
    }
    const earlier = fate && fate.kind !== 'rejected' ? claimOf(inBatch) : this.claims.find(step.key);
    if (earlier === undefined) {
      this.firstInBatch.set(step.key, step);
      return true;
    }
    const isTwice = step.record.isMember && !step.isLead && earlier.path === step.path;
    this.fates.set(step, isTwice ? twice(earlier) : this.laterOf(step, earlier, earlier.content === step.content));
    return false;
  }

  /** A step whose row an earlier record has. The first record that describes a leading row describes it for all. */
  private laterOf(step: AttemptStep, earlier: Claim, isSame: boolean): Fate {
    if (!isSame && this.options.precedence === 'settled-later') this.unsettled.add(step.path);
    if (!isSame && !step.isLead) return conflicting(earlier);
    if (!step.isLead) {
      const { path, record } = earlier;
      this.warn('duplicate-record', step.path, `record ${step.record.number} repeats record ${record} of ${path}`);
    }
    return { kind: 'repeated', of: earlier };
  }

  private fateOf(step: AttemptStep, comparison: Comparison): Fate {
    const decision = decide(comparison, this.options.onConflict);
    if (decision.kind === 'insert') return { kind: 'insert', comparison };
    const holder = this.ledgerClaims.find(step.key, step.path);
    const precedence = holder && this.precedenceOver(holder, step);
    if (holder && decision.kind !== 'unchanged') {
      if (precedence === undefined || precedence === 'stays') return this.laterOf(step, holder, false);
      for (const path of this.laterHolders(step)) this.displaced.push({ key: step.key, path });
      if (precedence === 'vanishes') return { kind: 'replace', comparison };
    }
    // Of two files with the same record, the later one by path is the repetition, whichever was loaded first; but for
    // files that several processes load side by side.
    const isBeside = this.options.precedence === 'settled-later' && holder?.runId === this.options.runId;
    const isRepetition = holder !== undefined && (isBeside || holder.path < step.path);
    if (isRepetition && decision.kind === 'unchanged') return this.laterOf(step, holder, true);
    this.warnAbout(decision, step, comparison);
    if (decision.kind === 'reject')
      return { kind: 'rejected', finding: { code: decision.code, pointer: '', message: decision.message } };
    return { kind: decision.kind, comparison };
  }

  /** Undefined where the holder came first, as it should: it is earlier by path, or an earlier run has loaded it. */
  private precedenceOver({ path, runId }: LedgerClaim, step: AttemptStep): ReturnType<Precedence> | undefined {
    const { precedence } = this.options;
    if (typeof precedence !== 'function' || runId !== this.options.runId || path < step.path) return undefined;
    return precedence(step.group, this.laterHolders(step));
  }

  private laterHolders({ key, path }: AttemptStep): readonly string[] {
    return this.ledgerClaims.laterFiles(key, path, this.options.runId);
  }

  /** What is refused beside others may be what another process has just inserted: that is looked at again, alone. */
  private async refusable<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (this.company === 'beside' && error instanceof RefusedRow) throw new NotAlone();
      throw error;
    }
  }

  private warnAbout(decision: Decision, { path, record, group }: AttemptStep, comparison: Comparison): void {
    if (decision.kind === 'kept' && decision.changedSince)
      this.warn(
        'changed-since-load',
        path,
        `record ${record.number} was not loaded over its row in ${group.root.name}, which changed since`,
      );
    const surplus = comparison.children.reduce((sum, child) => sum + child.surplus, 0);
    if (surplus > 0) {
      const message = `the database holds ${surplus} more rows below that of record ${record.number} in ${group.root.name}`;
      this.warn('database-has-more', path, message);
    }
  }

  private warn(code: string, path: string, message: string): void {
    this.warnings.push({ code, path, message });
  }

  private isMerged(step: AttemptStep): boolean {
    const kind = this.fates.get(step)?.kind;
    return kind === 'insert' || kind === 'replace' || kind === 'update';
  }

  private async createOwners(steps: readonly AttemptStep[]): Promise<void> {
    const refused = new Map<string, string>();
    const owners = new Set(steps.flatMap(({ group }) => (group.owner === null ? [] : [group.owner])));
    await writeNarrowing(
      [...owners],
      async (some) => {
        for (const id of await this.refusable(this.transaction.createOwners(some))) this.createdOwners.add(id);
      },
      (owner, constraint) => refused.set(owner, constraint),
    );
    for (const step of steps) {
      const constraint = step.group.owner === null ? undefined : refused.get(step.group.owner);
      if (constraint !== undefined) this.refuse(step, `a placeholder for its owner: ${constraint}`);
    }
  }

  private refuse(step: AttemptStep, what: string): void {
    const finding: Finding = { code: 'database-refused', pointer: '', message: `the database refuses ${what}` };
    this.fates.set(step, { kind: 'rejected', finding });
  }

  private mergeOf(step: AttemptStep): Merge {
    const fate = this.fates.get(step);
    if (fate === undefined || !('comparison' in fate))
      throw new TypeError('a record without a comparison is not merged');
    return { group: step.group, comparison: fate.comparison, ...(fate.kind === 'replace' && { replaces: true }) };
  }

  /** `--strict`: the other records of a file with a reject are not loaded either. */
  private rejectWholeFiles(steps: readonly AttemptStep[]): void {
    const isRejected = (step: AttemptStep): boolean => this.fates.get(step)?.kind === 'rejected';
    const guilty = new Set(
      steps.filter((step) => step.part.tally.rejected > 0 || isRejected(step)).map(({ path }) => path),
    );
    for (const step of steps) {
      if (guilty.has(step.path) && !isRejected(step)) this.fates.set(step, { kind: 'rejected', finding: STRICT_FILE });
    }
  }
}

function byFile(steps: readonly AttemptStep[]): AttemptStep[][] {
  return [...Map.groupBy(steps, ({ path }) => path).values()];
}

function claimOf({ path, record, content }: AttemptStep): Claim & { readonly content: string } {
  return { path, record: record.number, content };
}
