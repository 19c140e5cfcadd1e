import { openScratch } from '../files/scratch.ts';
import { Inventory } from '../inventory/inventory.ts';
import { latestFilesOf } from '../ledger/ledger.ts';
import { addCounts, type Counts, NO_COUNTS } from '../report/counts.ts';
import type { FileEntry, ReportHead } from '../report/report.ts';
import { RunCounts } from '../report/run-counts.ts';
import type { FileSums } from '../report/tally.ts';
import { Settlement } from '../sharding/settlement.ts';
import type { LeftFiles, ShardReport, SharedRun } from '../sharding/shared-run.ts';
import type { Pass } from './pass.ts';
import type { RunContext } from './run-context.ts';
import type { RunLoading } from './run-loading.ts';

export interface SettlingOptions extends RunContext {
  readonly shared: SharedRun;
  readonly loading: RunLoading;
}

const NONE_LEFT: LeftFiles = { isEmpty: true, mayHave: () => false, has: () => false };

/** What the last shard does for all of them: it loads what must see the files of all shards. */
export class Settling {
  private readonly options: SettlingOptions;

  constructor(options: SettlingOptions) {
    this.options = options;
  }

  /** First the files that were left, and those that met a key of a later file; then those that had to give a key up. */
  async settle(): Promise<void> {
    const isComplete = await this.settleFiles(await this.options.shared.leftFiles());
    if (isComplete) await this.settleFiles(NONE_LEFT);
  }

  /**
   * The numbers of the run, whichever shards ran again or were killed: what the ledger says of each file that the run
   * looked at, and the files that were loaded before it, which each shard counts for itself. `own` is the newer report of
   * this shard.
   */
  async countsOfRun(reports: readonly ShardReport[], own: ReportHead): Promise<Counts> {
    const { shared, database } = this.options;
    const files = new RunCounts();
    for await (const page of database.ledgerRows({ kind: 'files-of-run', runId: shared.runId })) {
      for (const { report, counts } of page) files.add(JSON.parse(String(report)), JSON.parse(String(counts)));
    }
    const counts = reports.map(({ earlier = NO_COUNTS }) => earlier).reduce(addCounts, files.counts);
    const heads = [own, ...reports.filter(({ shard }) => shard !== own.shard)];
    const warnings = heads.reduce((sum, { totals }) => sum + totals.warnings, 0);
    return { ...counts, totals: { ...counts.totals, warnings } };
  }

  /** False where loading stopped early. */
  private async settleFiles(left: LeftFiles): Promise<boolean> {
    const { shared, database, settings } = this.options;
    const scratch = openScratch(settings.tempDir);
    try {
      const settlement = new Settlement(scratch, settings.registry);
      const open = await settlement.read(database, shared.runId, this.takeBack);
      if (open === 0 && left.isEmpty) return true;
      const { isOpen, precedence, tablesOf: insertedBefore } = settlement;
      const isOwn = (path: string): boolean => isOpen(path) || left.mayHave(path);
      const pass = { scratch, inventory: new Inventory(scratch), isOwn, isOpen, precedence, insertedBefore };
      return await this.load(pass, settlement, left);
    } finally {
      scratch.close();
    }
  }

  private async load(pass: Pass, settlement: Settlement, left: LeftFiles): Promise<boolean> {
    const { root, database, settings, clock } = this.options;
    // Files that have nothing to settle are told already.
    await clock.measure('list', 0, () => root.examine(pass, latestFilesOf(root.path, database), () => undefined));
    // Files of other shards may be among them, and tables that only those have created.
    await database.createTables(settings.registry.neededTables(root.datasets));
    const loading = await this.options.loading.begin(pass);
    try {
      for (const phase of pass.inventory.phases()) {
        settlement.phase = phase;
        const files = root.filesOf(pass, phase);
        await loading.load(files.filter(({ path }) => settlement.isOpen(path) || left.has(path, phase)));
      }
    } finally {
      await loading.close();
    }
    return loading.stopped === undefined;
  }

  /** What this shard said of a file that is loaded again. */
  private readonly takeBack = async (entry: FileEntry, sums: FileSums): Promise<void> => {
    const { shared, reports, loading } = this.options;
    if (!shared.isOwn(entry.path)) return;
    reports.removeFile(entry, sums);
    await loading.forgetRejects(entry.path);
  };
}
