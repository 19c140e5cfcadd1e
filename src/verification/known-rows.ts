import { GroupPrinter } from '../checking/group-printer.ts';
import type { Database } from '../databases/database.ts';
import type { LedgerRow } from '../databases/ledger-query.ts';
import { rowCodec } from '../databases/open.ts';
import type { StoredGroup } from '../databases/stored-rows.ts';
import type { Scratch } from '../files/scratch.ts';
import { ledgerRuns } from '../ledger/ledger.ts';
import { EarlierRows, type Origin } from '../load/earlier-rows.ts';
import { LeftRows } from '../load/left-rows.ts';
import { loadedChildren, rowsAsLeft } from '../load/loaded-children.ts';
import { keyOf } from '../load/stored-groups.ts';

/** What the ledger says of rows that no source accounts for. It is read when somebody asks. */
export class KnownRows {
  private readonly database: Database;
  private readonly earlier: EarlierRows;
  private readonly left: LeftRows;
  private readonly printer: GroupPrinter;

  constructor(database: Database, scratch: Scratch) {
    const batches = (): AsyncIterable<readonly LedgerRow[]> => batchesInOrder(database);
    this.database = database;
    this.earlier = new EarlierRows(scratch, database.declared, batches);
    this.left = new LeftRows(scratch, database.declared, batches);
    this.printer = new GroupPrinter(rowCodec(database.rowFormat));
  }

  /** By the print of the key, as it is stored. Without a ledger every row may be one that a run made. */
  async originOf(key: string): Promise<Origin> {
    return this.database.hasLedger ? this.earlier.originOf(key) : 'made';
  }

  /** Whether nobody has changed the rows since a run has written them. */
  async isAsLeft(stored: StoredGroup): Promise<boolean> {
    const [last] = await this.left.find(keyOf(stored.root, stored.row));
    return last !== undefined && rowsAsLeft(stored, last, this.printer) !== undefined;
  }

  /** The keys of the child rows that runs have loaded; undefined where that cannot be told. */
  async childrenOf(stored: StoredGroup): Promise<ReadonlySet<string> | undefined> {
    const { declared, rowFormat } = this.database;
    const left = await this.left.find(keyOf(stored.root, stored.row));
    return left.length === 0
      ? undefined
      : loadedChildren(stored, left, { printer: this.printer, codec: rowCodec(rowFormat), declared });
  }
}

/** The first run first. */
async function* batchesInOrder(database: Database): AsyncGenerator<readonly LedgerRow[]> {
  const runs = await Array.fromAsync(ledgerRuns(database));
  for (const { runId } of runs.toReversed()) yield* database.ledgerRows({ kind: 'batches-of-run', runId });
}
