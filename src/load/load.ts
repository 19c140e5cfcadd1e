import { type PackedRecords, release } from '../checking/packed-records.ts';
import type { Database } from '../databases/database.ts';
import type { RowCodec } from '../databases/row-codec.ts';
import type { BatchMark } from '../databases/transaction.ts';
import { enforcedReferences, type RowGroup } from '../schema/row-group.ts';
import { ApplicationRows } from './application-rows.ts';
import { Attempt, type KnownRejects, NotAlone } from './attempt.ts';
import type { FilePart, LoadResult, OpenPart } from './batch.ts';
import { BatchLedger } from './batch-ledger.ts';
import { BatchOrder, type Turn } from './batch-order.ts';
import { displaceClaims } from './displaced.ts';
import type { EarlierRows } from './earlier-rows.ts';
import { fitRecords } from './fit-records.ts';
import type { LedgerClaims } from './ledger-claims.ts';
import type { LeftRows } from './left-rows.ts';
import type { LoadOptions } from './load-options.ts';
import { MemoryWriter } from './memory.ts';
import { Rehearsal } from './rehearsal.ts';
import type { RunClaims } from './run-claims.ts';
import { StrayChildren } from './stray-children.ts';
import { Surplus } from './surplus.ts';
import { unpackRecords } from './unpack-records.ts';
import { unstorableRecords } from './unstorable-records.ts';
import { WholeBatches } from './whole-batches.ts';
import { packsOf } from './whole-result.ts';

/** What the ledger knows of rows. */
export interface KnownRows {
  readonly left: LeftRows;
  readonly earlier: EarlierRows;
}

/**
 * Loads batches: one transaction each, with the ledger rows that tell of it. Where a batch cannot be loaded as a whole, each
 * record is compared and its duplicates and conflicts decided.
 */
export class Loader {
  private readonly database: Database;
  private readonly codec: RowCodec;
  private readonly claims: RunClaims;
  private readonly ledgerClaims: LedgerClaims;
  private readonly options: LoadOptions;
  private readonly memory: MemoryWriter | undefined;
  private readonly surplus: Surplus | undefined;
  private readonly ledger: BatchLedger;
  private readonly whole: WholeBatches;
  private readonly earlier: EarlierRows;
  private readonly application: ApplicationRows;
  private readonly order = new BatchOrder();
  private batch: number;
  /** The batch that was begun last. */
  private before: Promise<unknown> = Promise.resolve();
  private readonly rehearsal: Rehearsal | undefined;

  constructor(
    database: Database,
    codec: RowCodec,
    claims: RunClaims,
    ledgerClaims: LedgerClaims,
    known: KnownRows,
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
    this.surplus = options.remembers ? new Surplus(database, codec, known.left, options.surplusGoes) : undefined;
    this.earlier = known.earlier;
    const strays = new StrayChildren(database, codec, known);
    this.application = new ApplicationRows(database, known.earlier, ledgerClaims, strays);
    this.memory = options.remembers && !database.dryRun ? new MemoryWriter(database, codec) : undefined;
    this.ledger = new BatchLedger(database, options);
    this.whole = new WholeBatches({ database, ledger: this.ledger, ledgerClaims, options });
  }

  get lastBatch(): number {
    return this.batch;
  }

  /** See WholeBatches. */
  noteKeys(packed: PackedRecords): void {
    this.whole.noteKeys(packed);
  }

  /** Whether a batch may load beside those that are on their way. */
  mayLoadBeside(parts: readonly FilePart[]): boolean {
    const { batchesAtOnce, precedence } = this.options;
    return batchesAtOnce > 1 && !precedence && !this.order.continuesFile(parts) && this.whole.isApart(parts);
  }

  /** Begins with a batch, beside those before it or after them. They are done in order. */
  load(parts: readonly FilePart[], isBeside: boolean): Promise<LoadResult> {
    const { runId, precedence } = this.options;
    const mark: BatchMark = { runId, batch: ++this.batch, ...(precedence && { company: 'beside' }) };
    const { before } = this;
    const turn = this.order.next(parts);
    const apart = isBeside ? this.loadBeside(turn, mark, parts) : undefined;
    const loading = this.loadAfter(before, apart, mark, parts).finally(turn.end);
    this.before = loading;
    // Whoever waits for it hears of a failure.
    loading.catch(() => undefined);
    return loading;
  }

  private async loadAfter(
    before: Promise<unknown>,
    apart: Promise<LoadResult | undefined> | undefined,
    mark: BatchMark,
    parts: readonly FilePart[],
  ): Promise<LoadResult> {
    const loaded = await apart;
    // What is committed is told, whatever became of the batches before it.
    await (loaded === undefined ? before : before.catch(() => undefined));
    const packs = packsOf(parts);
    const result =
      loaded ?? (await this.whole.load(mark, parts)) ?? (await this.mergeStorable(mark, this.open(parts, packs)));
    this.claims.add(result.claims);
    this.earlier.add(result.memory);
    for (const { key, path } of result.displaced) this.ledgerClaims.forget(key, path);
    for (const pack of packs) release(pack);
    return result;
  }

  private async loadBeside(
    { ownersMade }: Turn,
    mark: BatchMark,
    parts: readonly FilePart[],
  ): Promise<LoadResult | undefined> {
    await ownersMade;
    return this.whole.loadBeside(mark, parts);
  }

  private readonly keepsKeys = (group: RowGroup): boolean =>
    enforcedReferences(group).length === 0 ||
    [group.root, ...group.children.map(({ table }) => table)].every((table) => this.database.keepsKeys(table));

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
        const { claims, ledgerClaims, options, memory, surplus, application, keepsKeys, rehearsal } = this;
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
          application,
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
        await this.ledger.write(transaction, this.ledger.entryOf(result, mark.batch));
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
}

/** Ends a transaction, so that it begins again without these records. */
class Orphaned extends Error {
  readonly records: KnownRejects;

  constructor(records: KnownRejects) {
    super('a leading row was written for a record that is rejected');
    this.records = records;
  }
}
