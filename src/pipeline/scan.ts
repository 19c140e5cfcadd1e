import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { Breath } from '../breath.ts';
import type { Dataset } from '../datasets/dataset.ts';
import { datasetNamed, phaseOf } from '../datasets/index.ts';
import { type OwnerOptions, pathOwner } from '../datasets/owner.ts';
import { type FileStamp, hashFile, hashSmall, sameStamp, stampOf } from '../files/source-file.ts';
import type { Entry } from '../files/walk.ts';
import type { Inventory, StoredFile } from '../inventory.ts';
import type { LedgerFile } from '../ledger/ledger.ts';
import { LedgerCursor } from '../ledger/ledger-cursor.ts';
import { failed, nameOf, recogniseFile } from '../recognise-file.ts';
import { fileType, type RecognisedFile, type SourceFile, type Verdict } from '../source.ts';

/** Files larger than this are hashed with a look at signals in between. */
const SMALL = 1024 * 1024;

export interface ScanOptions {
  readonly root: string;
  readonly only: readonly string[];
  readonly encoding: string;
  readonly owner: OwnerOptions;
  readonly reload: boolean;
  readonly rehash: boolean;
  readonly isChosen: (path: string) => boolean;
  readonly fingerprintOf: (dataset: Dataset) => string;
}

/** Is told what became of each path, by path. */
export interface ScanListener {
  readonly onFile: (file: SourceFile) => void;
  /** The ledger has the file as loaded, with the same bytes and options. */
  readonly onUnchanged: (known: LedgerFile) => void;
}

/** Looks at every listed file: what it is, whom it belongs to, whether the ledger has it. The inventory keeps it. */
export async function scanFiles(
  entries: Iterable<Entry>,
  inventory: Inventory,
  ledger: AsyncIterable<readonly LedgerFile[]>,
  options: ScanOptions,
  listener: ScanListener,
): Promise<void> {
  const known = new LedgerCursor(ledger, (gone) => {
    if (gone.archivedTo !== null) inventory.addArchived(gone.path, gone.runId);
  });
  const scanner = new Scanner(inventory, options, listener);
  const breath = new Breath();
  try {
    for (const entry of entries) {
      while (!known.pass(entry.path)) await known.nextPage();
      const hashing = scanner.examine(entry, known.take(entry.path));
      if (hashing !== undefined) await hashing;
      if (breath.isDue) await breath.take();
    }
    await known.drain();
  } finally {
    await known.close();
  }
}

class Scanner {
  private readonly inventory: Inventory;
  private readonly options: ScanOptions;
  private readonly listener: ScanListener;

  constructor(inventory: Inventory, options: ScanOptions, listener: ScanListener) {
    this.inventory = inventory;
    this.options = options;
    this.listener = listener;
  }

  /** Waits for nothing but the hash of a large file. */
  examine(entry: Entry, known: LedgerFile | undefined): Promise<void> | void {
    const stamp = lstatStamp(entry.absolutePath);
    const early = this.withoutOpening(entry, stamp);
    if (early || stamp === null) return this.conclude(entry, stamp, early ?? GONE, null);
    const same = known !== undefined && this.holdsLoadedBytes(known, stamp, entry.absolutePath);
    const decide = (isSame: boolean): void => this.decide(entry, stamp, isSame ? known : undefined);
    return typeof same === 'boolean' ? decide(same) : same.then(decide);
  }

  /** `held` is what the ledger has of the same bytes. */
  private decide(entry: Entry, stamp: FileStamp, held: LedgerFile | undefined): void {
    if (held !== undefined && this.isDone(held)) {
      this.inventory.addUnchanged(entry.path, held.runId, held.entry);
      this.listener.onUnchanged(held);
    } else {
      this.conclude(entry, stamp, this.recogniseFile(entry), held?.runId ?? null);
    }
  }

  /** `heldBy` is the run whose rows the file still holds. */
  private conclude(entry: Entry, stamp: FileStamp | null, verdict: Verdict, heldBy: string | null): void {
    const { path, absolutePath } = entry;
    const file: SourceFile = { path, absolutePath, bytes: stamp?.bytes ?? null, stamp, verdict };
    const phase = verdict.kind === 'recognised' ? phaseOf(verdict.dataset) : 0;
    this.inventory.add({ path, stamp, verdict: storeVerdict(verdict) }, phase, heldBy);
    this.listener.onFile(file);
  }

  private withoutOpening(entry: Entry, stamp: FileStamp | null): Verdict | undefined {
    const { path, kind } = entry;
    if (kind === 'unreadable-directory') return failed('unreadable-file', 'the directory cannot be read');
    if (stamp === null && kind === 'file' && path.includes('\ufffd')) {
      return failed('file-name-not-utf8', 'the name of the file is not UTF-8');
    }
    if (entry.isOwnOutput) return unrecognised('own-output');
    if (kind === 'symlink') return unrecognised('symlink');
    if (kind === 'special') return unrecognised('not-a-regular-file');
    if (!this.options.isChosen(path)) return unrecognised('excluded', 'include-exclude');
    return fileType(nameOf(path)) ? undefined : unrecognised('not-json');
  }

  private holdsLoadedBytes(known: LedgerFile, stamp: FileStamp, absolutePath: string): boolean | Promise<boolean> {
    if (known.sha256 === null) return false;
    if (!this.options.rehash && known.stamp !== null && sameStamp(known.stamp, stamp)) return true;
    if (known.stamp?.bytes !== stamp.bytes) return false;
    if (stamp.bytes <= SMALL) return hashSmall(absolutePath, stamp) === known.sha256;
    return hashFile(absolutePath).then((hashed) => !('refused' in hashed) && hashed.sha256 === known.sha256);
  }

  private isDone(known: LedgerFile): boolean {
    const dataset = known.dataset === null ? undefined : datasetNamed(known.dataset);
    if (this.options.reload || known.status !== 'loaded' || dataset === undefined) return false;
    if (this.options.only.length > 0 && !this.options.only.includes(dataset.name)) return false;
    return known.fingerprint === this.options.fingerprintOf(dataset);
  }

  private recogniseFile({ path, absolutePath }: Entry): Verdict {
    const found = recogniseFile(path, absolutePath, this.options.encoding);
    if (found.kind !== 'found') return found;
    const { only } = this.options;
    if (only.length > 0 && !only.includes(found.dataset.name)) return unrecognised('excluded', 'only');
    const owner = pathOwner(found.parts, found.container.kind === 'map', this.options.owner);
    const { dataset, container, reason, compression } = found;
    return { kind: 'recognised', dataset, container, reason, compression, owner };
  }
}

const GONE = failed('unreadable-file', 'the file is no longer there');

function unrecognised(reason: string, skippedBy: string | null = null): Verdict {
  return { kind: 'unrecognised', reason, skippedBy };
}

function lstatStamp(absolutePath: string): FileStamp | null {
  try {
    return stampOf(lstatSync(absolutePath, { bigint: true }));
  } catch {
    return null;
  }
}

/** The form that the inventory keeps: datasets by name. */
function storeVerdict(verdict: Verdict): string {
  return JSON.stringify(verdict.kind === 'recognised' ? { ...verdict, dataset: verdict.dataset.name } : verdict);
}

/** Verdicts by their stored form: those of a directory are mostly the same. */
const restored = new Map<string, Verdict>();
const MOST_RESTORED = 1000;

function restoreVerdict(text: string): Verdict {
  const known = restored.get(text);
  if (known !== undefined) return known;
  const parsed: Exclude<Verdict, RecognisedFile> | (Omit<RecognisedFile, 'dataset'> & { dataset: string }) =
    JSON.parse(text);
  const verdict = parsed.kind === 'recognised' ? { ...parsed, dataset: requireDataset(parsed.dataset) } : parsed;
  if (restored.size === MOST_RESTORED) restored.clear();
  restored.set(text, verdict);
  return verdict;
}

function requireDataset(name: string): Dataset {
  const dataset = datasetNamed(name);
  if (dataset === undefined) throw new TypeError(`no dataset ${name}`);
  return dataset;
}

/** A file that something is to be done with, as the inventory gives it back. */
export function restoreFile({ path, stamp, verdict }: StoredFile, root: string): SourceFile {
  if (verdict === null) throw new TypeError(`nothing is to be done with ${path}`);
  return {
    path,
    absolutePath: join(root, path),
    bytes: stamp?.bytes ?? null,
    stamp,
    verdict: restoreVerdict(verdict),
  };
}
