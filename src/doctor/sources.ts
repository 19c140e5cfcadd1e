import { type Check, type Finding, ok, warning } from '../databases/inspection.ts';
import { isUnexplained, UNRECOGNISED } from '../datasets/recognise.ts';
import { openScratch } from '../files/scratch.ts';
import { Inventory, restoreFile } from '../inventory/inventory.ts';
import type { SourceFile } from '../inventory/source.ts';
import { SourceRoot } from '../inventory/source-root.ts';
import type { RunSettings } from '../settings/settings.ts';
import { counted, formatBytes, formatCount } from '../system/quantities.ts';

/** What lies under the root, as a run takes it. */
export interface Sources {
  readonly root: string;
  readonly files: number;
  readonly bytes: number;
  /** Without files of tools and our own output, which no run reads or copies. */
  readonly inputBytes: number;
  /** All of which files hold records. */
  readonly needed: ReadonlySet<string>;
  /** How many files each dataset has, by its name. */
  readonly datasets: ReadonlyMap<string, number>;
  /** What a run does not load. */
  readonly others: ReadonlyMap<Other, Others>;
}

/** `explained` is what a run need not read. */
type Other = 'unreadable' | 'symlink' | 'special' | 'not read' | 'explained';

interface Others {
  count: number;
  readonly first: string;
}

const SOURCES: readonly Check<Sources>[] = [
  { name: 'sources', look: checkFiles },
  { name: 'unreadable sources', look: (sources) => checkOthers(sources, 'unreadable', UNREADABLE, BEGINNINGS) },
  { name: 'not read', look: (sources) => checkOthers(sources, 'not read', NOT_READ) },
  { name: 'links', look: (sources) => checkOthers(sources, 'symlink', LINKS) },
  { name: 'special files', look: (sources) => checkOthers(sources, 'special', SPECIAL) },
];

const UNREADABLE = 'Each will be a reject. `migrate-json scan` says what is wrong with them.';
const BEGINNINGS = 'none by its beginning; `migrate-json validate` reads every record to its end';
const NOT_READ = 'They look like data, and a run ends with exit code 1 unless --ignore or --exclude names them.';
const LINKS = 'Links are not followed. If data lies behind them, name its own directory as the root.';
const SPECIAL = 'Pipes, sockets and devices are not opened; a run lists them as not recognised.';

export function sourceChecks(sources: Sources): readonly Check<void>[] {
  return SOURCES.map((check) => ({ name: check.name, look: () => check.look(sources) }));
}

/** Looks at every file as `scan` does. */
export async function lookAtSources(
  root: string,
  settings: RunSettings,
  databaseFiles: readonly string[],
): Promise<Sources> {
  const scratch = openScratch(settings.tempDir);
  try {
    const inventory = new Inventory(scratch);
    const sources = new SourceRoot(root, {
      settings,
      databaseFiles,
      outputs: [],
      throwIfStopped: ignore,
    });
    await sources.examine({ inventory, isOwn: () => true });
    let [files, bytes, inputBytes] = [0, 0, 0];
    const datasets = new Map<string, number>();
    const others = new Map<Other, Others>();
    for (const stored of inventory.files()) {
      const file = restoreFile(stored, root);
      files++;
      bytes += file.bytes ?? 0;
      if (!isNoInput(file)) inputBytes += file.bytes ?? 0;
      if (file.verdict.kind === 'recognised') {
        datasets.set(file.verdict.dataset, (datasets.get(file.verdict.dataset) ?? 0) + 1);
        continue;
      }
      const other = otherOf(file);
      const known = others.get(other);
      if (known) known.count++;
      else others.set(other, { count: 1, first: firstOf(file) });
    }
    // A zip file is copied as it is.
    if (sources.zip !== undefined) inputBytes = sources.zip.bytes;
    return { root, files, bytes, inputBytes, needed: sources.datasets, datasets, others };
  } finally {
    scratch.close();
  }
}

function ignore(): void {}

function otherOf({ verdict }: SourceFile): Other {
  if (verdict.kind !== 'unrecognised') return 'unreadable';
  if (verdict.reason === 'symlink') return 'symlink';
  if (verdict.reason === 'not-a-regular-file') return 'special';
  return isUnexplained(verdict.reason) ? 'not read' : 'explained';
}

function isNoInput({ verdict }: SourceFile): boolean {
  return verdict.kind === 'unrecognised' && ['tool-files', 'own-output'].includes(verdict.reason);
}

function firstOf({ path, verdict }: SourceFile): string {
  if (verdict.kind === 'failed') return `${path}: ${verdict.finding.message}`;
  const isNamed = verdict.kind === 'unrecognised' && isUnexplained(verdict.reason) && verdict.reason !== 'symlink';
  return isNamed ? `${path}: ${UNRECOGNISED[verdict.reason]}` : path;
}

function checkFiles({ files, bytes, datasets, others }: Sources): Finding {
  if (files === 0)
    return warning('there is no file in this directory', 'Name the directory that holds the legacy JSON files.');
  const unreadable = others.get('unreadable')?.count ?? 0;
  const counts = [...datasets].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const named = counts.map(([name, count]) => `${formatCount(count)} ${name}`);
  const rest = files - unreadable - counts.reduce((sum, [, count]) => sum + count, 0);
  if (rest > 0) named.push(`${formatCount(rest)} not recognised`);
  if (unreadable > 0) named.push(`${formatCount(unreadable)} cannot be read`);
  const message = `${counted(files, 'file')}, ${formatBytes(bytes)}: ${named.join(', ')}`;
  if (datasets.size > 0) return ok(message);
  return warning(message, 'There is nothing to load. `migrate-json scan` says what each file was taken for.');
}

function checkOthers({ others }: Sources, kind: Other, hint: string, none = 'none'): Finding {
  const found = others.get(kind);
  if (found === undefined) return ok(none);
  return warning(`${formatCount(found.count)}, the first is ${found.first}`, hint);
}
