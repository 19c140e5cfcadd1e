import type { Database } from '../databases/database.ts';
import type { Registry } from '../datasets/registry.ts';
import type { Scratch } from '../files/scratch.ts';
import { loadPhase } from '../inventory/load-phase.ts';
import type { Precedence } from '../load/load-options.ts';
import type { LedgerCounts } from '../report/ledger-entry.ts';
import { type FileEntry, NO_ROWS, type RowCounts } from '../report/report.ts';
import type { FileSums } from '../report/tally.ts';

interface HeldRows {
  readonly phase: number;
  /** JSON: the rows of the file, by table. */
  readonly tables: string;
}

/**
 * What must be loaded again when all shards are done, by what the ledger says: files that met a key of another
 * one, which may have been loaded before its turn, and files that had to give a key up to an earlier one.
 */
export class Settlement {
  /** The phase that is being loaded. */
  phase = 0;
  private readonly registry: Registry;
  private readonly insert;
  private readonly selectOpen;
  private readonly selectHolder;

  constructor(scratch: Scratch, registry: Registry) {
    this.registry = registry;
    scratch.exec(
      `CREATE TABLE run_files (path TEXT PRIMARY KEY, open INTEGER, phase INTEGER, tables TEXT) WITHOUT ROWID`,
    );
    this.insert = scratch.prepare<[string, number, number, string]>('INSERT INTO run_files VALUES (?, ?, ?, ?)');
    this.selectOpen = scratch.prepare<[string], number>('SELECT open FROM run_files WHERE path = ?').pluck();
    this.selectHolder = scratch.prepare<[string], HeldRows>('SELECT phase, tables FROM run_files WHERE path = ?');
  }

  /** Reads the files of the run; `onOpen` is told what the ledger says of those that are loaded again. Resolves with their number. */
  async read(
    database: Database,
    runId: string,
    onOpen: (entry: FileEntry, sums: FileSums) => Promise<void>,
  ): Promise<number> {
    const open: [FileEntry, FileSums][] = [];
    for await (const page of database.ledgerRows({ kind: 'files-of-run', runId })) {
      for (const { report, counts, status } of page) {
        const entry: FileEntry = JSON.parse(String(report));
        const { unsettled, ...sums }: LedgerCounts = JSON.parse(String(counts));
        const isOpen = unsettled === true || status === 'displaced';
        this.insert.run(entry.path, isOpen ? 1 : 0, phaseOfEntry(entry, this.registry), JSON.stringify(sums.tables));
        if (isOpen) open.push([entry, sums]);
      }
    }
    for (const [entry, sums] of open) await onOpen(entry, sums);
    return open.length;
  }

  readonly isOpen = (path: string): boolean => this.selectOpen.get(path) === 1;

  /** What the run counted for a file until now. */
  readonly tablesOf = (path: string): FileSums['tables'] => JSON.parse(this.selectHolder.get(path)?.tables ?? '{}');

  /** Of two files of one phase the earlier by path keeps a key. Rows are taken away only if this run inserted them. */
  readonly precedence: Precedence = ({ root, children }, holders) => {
    const phases = holders.map((holder) => this.selectHolder.get(holder)?.phase ?? 0);
    if (phases.some((phase) => phase < this.phase)) return 'stays';
    const tables = [root, ...children.map(({ table }) => table)];
    const areNew = holders.some((holder) => {
      const counts = this.tablesOf(holder);
      return tables.every(({ name }) => isInserted(counts[name] ?? NO_ROWS));
    });
    return areNew ? 'vanishes' : 'yields';
  };
}

function phaseOfEntry({ path, dataset, datasets }: FileEntry, registry: Registry): number {
  const names = dataset === null ? [] : Object.keys(datasets ?? { [dataset]: null });
  return loadPhase(names, path, registry);
}

function isInserted({ updated, unchanged, kept }: RowCounts): boolean {
  return updated + unchanged + kept === 0;
}
