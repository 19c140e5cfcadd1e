/** What the sources and the database of a sequence should hold: JSON and rows, and nothing of how the program works. */

/** A row by its columns that count: a metric's value, or a conversation's title and messages. */
export type RowValue = string;

/** What a run did to a row: the value before, null where it made the row, and the value that it left. */
interface Change {
  readonly before: RowValue | null;
  readonly after: RowValue;
}

interface ModelRun {
  readonly id: string;
  readonly changes: Map<string, Change>;
  /** Content of the files that it loaded. */
  readonly files: Map<string, string>;
  /** The keys of all records that it loaded. */
  readonly keys: Set<string>;
  isUndone: boolean;
}

/** The records of a file, by the key of their row. Every key belongs to one file. */
export type Records = ReadonlyMap<string, RowValue>;

export class Model {
  readonly files = new Map<string, Records>();
  /** Every row of the tables, also those of the application. */
  readonly rows = new Map<string, RowValue>();
  readonly runs: ModelRun[] = [];
  /** Where files were moved to, by the directory of the archive. */
  readonly archives = new Map<string, Map<string, Records>>();

  /** What a run has to do. Returns the paths of the files that it loads, in order. */
  run(id: string): readonly string[] {
    const run: ModelRun = { id, changes: new Map(), files: new Map(), keys: new Set(), isUndone: false };
    const loads = [...this.files].filter(([path, records]) => !this.isSkipped(path, records)).sort(byPath);
    for (const [path, records] of loads) {
      run.files.set(path, textOf(records));
      for (const [key, value] of records) {
        const before = this.rows.get(key) ?? null;
        if (before !== value) run.changes.set(key, { before, after: value });
        this.rows.set(key, value);
        run.keys.add(key);
      }
    }
    this.runs.push(run);
    return loads.map(([path]) => path);
  }

  /** Other rows are the application's. */
  wasLoaded(key: string): boolean {
    return this.runs.some(({ keys }) => keys.has(key));
  }

  /** Files that a run leaves where they are although --archive is given: some of their rows are gone. */
  staysAtArchive(path: string): boolean {
    return [...(this.files.get(path)?.keys() ?? [])].some((key) => !this.rows.has(key));
  }

  /** Whether a later run made or changed one of the rows: then that one has to be undone first. */
  isRefused(run: ModelRun): boolean {
    const later = this.runs.slice(this.runs.indexOf(run) + 1).filter(({ isUndone }) => !isUndone);
    return later.some(({ changes }) => [...changes.keys()].some((key) => run.changes.has(key)));
  }

  /** Returns how many rows stay because somebody changed them. */
  undo(run: ModelRun): number {
    let kept = 0;
    for (const [key, { before, after }] of run.changes) {
      const now = this.rows.get(key);
      if (now === undefined) continue;
      if (now !== after) kept++;
      else if (before === null) this.rows.delete(key);
      else this.rows.set(key, before);
    }
    run.isUndone = true;
    run.files.clear();
    run.keys.clear();
    // What later runs only met is loaded again as well.
    for (const other of this.runs)
      for (const [path, text] of other.files)
        if (keysIn(text).some((key) => run.changes.has(key))) other.files.delete(path);
    return kept;
  }

  private isSkipped(path: string, records: Records): boolean {
    const last = this.runs.findLast(({ files }) => files.has(path));
    if (last?.files.get(path) !== textOf(records)) return false;
    const table = tableOf(path);
    const loaded = this.runs.flatMap(({ keys }) => [...keys]).filter((key) => tableOf(key) === table);
    const isEmptied = !loaded.some((key) => this.rows.has(key));
    const gone = [...records.keys()].filter((key) => !this.rows.has(key)).length;
    return !isEmptied && !(gone === records.size && gone > 1);
  }
}

export function tableOf(name: string): 'metrics' | 'conversations' {
  return name.startsWith('metrics') ? 'metrics' : 'conversations';
}

function byPath([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}

function textOf(records: Records): string {
  return JSON.stringify([...records]);
}

function keysIn(text: string): readonly string[] {
  return (JSON.parse(text) as [string, RowValue][]).map(([key]) => key);
}
