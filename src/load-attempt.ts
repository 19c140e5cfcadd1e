import type { Claim, LedgerClaims, RunClaims } from './claims.ts';
import { type Comparison, type LedgerRow, type Merge, RefusedRow, type Transaction } from './databases/database.ts';
import { type ConflictMode, type Decision, decide } from './decide.ts';
import { conflicting, type Fate, rowCounts, twice } from './fate.ts';
import { type Finding, type Place, type Reject, rejectAt } from './reject.ts';
import type { Warning } from './report.ts';
import type { RowGroup } from './schema/row-group.ts';
import type { FileTally, RecordOutcome } from './tally.ts';

/** A record on its way into the database. */
export interface PendingRecord {
  readonly number: number;
  /** The record is a member of an object, which may not have two members of one name. */
  readonly isMember: boolean;
  readonly group: RowGroup;
  readonly key: string;
  readonly content: string;
  readonly place: Place;
  /** Of the record in its file: its name where it is a member, else empty. */
  readonly pointer: string;
  /** Kept only for `--rejects`. */
  readonly bytes: Uint8Array | undefined;
  readonly repairs: ReadonlyMap<string, number>;
  readonly unmapped: ReadonlyMap<string, number>;
}

/** The records of one file in a batch; `last` when no more of the file follows. */
export interface FilePart {
  readonly tally: FileTally;
  readonly records: readonly PendingRecord[];
  readonly last: boolean;
  readonly ledgerFile: (tally: FileTally) => LedgerRow;
}

export interface LoadedRecord {
  readonly record: PendingRecord;
  readonly reject: Reject | undefined;
}

/** What became of a batch. The tallies are those of its parts, with this batch counted. */
export interface LoadResult {
  readonly parts: readonly {
    readonly part: FilePart;
    readonly tally: FileTally;
    readonly records: readonly LoadedRecord[];
  }[];
  readonly warnings: readonly Warning[];
}

export interface LoadOptions {
  readonly runId: string;
  /** Of the same run, where it was begun before: its batches are numbered on. */
  readonly lastBatch: number;
  readonly onConflict: ConflictMode;
  /** A file with a reject loads nothing. */
  readonly wholeFiles: boolean;
}

export interface Work {
  readonly part: FilePart;
  readonly record: PendingRecord;
}

/** One attempt at a transaction. It changes nothing outside itself, so that it can be repeated. */
export class Attempt {
  private readonly fates = new Map<PendingRecord, Fate>();
  private readonly firstInBatch = new Map<string, Work>();
  private readonly warnings: Warning[] = [];
  private readonly createdOwners = new Set<string>();
  private readonly transaction: Transaction;
  private readonly claims: RunClaims;
  private readonly ledgerClaims: LedgerClaims;
  private readonly options: LoadOptions;

  constructor(transaction: Transaction, claims: RunClaims, ledgerClaims: LedgerClaims, options: LoadOptions) {
    this.transaction = transaction;
    this.claims = claims;
    this.ledgerClaims = ledgerClaims;
    this.options = options;
  }

  async run(work: readonly Work[]): Promise<void> {
    // Of records with one key the first goes ahead; whether the others repeat it is known when it is loaded or not.
    for (let waiting = work; waiting.length > 0; ) {
      const later: Work[] = [];
      const first = waiting.filter((each) => this.goesAhead(each, later));
      await this.merge(first, work);
      waiting = later;
    }
  }

  private async merge(first: readonly Work[], all: readonly Work[]): Promise<void> {
    const comparisons = await this.transaction.compare(first.map(({ record }) => record.group));
    for (const [index, each] of first.entries()) {
      const comparison = comparisons[index];
      if (comparison) this.fates.set(each.record, await this.fateOf(each, comparison));
    }
    if (this.options.wholeFiles) this.rejectWholeFiles(all);
    const merges = first.filter(({ record }) => this.isMerged(record));
    await this.createOwners(merges);
    if (this.options.wholeFiles) this.rejectWholeFiles(all);
    const accepted = merges.filter(({ record }) => this.isMerged(record));
    await this.mergeNarrowing(this.options.wholeFiles ? byFile(accepted) : accepted.map((each) => [each]));
    if (this.options.wholeFiles) this.rejectWholeFiles(all);
  }

  result(parts: readonly FilePart[]): LoadResult {
    const owners = new Set(this.createdOwners);
    const counted = parts.map((part) => {
      const tally = part.tally.copy();
      const records = part.records.map((record) => {
        const outcome = this.outcomeOf(record, owners);
        tally.addOutcome(outcome);
        if (outcome.loaded) tally.addCounts(record.repairs, record.unmapped);
        const fate = this.fates.get(record);
        return {
          record,
          reject:
            fate?.kind === 'rejected'
              ? rejectAt(record.place, { ...fate.finding, pointer: record.pointer })
              : undefined,
        };
      });
      return { part, tally, records };
    });
    return { parts: counted, warnings: this.warnings };
  }

  /** The first record with a key wins: what this run or this batch has already is a repetition or a conflict. */
  private goesAhead(work: Work, later: Work[]): boolean {
    const { record } = work;
    if (this.fates.has(record)) return false;
    const inBatch = this.firstInBatch.get(record.key);
    const fate = inBatch && this.fates.get(inBatch.record);
    if (inBatch && fate === undefined) {
      later.push(work);
      return false;
    }
    const earlier = fate && fate.kind !== 'rejected' ? claimOf(inBatch) : this.claims.find(record.key);
    if (earlier === undefined) {
      this.firstInBatch.set(record.key, work);
      return true;
    }
    const isSame = earlier.content === record.content;
    if (record.isMember && earlier.path === work.part.tally.file.path) this.fates.set(record, twice(earlier));
    else this.fates.set(record, isSame ? this.repeated(work, earlier) : conflicting(earlier));
    return false;
  }

  private repeated({ part, record }: Work, of: Claim): Fate {
    const { path } = part.tally.file;
    this.warn('duplicate-record', path, `record ${record.number} repeats record ${of.record} of ${of.path}`);
    return { kind: 'repeated', of };
  }

  private async fateOf(work: Work, comparison: Comparison): Promise<Fate> {
    const { part, record } = work;
    const { path } = part.tally.file;
    const decision = decide(comparison, this.options.onConflict);
    if (decision.kind === 'insert') return { kind: 'insert', comparison };
    const holder = await this.ledgerClaims.find(record.key, path);
    // Of two files with the same record, the later one by path is the repetition, whichever was loaded first.
    if (holder && decision.kind === 'unchanged' && holder.path < path) return this.repeated(work, holder);
    if (holder && decision.kind !== 'unchanged') return conflicting(holder);
    this.warnAbout(decision, work, comparison);
    if (decision.kind === 'reject')
      return { kind: 'rejected', finding: { code: decision.code, pointer: '', message: decision.message } };
    return { kind: decision.kind, comparison };
  }

  private warnAbout(decision: Decision, { part, record }: Work, comparison: Comparison): void {
    const { path } = part.tally.file;
    if (decision.kind === 'kept' && decision.changedSince) {
      this.warn(
        'changed-since-load',
        path,
        `record ${record.number} was not loaded over ${record.key}, which changed since`,
      );
    }
    const surplus = comparison.children.reduce((sum, child) => sum + child.surplus, 0);
    if (surplus > 0) {
      this.warn(
        'database-has-more',
        path,
        `the database holds ${surplus} more rows of ${record.key} than record ${record.number}`,
      );
    }
  }

  private warn(code: string, path: string, message: string): void {
    this.warnings.push({ code, path, message });
  }

  private isMerged(record: PendingRecord): boolean {
    const kind = this.fates.get(record)?.kind;
    return kind === 'insert' || kind === 'update';
  }

  private async createOwners(work: readonly Work[]): Promise<void> {
    const owners = new Set(work.flatMap(({ record }) => (record.group.owner === null ? [] : [record.group.owner])));
    const refused = await this.createOwnersNarrowing([...owners]);
    for (const { record } of work) {
      const constraint = record.group.owner === null ? undefined : refused.get(record.group.owner);
      if (constraint !== undefined) this.refuse(record, `a placeholder for its owner: ${constraint}`);
    }
  }

  /** The owners that the database does not let in, with the constraint. */
  private async createOwnersNarrowing(owners: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (owners.length === 0) return new Map();
    try {
      for (const id of await this.transaction.createOwners(owners)) this.createdOwners.add(id);
      return new Map();
    } catch (error) {
      if (!(error instanceof RefusedRow)) throw error;
      const [only] = owners;
      if (owners.length === 1 && only !== undefined) return new Map([[only, error.constraint]]);
      const [first, second] = halves(owners);
      return new Map([...(await this.createOwnersNarrowing(first)), ...(await this.createOwnersNarrowing(second))]);
    }
  }

  private refuse(record: PendingRecord, what: string): void {
    const finding: Finding = { code: 'database-refused', pointer: '', message: `the database refuses ${what}` };
    this.fates.set(record, { kind: 'rejected', finding });
  }

  /**
   * When the database refuses a batch, halves are tried until the guilty units are known; the rest loads. A unit is one
   * record, or with `--strict` all of a file, of which nothing may be written then.
   */
  private async mergeNarrowing(units: readonly (readonly Work[])[]): Promise<void> {
    if (units.length === 0) return;
    try {
      await this.transaction.merge(units.flat().map(({ record }) => this.mergeOf(record)));
    } catch (error) {
      if (!(error instanceof RefusedRow)) throw error;
      const [only] = units;
      if (units.length === 1 && only) {
        const what = only.length === 1 ? 'this record' : 'a record of this file';
        for (const { record } of only) this.refuse(record, `${what}: ${error.constraint}`);
        return;
      }
      const [first, second] = halves(units);
      await this.mergeNarrowing(first);
      await this.mergeNarrowing(second);
    }
  }

  private mergeOf(record: PendingRecord): Merge {
    const fate = this.fates.get(record);
    if (fate === undefined || !('comparison' in fate))
      throw new TypeError('a record without a comparison is not merged');
    return { group: record.group, comparison: fate.comparison };
  }

  /** `--strict`: the other records of a file with a reject are not loaded either. */
  private rejectWholeFiles(work: readonly Work[]): void {
    const rejected = ({ part, record }: Work): boolean =>
      part.tally.rejected > 0 || this.fates.get(record)?.kind === 'rejected';
    const guilty = new Set(work.filter(rejected).map(({ part }) => part.tally.file.path));
    const finding: Finding = { code: 'strict-file', pointer: '', message: 'another record of this file is rejected' };
    for (const { part, record } of work) {
      if (!guilty.has(part.tally.file.path) || this.fates.get(record)?.kind === 'rejected') continue;
      this.fates.set(record, { kind: 'rejected', finding });
    }
  }

  private outcomeOf(record: PendingRecord, newOwners: Set<string>): RecordOutcome {
    const fate = this.fates.get(record);
    if (fate === undefined || fate.kind === 'rejected') return { loaded: false, rows: {} };
    const rows = rowCounts(record.group, fate);
    const { owner } = record.group;
    // The placeholder is counted with the record that made it necessary.
    if (owner === null || !newOwners.delete(owner)) return { loaded: true, rows };
    return { loaded: true, rows: { ...rows, users: { inserted: 1, updated: 0, unchanged: 0, kept: 0 } } };
  }
}

function halves<T>(items: readonly T[]): [readonly T[], readonly T[]] {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)];
}

function byFile(work: readonly Work[]): Work[][] {
  return [...Map.groupBy(work, ({ part }) => part.tally.file.path).values()];
}

function claimOf({ part, record }: Work): Claim & { readonly content: string } {
  return { path: part.tally.file.path, record: record.number, content: record.content };
}
