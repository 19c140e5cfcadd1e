import { type PackedRecords, WORD, WORDS } from '../checking/packed-records.ts';
import type { Database } from '../databases/database.ts';
import { RefusedRow, UnfitRow } from '../databases/refused-row.ts';
import type { BatchMark, Transaction } from '../databases/transaction.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import { foreignKeysOf, numberedColumn, type Table } from '../schema/table.ts';
import { datasetOfPart, type FilePart, type LoadResult, recordsIn } from './batch.ts';
import type { BatchLedger } from './batch-ledger.ts';
import { KeySet } from './key-set.ts';
import type { LedgerClaims } from './ledger-claims.ts';
import type { LoadOptions } from './load-options.ts';
import { hasUniqueSets } from './unique-holders.ts';
import { packsOf, segmentsOf, type WholeFate, wholeResult } from './whole-result.ts';

/** So many batches are tried in vain: every one of them costs as much as it would save. */
const MOST_UNFIT = 4;

export interface WholeBatchesParts {
  readonly database: Database;
  readonly ledger: BatchLedger;
  readonly ledgerClaims: LedgerClaims;
  readonly options: LoadOptions;
}

interface WholeBatch {
  readonly mark: BatchMark;
  readonly parts: readonly FilePart[];
  readonly packs: readonly PackedRecords[];
}

/** Loads batches whose records need not be looked at one by one: none of their rows is there yet, or all are, as they are given. */
export class WholeBatches {
  private readonly database: Database;
  private readonly ledger: BatchLedger;
  private readonly ledgerClaims: LedgerClaims;
  private readonly options: LoadOptions;
  private readonly keys = new KeySet();
  /** Of each pack that was looked at: whether none of its records has a key that one before it had. */
  private readonly haveNewKeys = new WeakMap<PackedRecords, boolean>();
  /** By table: false where rows were refused, so that trying again is not worth it. */
  private readonly appendable = new Map<string, boolean>();
  private readonly tablesApart = new Map<string, boolean>();
  /** Batches in which a row had a value that its table does not hold. */
  private unfit = 0;
  /** Batches that go by before it is asked again whether all rows are there, twice as many after each that was asked in vain. */
  private pause = 0;
  private passed = 0;

  constructor({ database, ledger, ledgerClaims, options }: WholeBatchesParts) {
    this.database = database;
    this.ledger = ledger;
    this.ledgerClaims = ledgerClaims;
    this.options = options;
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

  /** Undefined where each record must be looked at. */
  async load(mark: BatchMark, parts: readonly FilePart[]): Promise<LoadResult | undefined> {
    const packs = packsOf(parts);
    if (!this.isWhole(parts, packs)) return undefined;
    const batch = { mark, parts, packs };
    // What was loaded is most likely there.
    if (this.ledgerClaims.areHeld(parts)) return (await this.confirm(batch)) ?? this.append(batch);
    return (await this.append(batch)) ?? this.confirm(batch);
  }

  /**
   * Whether the batch may load beside others: its rows are new, to the run at least, and what becomes of them depends on no row of another batch, nor of
   * a batch that must be looked at record by record.
   */
  isApart(parts: readonly FilePart[]): boolean {
    const packs = packsOf(parts);
    if (!this.isWhole(parts, packs) || this.ledgerClaims.areHeld(parts)) return false;
    const refers = packs.some(
      ({ references, layouts }) => references.size > 0 || layouts.some((layout) => layout.references.length > 0),
    );
    const tables = new Set(packs.flatMap(({ segments }) => segments.map(({ table }) => table)));
    return !refers && [...tables].every((table) => this.canAppend(table) && this.isTableApart(table));
  }

  private isTableApart(name: string): boolean {
    const known = this.tablesApart.get(name) ?? isApart(this.options.declared.get(name), this.options.declared);
    this.tablesApart.set(name, known);
    return known;
  }

  /** Undefined where the database refuses a row: the batch is to be loaded in its turn. */
  loadBeside(mark: BatchMark, parts: readonly FilePart[]): Promise<LoadResult | undefined> {
    return this.append({ mark: { ...mark, isBeside: true }, parts, packs: packsOf(parts) });
  }

  /** A run that stops leaves out a part of a pack, which is loaded as a whole or not at all. */
  private isWhole(parts: readonly FilePart[], packs: readonly PackedRecords[]): boolean {
    if (recordsIn(parts) !== recordsIn(packs) || parts.some(({ isRefused }) => isRefused)) return false;
    if (new Set(datasetsOf(parts).map(this.options.levelOf)).size > 1) return false;
    const areNew = packs.map((pack) => this.noteKeys(pack)).every((isNew) => isNew);
    return areNew && packs.every((pack) => pack.linked.length === 0 && this.isKept(pack));
  }

  private canAppend(table: string): boolean {
    const known = this.appendable.get(table) ?? this.database.canAppend(this.options.declared.get(table));
    this.appendable.set(table, known);
    return known;
  }

  /** What the rows of a pack refer to need not be looked up: the database refuses them where it is not there. */
  private isKept({ layouts, references, segments }: PackedRecords): boolean {
    const refers = references.size > 0 || layouts.some((layout) => layout.references.length > 0);
    return !refers || segments.every(({ table }) => this.database.keepsKeys(this.options.declared.get(table)));
  }

  /** Undefined when the database refuses a row, or would. */
  private async append(batch: WholeBatch): Promise<LoadResult | undefined> {
    const { mark, packs } = batch;
    if (!packs.every(({ segments }) => segments.every(({ table }) => this.canAppend(table)))) return undefined;
    const segments = segmentsOf(packs, this.options.declared);
    try {
      return await this.database.transaction(mark, (transaction) =>
        this.settle(transaction, batch, 'inserted', (meanwhile) => transaction.append(segments, meanwhile)),
      );
    } catch (error) {
      if (error instanceof UnfitRow && ++this.unfit < MOST_UNFIT) return undefined;
      if (!(error instanceof RefusedRow)) throw error;
      for (const { table } of segments) this.appendable.set(table, false);
      return undefined;
    }
  }

  /** Undefined where a row is not there, or not as it is given. */
  private async confirm(batch: WholeBatch): Promise<LoadResult | undefined> {
    const { mark, parts, packs } = batch;
    if (this.passed++ < this.pause || !(await this.standAlone(parts))) return undefined;
    const segments = segmentsOf(packs, this.options.declared);
    const result = await this.database.transaction(mark, async (transaction) =>
      (await transaction.holds(segments))
        ? this.settle(transaction, batch, 'unchanged', async (meanwhile) => meanwhile())
        : undefined,
    );
    this.pause = result === undefined ? 2 * this.pause + 1 : 0;
    this.passed = 0;
    return result;
  }

  /** No other file has one of the keys, whatever it says: a row that is there is that of the record. */
  private async standAlone(parts: readonly FilePart[]): Promise<boolean> {
    const { precedence, hasStates } = this.options;
    if (precedence !== undefined || datasetsOf(parts).some(hasStates)) return false;
    return this.ledgerClaims.areAlone(parts);
  }

  private async settle(
    transaction: Transaction,
    { mark, parts, packs }: WholeBatch,
    fate: WholeFate,
    work: (meanwhile: () => void) => Promise<void>,
  ): Promise<LoadResult> {
    const created = await transaction.createOwners([...new Set(packs.flatMap((pack) => pack.owners))]);
    let noted: { readonly result: LoadResult; readonly entry: ReturnType<BatchLedger['entryOf']> } | undefined;
    await work(() => {
      const result = wholeResult(parts, fate, created, this.options.declared);
      noted = { result, entry: this.ledger.entryOf(result, mark.batch) };
    });
    if (noted === undefined) throw new TypeError('rows were loaded and nothing was noted');
    await this.ledger.write(transaction, noted.entry);
    return noted.result;
  }
}

/** Whether no row of the table may keep another out by anything but its key, nor lead back to it, nor move what numbers others. */
function isApart(table: Table, declared: DeclaredTables): boolean {
  const group = declared.groupOf(declared.rootOf(table) ?? table);
  const tables = [group.root, ...group.children];
  const isInCircle = declared.list.some((each) =>
    foreignKeysOf(each).some(
      ({ deferred, table: target }) =>
        deferred === true && tables.some(({ name }) => name === each.name || name === target),
    ),
  );
  return !isInCircle && !hasUniqueSets(group) && tables.every((each) => numberedColumn(each) === undefined);
}

/** Of the parts that have records: files that nobody reads are of no dataset. */
function datasetsOf(parts: readonly FilePart[]): readonly string[] {
  return [...new Set(parts.filter(({ count }) => count > 0).map(datasetOfPart))];
}
