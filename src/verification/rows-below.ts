import type { Scratch } from '../files/scratch.ts';
import type { LedgerFile } from '../ledger/ledger.ts';
import type { FileCounts } from '../report/tally.ts';
import type { DeclaredTables } from '../schema/declared-tables.ts';
import { counted } from '../system/quantities.ts';

/**
 * How many child rows are there below the rows of each file, beside how many the file has. Rows that the application added under
 * numbers of their own count as well, and hide as many that it deleted.
 */
export class RowsBelow {
  private readonly childTables: ReadonlySet<string>;
  private readonly insert;
  private readonly select;

  constructor(scratch: Scratch, declared: DeclaredTables) {
    this.childTables = new Set(declared.groups.flatMap(({ children }) => children.map(({ name }) => name)));
    scratch.exec('CREATE TABLE rows_below (part INTEGER PRIMARY KEY, rows INTEGER)');
    this.insert = scratch.prepare(
      'INSERT INTO rows_below VALUES (?, ?) ON CONFLICT (part) DO UPDATE SET rows = rows + excluded.rows',
    );
    this.select = scratch.prepare<[number], number>('SELECT rows FROM rows_below WHERE part = ?').pluck();
  }

  /** Below one row of a part of a file. */
  add(part: number, rows: number): void {
    if (rows > 0) this.insert.run(part, rows);
  }

  of(part: number): number {
    return this.select.get(part) ?? 0;
  }

  /** How many the file has that are not among those which are there. */
  gone({ counts }: LedgerFile, there: number): number {
    const { tables = {} }: Partial<FileCounts> = JSON.parse(counts);
    const loaded = Object.entries(tables).map(([name, { inserted, updated, unchanged }]) =>
      this.childTables.has(name) ? inserted + updated + unchanged : 0,
    );
    return Math.max(0, loaded.reduce((sum, each) => sum + each, 0) - there);
  }
}

const STAY_GONE = 'the application deleted them, and they stay deleted until --reload; the file is not archived';

/** What is gone of a file that is not loaded again, for people: records that have no row, or else rows below those of records. */
export function goneWords({ gone, below }: { readonly gone: number; readonly below: number }): readonly string[] {
  if (gone > 0) return [`${gone} of its records have no row any more: ${STAY_GONE}`];
  return below > 0
    ? [`${counted(below, 'row')} below those of its records ${below === 1 ? 'is' : 'are'} gone: ${STAY_GONE}`]
    : [];
}
