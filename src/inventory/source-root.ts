import { type FileStamp, stampAt } from '../files/file-stamp.ts';
import { isZip } from '../files/open-tree.ts';
import { datasetsIn, type LedgerFile } from '../ledger/ledger.ts';
import { mappingFingerprints } from '../settings/mapping-fingerprint.ts';
import type { RunSettings } from '../settings/settings.ts';
import { type Inventory, restoreFile } from './inventory.ts';
import { listFiles } from './list.ts';
import type { FilePlace, FoundFile, NotData } from './recognise-file.ts';
import type { RejectsDirectory } from './rejects-directory.ts';
import { scanFiles } from './scan.ts';
import { datasetsOf, type SourceFile } from './source.ts';

export interface SourceRootOptions {
  readonly settings: RunSettings;
  /** Files of the database: they are never sources. */
  readonly databaseFiles: readonly string[];
  /** What this run writes. */
  readonly outputs: readonly string[];
  /** The root is a directory of rejects. */
  readonly rejected?: RejectsDirectory | undefined;
  /** The root is a backup or an archive, which is read all the same. */
  readonly isCopy?: boolean;
  /** Recognises files in other threads, where there are many. */
  readonly recognise?: (files: readonly FilePlace[]) => Promise<readonly (FoundFile | NotData)[]>;
  /** Is told from time to time how many files were listed, and how many bytes they have. */
  readonly onListed?: (files: number, bytes: number) => void;
  /** Is told the path of every file that is there. */
  readonly onPath?: (path: string) => void;
  /** Called between two files: may end the work by throwing. */
  readonly throwIfStopped: () => void;
}

/** The files that are gone through together. */
export interface Examined {
  readonly inventory: Inventory;
  /** Which files are examined at all. */
  readonly isOwn: (path: string) => boolean;
  /** Files that are loaded again, whatever the ledger says of them. */
  readonly isOpen?: (path: string) => boolean;
  /** See `ScanOptions`. */
  readonly isTakenOnce?: (datasets: readonly string[]) => boolean;
}

/** The directory with the legacy files: what lies in it, and what each file was taken for. */
export class SourceRoot {
  readonly path: string;
  /** Of the mappings of datasets with the options of this run. Valid after `examine`. */
  readonly fingerprintOf: (datasets: readonly string[]) => string;
  /** Of the recognised files of the last `examine`. */
  bytesToCheck = 0;
  /** Those of which the last `examine` found files, also files that the ledger has as loaded. */
  readonly datasets = new Set<string>();
  /** Files that the ledger does not have as loaded, of the last `examine`. */
  toLoad = { files: 0, bytes: 0 };
  private readonly options: SourceRootOptions;
  /** See `OwnerOptions`. Valid after `examine`. */
  isApplication = false;
  hasSettings = false;
  /** Of a root that is a zip file, as the last `examine` found it. */
  zip: FileStamp | undefined;

  constructor(path: string, options: SourceRootOptions) {
    this.path = path;
    this.options = options;
    this.fingerprintOf = mappingFingerprints(options.settings, () => this.kind);
  }

  /** Lists the files and looks at each of them, but for those that the ledger has as loaded. The inventory keeps them. */
  async examine(
    { inventory, isOwn, isOpen, isTakenOnce }: Examined,
    ledger: AsyncIterable<readonly LedgerFile[]> = nothing(),
    onUnchanged: (known: LedgerFile) => void = () => undefined,
  ): Promise<void> {
    const {
      settings,
      databaseFiles: never,
      outputs,
      rejected,
      isCopy = false,
      recognise,
      onListed,
      throwIfStopped,
      onPath,
    } = this.options;
    this.zip = isZip(this.path) ? await stampAt(this.path) : undefined;
    this.bytesToCheck = 0;
    this.datasets.clear();
    let [files, left, bytes] = [0, 0, 0];
    const selection = { ...settings, never, outputs, isOwnInput: isCopy || rejected !== undefined };
    const { entries, leftOutBy, isNamed, ...kind } = await listFiles(this.path, selection, inventory);
    this.isApplication = rejected?.rootIsApplication ?? kind.isApplication;
    this.hasSettings = rejected?.rootHasSettings ?? kind.hasSettings;
    const { layout, user } = settings;
    const scanOptions = {
      ...settings,
      leftOutBy,
      isNamed,
      owner: { layout, user, rootIsApplication: this.isApplication, rootHasSettings: this.hasSettings },
      fingerprintOf: this.fingerprintOf,
      ...(recognise && { recognise }),
      isOwn,
      ...(isOpen && { isOpen }),
      ...(isTakenOnce && { isTakenOnce }),
      ...(rejected && { rejected }),
    };
    const countFile = (file?: SourceFile): void => {
      throwIfStopped();
      if (file) onPath?.(file.path);
      if (file && !isOwn(file.path)) return;
      files++;
      if (file) left++;
      bytes += file?.bytes ?? 0;
      if (file?.verdict.kind === 'recognised') {
        this.bytesToCheck += file.bytes ?? 0;
        for (const name of datasetsOf(file.verdict)) this.datasets.add(name);
      }
      if (files % 500 === 0) onListed?.(files, bytes);
    };
    await scanFiles(
      rejected ? Iterator.from(entries).filter(rejected.isSource) : entries,
      inventory,
      ledger,
      scanOptions,
      {
        onFile: countFile,
        onUnchanged: (known) => {
          onPath?.(known.path);
          countFile();
          for (const name of datasetsIn(known)) this.datasets.add(name);
          onUnchanged(known);
        },
      },
    );
    this.toLoad = { files: left, bytes };
  }

  /** What of the root itself decides who owns a file. */
  private get kind(): string {
    if (!this.isApplication) return 'plain';
    return this.hasSettings ? 'application with settings' : 'application';
  }

  /** The files of a phase of a pass, by path. */
  filesOf({ inventory }: Examined, phase: number): Generator<SourceFile> {
    const { path } = this;
    return (function* () {
      for (const stored of inventory.filesOf(phase)) yield restoreFile(stored, path);
    })();
  }
}

async function* nothing(): AsyncGenerator<never> {}
