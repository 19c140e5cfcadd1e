import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { Breath } from '../breath.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { datasetNamed, phaseOf } from '../datasets/index.ts';
import { type OwnerOptions, pathOwner } from '../datasets/owner.ts';
import { JOURNAL_NAME, MANIFEST_NAME, REJECTS_NAME } from '../files/output-directory.ts';
import { type FileStamp, hashFile, sameStamp, stampOf } from '../files/source-file.ts';
import type { Entry, Inventory, StoredFile } from '../inventory.ts';
import type { LedgerFile } from '../ledger/ledger.ts';
import { LedgerCursor } from '../ledger/ledger-cursor.ts';
import { failed, nameOf, recogniseFile } from '../recognise-file.ts';
import { fileType, type RecognisedFile, type SourceFile, type Verdict } from '../source.ts';

/** Directories that tools fill by themselves: what lies in them is listed, but never taken for data. */
const TOOL_DIRECTORIES = ['node_modules', '.git'];

export interface ScanOptions {
  readonly root: string;
  readonly only: readonly string[];
  readonly encoding: string;
  readonly owner: OwnerOptions;
  readonly reload: boolean;
  readonly rehash: boolean;
  /** Files that are examined at the same time. */
  readonly workers: number;
  /** Absolute paths that this run writes. */
  readonly outputs: readonly string[];
  readonly fingerprintOf: (dataset: Dataset) => string;
  /** Where several processes share the run: which files are this one's. What the others' are, it need not know. */
  readonly isOwn?: (path: string) => boolean;
}

/** Whether the root itself is the application's directory, so that what lies in it are no users. */
export function isApplication(inventory: Inventory): boolean {
  return inventory.hasBelow('conversations') || inventory.hasBelow('usage') || inventory.has('settings.json');
}

/** Looks at every listed file: what it is, whom it belongs to, whether the ledger has it. Verdicts go to the inventory. */
export async function scanFiles(
  inventory: Inventory,
  ledger: AsyncIterable<LedgerFile>,
  options: ScanOptions,
  onFile: (file: SourceFile) => void,
): Promise<void> {
  const known = new LedgerCursor(ledger, (gone) => {
    if (gone.archivedTo !== null) inventory.addArchived(gone.path, gone.runId);
  });
  const scanner = new Scanner(inventory, options);
  try {
    await scanPages(inventory, known, scanner, options.workers, onFile);
    await known.drain();
  } finally {
    await known.close();
  }
}

async function scanPages(
  inventory: Inventory,
  known: LedgerCursor,
  scanner: Scanner,
  workers: number,
  onFile: (file: SourceFile) => void,
): Promise<void> {
  const breath = new Breath();
  for (const page of inventory.entries()) {
    const verdicts: [SourceFile, string | null][] = [];
    for (const group of groupsOf(page, workers)) {
      const pairs: [Entry, LedgerFile | undefined][] = [];
      for (const entry of group) pairs.push([entry, await known.at(entry.path)]);
      verdicts.push(...(await Promise.all(pairs.map(([entry, ledgerFile]) => scanner.examine(entry, ledgerFile)))));
    }
    await breath.take();
    for (const [file, heldBy] of verdicts) {
      const { verdict } = file;
      inventory.setVerdict(
        file.path,
        storeFile(file),
        heldBy,
        verdict.kind === 'recognised' ? phaseOf(verdict.dataset) : 0,
      );
      onFile(file);
    }
  }
}

function* groupsOf<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

class Scanner {
  private readonly options: ScanOptions;
  private readonly ownDirectories: readonly string[];
  private readonly owner: OwnerOptions;

  constructor(inventory: Inventory, options: ScanOptions) {
    this.options = options;
    this.ownDirectories = inventory.directoriesOf([MANIFEST_NAME, JOURNAL_NAME, REJECTS_NAME]);
    this.owner = options.owner;
  }

  /** The file with its verdict, and the run whose rows it still holds. */
  async examine(entry: Entry, known: LedgerFile | undefined): Promise<[SourceFile, string | null]> {
    const absolutePath = join(this.options.root, entry.path);
    const file = (verdict: Verdict, stamp: FileStamp | null = null): SourceFile => ({
      path: entry.path,
      absolutePath,
      bytes: stamp?.bytes ?? null,
      stamp,
      verdict,
    });
    const early = this.withoutOpening(entry, absolutePath);
    if (early) return [file(early, lstatStamp(absolutePath)), null];
    const stamp = lstatStamp(absolutePath);
    if (stamp === null) return [file(failed('unreadable-file', 'the file is no longer there')), null];
    const same = known !== undefined && (await this.holdsLoadedBytes(known, stamp, absolutePath));
    const heldBy = same && known ? known.runId : null;
    if (this.options.isOwn?.(entry.path) === false) {
      return [file({ kind: 'unrecognised', reason: 'excluded', skippedBy: 'shard' }, stamp), heldBy];
    }
    if (same && known && this.isDone(known)) return [file({ kind: 'unchanged', entry: known.entry }, stamp), heldBy];
    return [file(this.recogniseFile(entry.path, absolutePath), stamp), heldBy];
  }

  private withoutOpening(entry: Entry, absolutePath: string): Verdict | undefined {
    const unrecognised = (reason: string, skippedBy: string | null = null): Verdict => ({
      kind: 'unrecognised',
      reason,
      skippedBy,
    });
    if (entry.kind === 'unreadable-directory') return failed('unreadable-file', 'the directory cannot be read');
    if (entry.path.includes('\ufffd') && lstatStamp(absolutePath) === null && entry.kind === 'file') {
      return failed('file-name-not-utf8', 'the name of the file is not UTF-8');
    }
    if (this.isOwnOutput(entry.path, absolutePath)) return unrecognised('own-output');
    if (entry.kind === 'symlink') return unrecognised('symlink');
    if (entry.kind === 'special') return unrecognised('not-a-regular-file');
    if (!entry.chosen) return unrecognised('excluded', 'include-exclude');
    return fileType(nameOf(entry.path)) ? undefined : unrecognised('not-json');
  }

  private isOwnOutput(path: string, absolutePath: string): boolean {
    if (path.split('/').some((segment) => TOOL_DIRECTORIES.includes(segment))) return true;
    if (this.ownDirectories.some((directory) => path.startsWith(directory))) return true;
    return this.options.outputs.some((output) => absolutePath === output || absolutePath.startsWith(`${output}/`));
  }

  private async holdsLoadedBytes(known: LedgerFile, stamp: FileStamp, absolutePath: string): Promise<boolean> {
    if (known.sha256 === null) return false;
    if (!this.options.rehash && known.stamp !== null && sameStamp(known.stamp, stamp)) return true;
    if (known.stamp?.bytes !== stamp.bytes) return false;
    const hashed = await hashFile(absolutePath);
    return !('refused' in hashed) && hashed.sha256 === known.sha256;
  }

  private isDone(known: LedgerFile): boolean {
    const dataset = known.dataset === null ? undefined : datasetNamed(known.dataset);
    if (this.options.reload || known.status !== 'loaded' || dataset === undefined) return false;
    if (this.options.only.length > 0 && !this.options.only.includes(dataset.name)) return false;
    return known.fingerprint === this.options.fingerprintOf(dataset);
  }

  private recogniseFile(path: string, absolutePath: string): Verdict {
    const found = recogniseFile(path, absolutePath, this.options.encoding);
    if (found.kind !== 'found') return found;
    const { only } = this.options;
    if (only.length > 0 && !only.includes(found.dataset.name)) {
      return { kind: 'unrecognised', reason: 'excluded', skippedBy: 'only' };
    }
    const owner = pathOwner(found.parts, found.container.kind === 'map', this.owner);
    const { dataset, container, reason, compression } = found;
    return { kind: 'recognised', dataset, container, reason, compression, owner };
  }
}

function lstatStamp(absolutePath: string): FileStamp | null {
  try {
    return stampOf(lstatSync(absolutePath, { bigint: true }));
  } catch {
    return null;
  }
}

/** The form that the inventory keeps: datasets by name. */
function storeFile(file: SourceFile): StoredFile {
  const { verdict } = file;
  return {
    path: file.path,
    bytes: file.bytes,
    stamp: file.stamp,
    verdict: verdict.kind === 'recognised' ? { ...verdict, dataset: verdict.dataset.name } : verdict,
  };
}

export function restoreFile(stored: StoredFile, root: string): SourceFile {
  const verdict = stored.verdict as
    | Exclude<Verdict, RecognisedFile>
    | (Omit<RecognisedFile, 'dataset'> & { dataset: string });
  const absolutePath = join(root, stored.path);
  if (verdict.kind !== 'recognised') return { ...stored, absolutePath, verdict };
  const dataset = datasetNamed(verdict.dataset);
  if (dataset === undefined) throw new TypeError(`no dataset ${verdict.dataset}`);
  return { ...stored, absolutePath, verdict: { ...verdict, dataset } };
}
