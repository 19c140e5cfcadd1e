import { RefusedRow } from '../databases/refused-row.ts';
import type { StoredGroup } from '../databases/stored-rows.ts';
import type { Company, Merge, Transaction } from '../databases/transaction.ts';
import { type Finding, STRICT_FILE } from '../reject.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import type { RowGroup } from '../schema/row-group.ts';
import type { ApplicationRows } from './application-rows.ts';
import { resultOf } from './attempt-result.ts';
import { type AttemptStep, type RecordSteps, stepsOf } from './attempt-step.ts';
import { datasetOfPart, type LoadResult, type OpenPart, type PendingRecord } from './batch.ts';
import { writeBisecting } from './bisect.ts';
import { compareSteps } from './compare-steps.ts';
import { Fates } from './fates.ts';
import type { LedgerClaims } from './ledger-claims.ts';
import type { LoadOptions } from './load-options.ts';
import type { LookupRow, LookupRows } from './lookup-rows.ts';
import type { MemoryWriter } from './memory.ts';
import type { Rehearsal } from './rehearsal.ts';
import { Resolver } from './resolver.ts';
import type { RunClaims } from './run-claims.ts';
import { refusal, StepWriter, type StepWriterOptions } from './step-writer.ts';
import { withExactCells } from './stored-groups.ts';
import type { Surplus } from './surplus.ts';

/** Records that were found out to be rejected when a row that leads to them was written already. */
export type KnownRejects = ReadonlyMap<PendingRecord, Finding>;

/** Ends a transaction beside others that has met what another process may be changing at this moment. */
export class NotAlone extends Error {
  constructor() {
    super('the rows may be changing');
  }
}

export interface AttemptParts extends Pick<StepWriterOptions, 'transaction' | 'keepsKeys'> {
  readonly claims: RunClaims;
  readonly ledgerClaims: LedgerClaims;
  readonly options: LoadOptions;
  /** An owner of whom nothing but the id is known gets a row. */
  readonly makesOwners: boolean;
  readonly company: Company | undefined;
  readonly memory: MemoryWriter | undefined;
  readonly surplus: Surplus | undefined;
  readonly application: ApplicationRows;
  /** Of a dry run. */
  readonly rehearsal: Rehearsal | undefined;
}

/** One attempt at a transaction. It changes nothing outside itself, so that it can be repeated. */
export class Attempt {
  readonly fates: Fates;
  readonly steps = new Map<PendingRecord, RecordSteps>();
  readonly createdOwners = new Set<string>();
  readonly before = new Map<RowGroup, StoredGroup>();
  readonly written = new Map<RowGroup, StoredGroup>();
  readonly memory: MemoryWriter | undefined;
  readonly declared: DeclaredTables;
  /** `--strict`: the steps of all files. */
  private wholeFiles: readonly AttemptStep[] = [];
  private readonly writer: StepWriter;
  private readonly resolver: Resolver;
  private readonly transaction: Transaction;
  private readonly ledgerClaims: LedgerClaims;
  private readonly options: LoadOptions;
  private readonly makesOwners: boolean;
  private readonly company: Company | undefined;
  private readonly surplus: Surplus | undefined;
  private readonly application: ApplicationRows;
  private readonly rehearsal: Rehearsal | undefined;
  /** Steps of a dry run that come for a row which it made: their rows are not tried. */
  private readonly rehearsed = new Set<AttemptStep>();

  constructor(parts: AttemptParts) {
    const { transaction, claims, ledgerClaims, options, company, memory, surplus, keepsKeys, rehearsal } = parts;
    this.transaction = transaction;
    this.makesOwners = parts.makesOwners;
    this.fates = new Fates(claims, ledgerClaims, options);
    this.ledgerClaims = ledgerClaims;
    this.options = options;
    this.declared = options.declared;
    this.company = company;
    this.surplus = surplus;
    this.application = parts.application;
    this.rehearsal = rehearsal;
    this.memory = memory;
    this.resolver = new Resolver({ transaction, fates: this.fates, vain: this.vain });
    this.writer = new StepWriter({
      transaction,
      fates: this.fates,
      mergeOf: (step) => this.mergeOf(step),
      refusable: (work) => this.refusable(work),
      keepsKeys,
    });
  }

  async run(parts: readonly OpenPart[], known: KnownRejects): Promise<void> {
    const levels = Map.groupBy(parts, (part) => this.options.levelOf(datasetOfPart(part)));
    const inOrder = [...levels].sort(([a], [b]) => a - b).map(([, level]) => level.flatMap(stepsOfPart));
    const all = inOrder.flat();
    if (this.options.wholeFiles) this.wholeFiles = all.flatMap(({ main, lead }) => (lead ? [lead, main] : [main]));
    for (const steps of all) {
      const { record } = steps.main;
      this.steps.set(record, steps);
      const finding = known.get(record);
      if (finding) this.rejectSteps(steps, finding);
    }
    this.fates.rejectWholeFiles(this.wholeFiles);
    for (const level of inOrder) await this.runLevel(level);
  }

  private async runLevel(all: readonly RecordSteps[]): Promise<void> {
    await this.inWaves(all.flatMap(({ lead }) => (lead === undefined ? [] : [lead])));
    for (const steps of all) {
      const fate = steps.lead && this.fates.get(steps.lead);
      if (fate?.kind === 'rejected' && fate.finding !== STRICT_FILE) this.rejectSteps(steps, fate.finding);
    }
    await this.inWaves(all.map(({ main }) => main));
  }

  private get mainSteps(): readonly AttemptStep[] {
    return [...this.steps.values()].map(({ main }) => main);
  }

  private rejectSteps({ main, lead }: RecordSteps, finding: Finding): void {
    this.fates.reject(main, finding);
    if (lead) this.fates.reject(lead, finding);
  }

  /**
   * Rejected records of which a row was written all the same: the transaction must begin again without them. With --strict
   * it begins again without their files.
   */
  orphaned(): KnownRejects {
    const orphans = new Map<PendingRecord, Finding>();
    const files = new Set<string>();
    const { madeRows } = this.resolver;
    for (const name of this.madeInVain().keys())
      for (const step of madeRows.get(name)?.steps ?? []) this.addOrphan(step, orphans);
    for (const [record, { main, lead }] of this.steps) {
      const fate = this.fates.get(main);
      if (fate?.kind !== 'rejected') continue;
      if (lead && this.writer.written.has(lead)) orphans.set(record, fate.finding);
      if (this.writer.written.has(main)) files.add(main.path);
    }
    for (const [record, { main }] of files.size === 0 ? [] : this.steps) {
      const fate = this.fates.get(main);
      if (files.has(main.path) && fate?.kind === 'rejected') orphans.set(record, fate.finding);
    }
    return orphans;
  }

  private addOrphan({ record }: AttemptStep, orphans: Map<PendingRecord, Finding>): void {
    const main = this.steps.get(record)?.main;
    const fate = main && this.fates.get(main);
    if (fate?.kind === 'rejected') orphans.set(record, fate.finding);
  }

  /** Rows that were made, by the name of their lookup, each with the first record that names it and is loaded. */
  private made(): ReadonlyMap<PendingRecord, readonly LookupRow[]> {
    const made = [...this.resolver.madeRows.values()].flatMap(({ steps, ...row }) => {
      const step = steps.find((each) => this.fates.get(each)?.kind !== 'rejected');
      return step === undefined ? [] : [{ record: step.record, row }];
    });
    return new Map(
      [...Map.groupBy(made, ({ record }) => record)].map(([record, rows]) => [record, rows.map(({ row }) => row)]),
    );
  }

  private get vain(): LookupRows {
    return this.rehearsal?.vain ?? new Map();
  }

  /** All rows that were made. */
  get madeRows(): Iterable<LookupRow> {
    return this.resolver.madeRows.values();
  }

  /** Rows that were made for records of which none is loaded. */
  madeInVain(): LookupRows {
    const isVain = ({ steps }: { readonly steps: readonly AttemptStep[] }): boolean =>
      steps.every((step) => this.fates.get(step)?.kind === 'rejected');
    const { madeRows } = this.resolver;
    const before = [...this.vain].filter(([name]) => !madeRows.has(name));
    return new Map([...before, ...[...madeRows].filter(([, made]) => isVain(made))]);
  }

  result(parts: readonly OpenPart[]): LoadResult {
    const { steps, fates, createdOwners, declared, memory, before, written } = this;
    return resultOf(parts, { steps, fates, createdOwners, declared, memory, before, written, made: this.made() });
  }

  /** Of steps with one key the first goes ahead; whether the others repeat it is known when it is loaded or not. */
  private async inWaves(steps: readonly AttemptStep[]): Promise<void> {
    for (let waiting = steps; waiting.length > 0; ) {
      const later: AttemptStep[] = [];
      const first = waiting.filter((step) => this.fates.goesAhead(step, later));
      let open: readonly AttemptStep[] = first;
      // Also where none goes ahead: files are refused for what was decided without it.
      do {
        const resolved = await this.resolver.resolve(open);
        await this.merge(resolved.ready);
        open = resolved.waiting;
      } while (open.length > 0);
      waiting = later;
    }
  }

  private async merge(first: readonly AttemptStep[]): Promise<void> {
    const compared = await compareSteps(first, this.transaction, this.application);
    if (compared.some(({ root }) => root !== 'absent')) await this.ledgerClaims.refresh();
    const comparisons = (await this.surplus?.find(first, compared, this.transaction, this.mainSteps)) ?? compared;
    for (const [index, step] of first.entries()) {
      const rehearsed = this.rehearsal?.compare(step.group);
      if (rehearsed) this.rehearsed.add(step);
      const comparison = rehearsed ?? comparisons[index];
      if (comparison) this.fates.compareWith(step, comparison);
    }
    this.fates.rejectWholeFiles(this.wholeFiles);
    await this.rememberStored(first);
    const merges = first.filter((step) => this.fates.isMerged(step));
    // What is compared now must still be so when it is changed.
    if (this.company === 'beside' && merges.some((step) => this.fates.get(step)?.kind !== 'insert'))
      throw new NotAlone();
    // Also of rows that stay as they are: somebody may have deleted the owner alone.
    await this.createOwners(first.filter((step) => this.fates.get(step)?.kind !== 'rejected'));
    this.fates.rejectWholeFiles(this.wholeFiles);
    const accepted = merges.filter((step) => this.fates.isMerged(step) && !this.rehearsed.has(step));
    await this.writer.write(accepted, this.wholeFiles);
    this.fates.rejectWholeFiles(this.wholeFiles);
    const written = accepted.filter((step) => this.fates.isMerged(step)).map(({ group }) => group);
    for (const [group, rows] of (await this.memory?.readMade(written)) ?? []) this.written.set(group, rows);
  }

  /** Before any of it is changed. */
  private async rememberStored(steps: readonly AttemptStep[]): Promise<void> {
    const there = steps.filter((step) => {
      const fate = this.fates.get(step);
      return fate && 'comparison' in fate && fate.comparison.root !== 'absent';
    });
    const stored = await this.memory?.read(there.map(({ group }) => group));
    if (stored === undefined) return;
    const changing = new Set(there.filter((step) => this.fates.get(step)?.kind === 'update').map(({ group }) => group));
    const exact = await withExactCells(new Map([...stored].filter(([group]) => changing.has(group))), this.transaction);
    for (const [group, rows] of [...stored, ...exact]) this.before.set(group, rows);
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

  private async createOwners(steps: readonly AttemptStep[]): Promise<void> {
    const refused = new Map<string, string>();
    const owners = new Set(steps.flatMap(({ group }) => (group.owner === null ? [] : [group.owner])));
    await writeBisecting(
      [...owners],
      async (some) => {
        for (const id of await this.refusable(this.transaction.createOwners(some))) this.createdOwners.add(id);
      },
      (owner, constraint) => refused.set(owner, constraint),
    );
    for (const step of steps) {
      const constraint = step.group.owner === null ? undefined : refused.get(step.group.owner);
      if (constraint !== undefined) this.fates.reject(step, this.withoutOwner(constraint));
    }
  }

  /** A table of an application may want more of an owner than his id. */
  private withoutOwner(constraint: string): Finding {
    if (this.makesOwners) return refusal(`a placeholder for its owner: ${constraint}`);
    const message = `its owner has no row in ${this.declared.owners?.name}, and none can be made of his id: ${constraint}`;
    return { code: 'unknown-reference', pointer: '', message };
  }

  private mergeOf(step: AttemptStep): Merge {
    const fate = this.fates.get(step);
    if (fate === undefined || !('comparison' in fate))
      throw new TypeError('a record without a comparison is not merged');
    return { group: step.group, comparison: fate.comparison, ...(fate.kind === 'replace' && { replaces: true }) };
  }
}

function stepsOfPart(part: OpenPart): readonly RecordSteps[] {
  return part.records.map((record) => stepsOf(part, record));
}
