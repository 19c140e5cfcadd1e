import { type PackedRecords, release, WORD, WORDS } from '../checking/packed-records.ts';
import type { Database } from '../databases/database.ts';
import type { LedgerRow } from '../databases/ledger-query.ts';
import { RefusedRow, UnfitRow } from '../databases/refused-row.ts';
import type { RowCodec } from '../databases/row-codec.ts';
import type { BatchMark, Transaction } from '../databases/transaction.ts';
import { LEDGER } from '../schema/ledger-tables.ts';
import { enforcedReferences, type RowGroup } from '../schema/row-group.ts';
import { numberedColumn } from '../schema/table.ts';
import { canonicalNow } from '../schema/version.ts';
import { appended, packsOf, segmentsOf } from './append.ts';
import { Attempt, type KnownRejects, NotAlone } from './attempt.ts';
import { datasetOfPart, type FilePart, type LoadResult, type OpenPart, recordsIn } from './batch.ts';
import { packClaims } from './claim-list.ts';
import { displaceClaims } from './displaced.ts';
import { fitRecords } from './fit-records.ts';
import { KeySet } from './key-set.ts';
import type { LedgerClaims } from './ledger-claims.ts';
import type { LeftRows } from './left-rows.ts';
import type { LoadOptions } from './load-options.ts';
import { MemoryWriter, packMemory } from './memory.ts';
import { Rehearsal } from './rehearsal.ts';
import type { RunClaims } from './run-claims.ts';
import { Surplus } from './surplus.ts';
import { unpackRecords } from './unpack-records.ts';
import { unstorableRecords } from './unstorable-records.ts';

/** So many batches are tried in vain: every one of them costs as much as it would save. */
const MOST_UNFIT = 4;

/**
 * Loads batches: one transaction each, with the ledger rows that tell of it. Rows that nothing speaks against are
 * appended as they are; where a key may be taken, each record is compared and its duplicates and conflicts decided.
 */
export class Loader {
  private readonly database: Database;
  private readonly codec: RowCodec;
  private readonly claims: RunClaims;
  private readonly ledgerClaims: LedgerClaims;
  private readonly options: LoadOptions;
  private readonly memory: MemoryWriter | undefined;
  private readonly surplus: Surplus | undefined;
  private readonly keys = new KeySet();
  /** Of each pack that was looked at: whether none of its records has a key that one before it had. */
  private readonly haveNewKeys = new WeakMap<PackedRecords, boolean>();
  /** By table: false where rows were refused, so that trying again is not worth it. */
  private readonly appendable = new Map<string, boolean>();
  /** Batches in which a row had a value that its table does not hold. */
  private unfit = 0;
  private batch: number;
  private readonly rehearsal: Rehearsal | undefined;

  constructor(
    database: Database,
    codec: RowCodec,
    claims: RunClaims,
    ledgerClaims: LedgerClaims,
    left: LeftRows,
    options: LoadOptions,
  ) {
    this.database = database;
    this.codec = codec;
    this.claims = claims;
    this.ledgerClaims = ledgerClaims;
    this.options = options;
    this.batch = options.lastBatch;
    this.rehearsal = database.dryRun ? new Rehearsal() : undefined;
    // What goes must come back with an undo.
    this.surplus = options.remembers ? new Surplus(database, codec, left, options.surplusGoes) : undefined;
    this.memory = options.remembers && !database.dryRun ? new MemoryWriter(database, codec) : undefined;
  }

  get lastBatch(): number {
    return this.batch;
  }

  /** Notes the keys of a pack: where it is loaded at the latest, best while the batch before is on its way. */
  noteKeys(packed: PackedRecords): boolean {
    const known = this.haveNewKeys.get(packed);
    if (known !== undefined) return known;
    const { count, words } = packed;
    let areNew = true;
    for (let at = WORD.key; at < WORDS * count; at += WORDS) {
      if (!this.keys.add(words[at] as number, words[at + 1] as number)) areNew = false;
    }
    this.haveNewKeys.set(packed, areNew);
    return areNew;
  }

  async load(parts: readonly FilePart[]): Promise<LoadResult> {
    const { runId, precedence } = this.options;
    const mark: BatchMark = { runId, batch: ++this.batch, ...(precedence && { company: 'beside' }) };
    const packs = packsOf(parts);
    const result =
      (this.canAppend(parts, packs) ? await this.append(mark, parts, packs) : undefined) ??
      (await this.mergeStorable(mark, this.open(parts, packs)));
    this.claims.add(result.claims);
    for (const { key, path } of result.displaced) this.ledgerClaims.forget(key, path);
    for (const pack of packs) release(pack);
    return result;
  }

  /** A run that stops leaves out a part of a pack, which is appended as a whole or not at all. */
  private canAppend(parts: readonly FilePart[], packs: readonly PackedRecords[]): boolean {
    if (recordsIn(parts) !== recordsIn(packs) || parts.some(({ isRefused }) => isRefused)) return false;
    if (new Set(parts.filter(({ count }) => count > 0).map(this.levelOf)).size > 1) return false;
    const areNew = packs.map((pack) => this.noteKeys(pack)).every((isNew) => isNew);
    return (
      areNew &&
      packs.every((pack) => pack.linked.size === 0 && pack.segments.every(this.takesRows) && this.isKept(pack))
    );
  }

  private readonly levelOf = (part: FilePart): number => this.options.levelOf(datasetOfPart(part));

  private readonly takesRows = ({ table }: { readonly table: string }): boolean => {
    const known = this.appendable.get(table) ?? this.database.canAppend(this.options.declared.get(table));
    this.appendable.set(table, known);
    return known;
  };

  /** What the rows of a pack refer to need not be looked up: the database refuses them where it is not there. */
  private isKept({ layouts, references, segments }: PackedRecords): boolean {
    const refers = references.size > 0 || layouts.some((layout) => layout.references.length > 0);
    return !refers || segments.every(({ table }) => this.database.keepsKeys(this.options.declared.get(table)));
  }

  private readonly keepsKeys = (group: RowGroup): boolean =>
    enforcedReferences(group).length === 0 ||
    [group.root, ...group.children.map(({ table }) => table)].every((table) => this.database.keepsKeys(table));

  /** Undefined when the database refuses a row: then each record must be looked at. */
  private async append(
    mark: BatchMark,
    parts: readonly FilePart[],
    packs: readonly PackedRecords[],
  ): Promise<LoadResult | undefined> {
    const segments = segmentsOf(packs, this.options.declared);
    const owners = [...new Set(packs.flatMap((pack) => pack.owners))];
    try {
      return await this.database.transaction(mark, async (transaction) => {
        const created = await transaction.createOwners(owners);
        let noted: { readonly result: LoadResult; readonly ledger: LedgerEntry } | undefined;
        await transaction.append(segments, () => {
          const result = appended(parts, created, this.options.declared);
          noted = { result, ledger: this.ledgerOf(result, mark.batch) };
        });
        if (noted === undefined) throw new TypeError('rows were appended and nothing was noted');
        await this.writeLedger(transaction, noted.ledger);
        return noted.result;
      });
    } catch (error) {
      if (error instanceof UnfitRow && ++this.unfit < MOST_UNFIT) return undefined;
      if (!(error instanceof RefusedRow)) throw error;
      for (const { table } of segments) this.appendable.set(table, false);
      return undefined;
    }
  }

  private open(parts: readonly FilePart[], packs: readonly PackedRecords[]): readonly OpenPart[] {
    const unpacked = new Map(packs.map((pack) => [pack, unpackRecords(pack, this.codec, this.options.declared)]));
    return parts.map((part) => {
      const records = unpacked.get(part.packed)?.slice(part.first, part.first + part.count) ?? [];
      return { ...part, records };
    });
  }

  private async mergeStorable(mark: BatchMark, parts: readonly OpenPart[]): Promise<LoadResult> {
    const fitted = fitRecords(parts, this.database, this.codec, this.options.repairs);
    return this.merge(mark, fitted, await unstorableRecords(this.database, fitted));
  }

  /** Where a record turns out to be rejected when a row that leads to it is written already, all begins again without it. */
  private async merge(mark: BatchMark, parts: readonly OpenPart[], known: KnownRejects): Promise<LoadResult> {
    try {
      return await this.database.transaction(mark, async (transaction) => {
        const { claims, ledgerClaims, options, memory, surplus, keepsKeys, rehearsal } = this;
        const { company } = mark;
        const { owners } = options.declared;
        const attempt = new Attempt({
          transaction,
          claims,
          ledgerClaims,
          options,
          company,
          memory,
          surplus,
          keepsKeys,
          makesOwners: owners === undefined || this.database.holdsAll(owners),
          rehearsal,
        });
        await attempt.run(parts, known);
        const orphaned = attempt.orphaned();
        if (orphaned.size > 0) throw new Orphaned(orphaned);
        rehearsal?.note(attempt.madeRows, attempt.madeInVain());
        const result = attempt.result(parts);
        await this.displace(result);
        await this.writeLedger(transaction, this.ledgerOf(result, mark.batch));
        return result;
      });
    } catch (error) {
      if (error instanceof NotAlone) return this.merge({ ...mark, company: 'alone' }, parts, known);
      if (!(error instanceof Orphaned)) throw error;
      return this.merge(mark, parts, new Map([...known, ...error.records]));
    }
  }

  private async displace({ displaced }: LoadResult): Promise<void> {
    const { dryRun, sharing } = this.database;
    if (sharing && !dryRun) await displaceClaims(displaced, this.options.runId, this.ledgerClaims, sharing);
  }

  private ledgerOf({ parts, claims, memory }: LoadResult, batch: number): LedgerEntry {
    const files = parts.filter(({ part }) => part.last).map(({ part, tally }) => part.ledgerFile(tally));
    const records = parts.reduce((sum, { part, rejected }) => sum + part.count - rejected.length, 0);
    const undo = this.options.remembers ? packMemory(memory) : null;
    return { files, batch: { run_id: this.options.runId, batch, records, claims: packClaims(claims), undo } };
  }

  private async writeLedger(transaction: Transaction, { files, batch }: LedgerEntry): Promise<void> {
    if (this.database.dryRun) return;
    const numbered = this.options.declared.list.filter((table) => numberedColumn(table) !== undefined);
    await transaction.passNumbers(numbered.filter((table) => this.database.hasTable(table)));
    await transaction.insertLedger(LEDGER.files, files);
    await transaction.insertLedger(LEDGER.batches, [{ ...batch, committed_at: canonicalNow() }]);
  }
}

/** The ledger rows of a batch. */
interface LedgerEntry {
  readonly files: readonly LedgerRow[];
  readonly batch: LedgerRow;
}

/** Ends a transaction, so that it begins again without these records. */
class Orphaned extends Error {
  readonly records: KnownRejects;

  constructor(records: KnownRejects) {
    super('a leading row was written for a record that is rejected');
    this.records = records;
  }
}
