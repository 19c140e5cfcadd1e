import type { Database } from './databases/database.ts';
import { Inventory } from './inventory.ts';
import type { FileLoading } from './load-files.ts';
import type { Pass } from './pass.ts';
import { addCounts, type Counts, countsOf, countsOfFile, NO_COUNTS, subtractCounts } from './report/counts.ts';
import type { FileEntry, ReportHead } from './report/report.ts';
import type { FileSums } from './report/tally.ts';
import { openScratch } from './scratch.ts';
import { Settlement } from './settlement.ts';
import type { LeftFiles, SharedRun } from './shared-run.ts';
import type { SourceRoot } from './source-root.ts';

export interface SettlingOptions {
  readonly shared: SharedRun;
  readonly database: Database;
  readonly root: SourceRoot;
  readonly tempDir: string | undefined;
  readonly scan: (pass: Pass) => Promise<void>;
  readonly createLoading: (pass: Pass) => Promise<FileLoading>;
  /** What this shard has said of a file is no longer so. */
  readonly forget: (entry: FileEntry, sums: FileSums) => Promise<void>;
}

const NONE_LEFT: LeftFiles = { isEmpty: true, mayHave: () => false, has: () => false };

/** What the last shard does for all of them: it loads what must see the files of all shards. */
export class Settling {
  private readonly options: SettlingOptions;
  /** What the reports of the other shards say of files that are loaded again. */
  private outdated: Counts = NO_COUNTS;

  constructor(options: SettlingOptions) {
    this.options = options;
  }

  /** First the files that were left, and those that met a key of a later file; then those that had to give a key up. */
  async settle(): Promise<void> {
    const isComplete = await this.settleFiles(await this.options.shared.leftFiles());
    if (isComplete) await this.settleFiles(NONE_LEFT);
  }

  /** The numbers of the run, from the reports of its shards. */
  countsOfRun(heads: readonly ReportHead[]): Counts {
    return subtractCounts(heads.map(countsOf).reduce(addCounts), this.outdated);
  }

  /** False where loading stopped early. */
  private async settleFiles(left: LeftFiles): Promise<boolean> {
    const { shared, database, tempDir } = this.options;
    const scratch = openScratch(tempDir);
    try {
      const settlement = new Settlement(scratch);
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
    const { root, scan, createLoading } = this.options;
    await scan(pass);
    const loading = await createLoading(pass);
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

  /** What was said of a file that is loaded again, here or by another shard. */
  private readonly takeBack = async (entry: FileEntry, sums: FileSums): Promise<void> => {
    const { shared, forget } = this.options;
    if (shared.isOwn(entry.path)) await forget(entry, sums);
    else this.outdated = addCounts(this.outdated, countsOfFile(entry, sums));
  };
}
