import type { Comparison } from '../databases/transaction.ts';
import { isCopy } from '../files/tool-files.ts';
import { type Finding, STRICT_FILE } from '../reject.ts';
import type { Warning } from '../report/report.ts';
import type { RowLookup } from '../schema/row-group.ts';
import { counted } from '../system/quantities.ts';
import type { AttemptStep } from './attempt-step.ts';
import { datasetOfPart } from './batch.ts';
import type { Claim } from './claim-list.ts';
import { type Decision, decide } from './decide.ts';
import type { Displaced } from './displaced.ts';
import { conflicting, type Fate, twice } from './fate.ts';
import type { LedgerClaim, LedgerClaims } from './ledger-claims.ts';
import type { LoadOptions, Precedence } from './load-options.ts';
import { wordsOf } from './references.ts';
import type { RunClaims } from './run-claims.ts';

/** What is to become of the steps of an attempt, by what this batch, this run and the database have of their keys. */
export class Fates {
  /** Paths of files of which another file has a key. */
  readonly unsettled = new Set<string>();
  private readonly notedWarnings: (Warning & { readonly step: AttemptStep })[] = [];
  private readonly notedDisplaced: (Displaced & { readonly step: AttemptStep })[] = [];
  /** `--strict`: files with a reject, of which nothing loads. */
  private readonly refusedFiles = new Set<string>();
  private readonly byStep = new Map<AttemptStep, Fate>();
  private readonly firstInBatch = new Map<string, AttemptStep>();
  private readonly claims: RunClaims;
  private readonly ledgerClaims: LedgerClaims;
  private readonly options: LoadOptions;

  constructor(claims: RunClaims, ledgerClaims: LedgerClaims, options: LoadOptions) {
    this.claims = claims;
    this.ledgerClaims = ledgerClaims;
    this.options = options;
  }

  /** Of what is loaded. */
  get warnings(): readonly Warning[] {
    const of = this.notedWarnings.filter(({ step }) => !this.isRejected(step));
    return of.map(({ code, path, message }) => ({ code, path, message }));
  }

  get displaced(): readonly Displaced[] {
    const by = this.notedDisplaced.filter(({ step }) => !this.isRejected(step));
    return by.map(({ key, path }) => ({ key, path }));
  }

  get(step: AttemptStep): Fate | undefined {
    return this.byStep.get(step);
  }

  /** The record of a file under the root whose row has the key. */
  async claimOn(key: string, { path, group }: AttemptStep): Promise<Claim | undefined> {
    const inBatch = this.firstInBatch.get(key);
    if (inBatch && !this.isRejected(inBatch)) return claimOf(inBatch);
    await this.ledgerClaims.refresh();
    return this.claims.find(key) ?? this.ledgerClaims.find(key, path, group);
  }

  reject(step: AttemptStep, finding: Finding): void {
    this.byStep.set(step, { kind: 'rejected', finding });
  }

  /** Decides by what the database has. */
  compareWith(step: AttemptStep, comparison: Comparison): void {
    this.byStep.set(step, this.fateOf(step, comparison));
  }

  /** Whether rows of it are written. */
  isMerged(step: AttemptStep): boolean {
    const kind = this.get(step)?.kind;
    return kind === 'insert' || kind === 'replace' || kind === 'update';
  }

  isRejected(step: AttemptStep): boolean {
    return this.get(step)?.kind === 'rejected';
  }

  /**
   * `--strict`: the other records of a file with a reject are not loaded either. Those that were not looked at yet wait
   * until they are: what is wrong with them in themselves says more.
   */
  rejectWholeFiles(steps: readonly AttemptStep[]): void {
    for (const step of steps) {
      const { part, path } = step;
      if (part.isRefused || part.tally.rejected > 0 || this.isRejected(step)) this.refusedFiles.add(path);
    }
    for (const step of this.refusedFiles.size === 0 ? [] : steps) {
      const isGood = this.byStep.has(step) && !this.isRejected(step);
      if (isGood && this.refusedFiles.has(step.path)) this.reject(step, STRICT_FILE);
    }
  }

  /** Of a file of which nothing loads: what it refers to may be in the same file. */
  isInRefusedFile({ path }: AttemptStep): boolean {
    return this.refusedFiles.has(path);
  }

  /** The first record with a key wins: what this run or this batch has already is a repetition or a conflict. */
  goesAhead(step: AttemptStep, later: AttemptStep[]): boolean {
    if (this.byStep.has(step)) return false;
    const inBatch = this.firstInBatch.get(step.key);
    const fate = inBatch && this.get(inBatch);
    if (inBatch && fate === undefined) {
      later.push(step);
      return false;
    }
    const isEarlier = fate?.kind === 'rejected' ? fate.finding === STRICT_FILE && inBatch?.path === step.path : fate;
    const earlier = inBatch && isEarlier ? claimOf(inBatch) : this.claims.find(step.key);
    if (earlier === undefined) {
      this.firstInBatch.set(step.key, step);
      return true;
    }
    const isTwice = inBatch !== undefined && !step.isLead && hasSameName(inBatch, step);
    this.byStep.set(step, isTwice ? twice(earlier) : this.laterOf(step, earlier, earlier.content === step.content));
    return false;
  }

  /** A step whose row an earlier record has. The first record that describes a leading row describes it for all. */
  private laterOf(step: AttemptStep, earlier: Claim, isSame: boolean): Fate {
    if (!isSame && this.options.precedence === 'settled-later') this.unsettled.add(step.path);
    if (!isSame && !step.isLead) return conflicting(earlier);
    if (!step.isLead) {
      const { path, record } = earlier;
      this.warn('duplicate-record', step, `record ${step.record.number} repeats record ${record} of ${path}`);
    }
    return { kind: 'repeated', of: earlier };
  }

  private fateOf(step: AttemptStep, comparison: Comparison): Fate {
    const dataset = datasetOfPart(step.part);
    const taken = this.options.takesNumbers(dataset) ? undefined : step.taken;
    const decision = decide(comparison, this.options.onConflictOf(dataset), taken);
    if (decision.kind === 'insert') return { kind: 'insert', comparison };
    const isFree = this.options.overwritesHolders || this.options.hasStates(dataset);
    const holder = isFree ? undefined : this.holderOf(step);
    const isSame = holder?.content ? holder.content === step.content : decision.kind === 'unchanged';
    const precedence = holder && this.precedenceOver(holder, step);
    if (holder && !isSame) {
      if (precedence === undefined || precedence === 'stays') return this.laterOf(step, holder, false);
      for (const path of this.laterHolders(step)) this.notedDisplaced.push({ step, key: step.key, path });
      if (precedence === 'vanishes') return { kind: 'replace', comparison };
    }
    // Of two files with the same record, the later one by path is the repetition, whichever was loaded first; but for
    // files that several processes load side by side.
    const isBeside = this.options.precedence === 'settled-later' && holder?.runId === this.options.runId;
    const isRepetition = holder !== undefined && (isBeside || holder.path < step.path);
    if (isRepetition && isSame) return this.laterOf(step, holder, true);
    this.warnAbout(decision, step, comparison);
    if (decision.kind === 'reject')
      return { kind: 'rejected', finding: { code: decision.code, pointer: '', message: decision.message } };
    return { kind: decision.kind, comparison };
  }

  /** A copy holds nothing against a live file. What somebody has decided with `retry` holds against all others, also of its own file. */
  private holderOf(step: AttemptStep): LedgerClaim | undefined {
    const { key, path, group, content, record } = step;
    const decided = this.ledgerClaims.decided(key);
    if (decided && (decided.path !== path || decided.record !== record.number)) return decided;
    const found = this.ledgerClaims.find(key, path, group);
    if (found === undefined || (isCopy(found.path) && !isCopy(path))) return undefined;
    if (decided?.content !== content) return found;
    this.warnOfDecided(step, found);
    return undefined;
  }

  private warnOfDecided(step: AttemptStep, { path, record, content }: LedgerClaim): void {
    if (step.isLead || content === step.content) return;
    const others = `record ${record} of ${path}, which has the same key and other content`;
    this.warn('conflict-decided', step, `record ${step.record.number} counts, as a retry decided, not ${others}`);
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

  warnNull(step: AttemptStep, column: string, lookups: readonly RowLookup[]): void {
    const { record, group } = step;
    const named = wordsOf(lookups);
    const message = `${column} of record ${record.number} in ${group.root.name} is NULL: neither a file nor the database has ${named}`;
    this.warn('unknown-reference', step, message);
  }

  private warnAbout(decision: Decision, step: AttemptStep, comparison: Comparison): void {
    const { record, group } = step;
    if (decision.kind === 'kept' && decision.changedSince)
      this.warn(
        'changed-since-load',
        step,
        `record ${record.number} was not loaded over its row in ${group.root.name}, which changed since`,
      );
    const isLoosened = decision.kind === 'update';
    const staying = comparison.children.map(({ table, surplus, going = [], moving = [] }) => ({
      table,
      rows: surplus - moving.length - (isLoosened ? going.length : 0),
    }));
    const surplus = staying.reduce((sum, { rows }) => sum + rows, 0);
    if (surplus > 0) {
      const mayGo = this.options.surplusGoes(datasetOfPart(step.part));
      const why = staying.some(({ table, rows }) => rows > 0 && mayGo.has(table))
        ? '; `surplus: delete` takes those alone that a run loaded, that nobody changed, and of which every column is declared'
        : '';
      const message = `the database holds ${counted(surplus, 'more row')} below that of record ${record.number} in ${group.root.name}${why}`;
      this.warn('database-has-more', step, message);
    }
  }

  private warn(code: string, step: AttemptStep, message: string): void {
    this.notedWarnings.push({ step, code, path: step.path, message });
  }
}

/** Two members of one object. */
function hasSameName(earlier: AttemptStep, step: AttemptStep): boolean {
  return step.record.isMember && earlier.path === step.path && earlier.record.pointer === step.record.pointer;
}

function claimOf({ path, record, content }: AttemptStep): Claim & { readonly content: string } {
  return { path, record: record.number, content };
}
