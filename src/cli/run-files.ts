import type { Database } from '../databases/database.ts';
import { canonicalJson } from '../json/canonical.ts';
import type { LedgerCounts } from '../report/ledger-entry.ts';
import type { FileEntry, RecordCounts } from '../report/report.ts';
import { counted, listWidth, TableLayout } from './format.ts';
import { printable } from './terminal.ts';

/** Files that a terminal shows; `--verbose` and `--json` have all, and so has a pipe. */
const MOST = 200;

const HEAD = ['path', 'status', 'dataset', 'read', 'loaded', 'rejected'];
const LEFT = [1, 2];

/** What nobody need look at. */
const GOOD: readonly string[] = ['loaded', 'unchanged', 'unrecognised'];

/** What became of a file. Most of it is parsed only where somebody looks at it. */
export interface RunFile {
  readonly path: string;
  readonly status: string;
  readonly dataset: string;
  readonly counts: LedgerCounts;
  readonly entry: FileEntry;
}

/** The files of a run, page by page: there may be a million of them. */
export async function* filesOfRun(database: Database, runId: string): AsyncGenerator<RunFile> {
  for await (const page of database.ledgerRows({ kind: 'files-of-run', runId })) {
    for (const { path, status, dataset, report, counts } of page) {
      yield {
        path: String(path),
        status: String(status),
        dataset: String(dataset ?? ''),
        get counts() {
          return JSON.parse(String(counts));
        },
        get entry() {
          const { unsettled: _settled, ...sums } = this.counts;
          return JSON.parse(canonicalJson({ ...JSON.parse(String(report)), ...sums, status }));
        },
      };
    }
  }
}

export async function* filesAsJson(files: AsyncIterable<RunFile>): AsyncGenerator<string> {
  let between = '[\n  ';
  for await (const { entry } of files) {
    yield `${between}${JSON.stringify(entry, null, 2).replaceAll('\n', '\n  ')}`;
    between = ',\n  ';
  }
  yield between === ',\n  ' ? '\n]\n' : '[]\n';
}

/** Nothing where there is no file. `files` is asked for again and again: none of them is kept. */
export async function* filesAsText(files: () => AsyncIterable<RunFile>, isVerbose: boolean): AsyncGenerator<string> {
  const layout = new TableLayout(LEFT, listWidth());
  layout.note(HEAD);
  const isShown = await choice(files, isVerbose || !process.stdout.isTTY ? Number.POSITIVE_INFINITY : MOST);
  let [shown, left] = [0, 0];
  for await (const file of files()) if (isShown(file)) for (const row of rowsOf(file)) layout.note(row);
  for await (const file of files()) {
    if (!isShown(file)) {
      left++;
      continue;
    }
    if (shown++ === 0) yield `${layout.draw(HEAD)}\n`;
    for (const row of rowsOf(file)) yield `${layout.draw(row)}\n`;
  }
  if (left > 0) yield `and ${counted(left, 'more file')}: --verbose lists ${left === 1 ? 'it' : 'all of them'}\n`;
}

/** Which are shown: those that somebody should look at go first. */
async function choice(files: () => AsyncIterable<RunFile>, most: number): Promise<(file: RunFile) => boolean> {
  if (most === Number.POSITIVE_INFINITY) return () => true;
  const [bad, good] = [new Set<string>(), new Set<string>()];
  for await (const { path, status } of files()) {
    const paths = GOOD.includes(status) ? good : bad;
    if (paths.size < most) paths.add(path);
  }
  const shown = new Set([...bad, ...good].slice(0, most));
  return ({ path }) => shown.has(path);
}

function rowsOf({ path, status, dataset, counts: { records, datasets = {} } }: RunFile): string[][] {
  const name = Object.keys(datasets).length > 0 ? 'all' : dataset;
  return [
    [printable(path), status, name, ...numbersOf(records)],
    ...Object.entries(datasets).map(([each, of]) => ['', '', each, ...numbersOf(of)]),
  ];
}

function numbersOf({ read, loaded, rejected }: RecordCounts): string[] {
  return [read, loaded, rejected].map(String);
}
