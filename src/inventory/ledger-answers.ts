import type { Registry } from '../datasets/registry.ts';
import { type FileStamp, sameStamp } from '../files/file-stamp.ts';
import { hashSmall } from '../files/small-source.ts';
import { hashFile } from '../files/source-file.ts';
import type { SourcePlace } from '../files/source-place.ts';
import { datasetsIn, type LedgerFile } from '../ledger/ledger.ts';

/** Files larger than this are hashed with a look at signals in between. */
const SMALL = 1024 * 1024;

export interface LedgerAnswersOptions {
  readonly registry: Registry;
  readonly only: readonly string[];
  readonly reload: boolean;
  readonly rehash: boolean;
  readonly fingerprintOf: (datasets: readonly string[]) => string;
  /** Files that are loaded again, whatever the ledger says of them. */
  readonly isOpen?: (path: string) => boolean;
  /** Whether a file of these datasets is loaded once, and never again: a table of theirs has rows and no key. */
  readonly isTakenOnce?: (datasets: readonly string[]) => boolean;
  /** What was rejected is loaded again. */
  readonly rejected?: unknown;
}

/** What follows from what the ledger says of a file. */
export class LedgerAnswers {
  private readonly options: LedgerAnswersOptions;

  constructor(options: LedgerAnswersOptions) {
    this.options = options;
  }

  /** The file has the bytes that were loaded. Hashes it where nothing else tells. */
  holdsLoadedBytes(known: LedgerFile, stamp: FileStamp, place: SourcePlace): boolean | Promise<boolean> {
    if (known.sha256 === null) return false;
    if (!this.options.rehash && known.stamp !== null && sameStamp(known.stamp, stamp)) return true;
    if (known.stamp?.bytes !== stamp.bytes) return false;
    if (stamp.bytes <= SMALL) return hashSmall(place, stamp) === known.sha256;
    return hashFile(place).then((hashed) => !('refused' in hashed) && hashed.sha256 === known.sha256);
  }

  /** With the same bytes there is nothing to do. */
  isDone(known: LedgerFile): boolean {
    if (known.status !== 'loaded' || (this.options.reload && !this.isTakenOnce(known))) return false;
    if (!this.isChosen(datasetsIn(known)) || this.options.isOpen?.(known.path)) return false;
    return this.isOfSameMapping(known);
  }

  /** An earlier run has loaded records of the file that nobody would know again. */
  isTakenOnce(known: LedgerFile): boolean {
    const { isTakenOnce, isOpen, rejected } = this.options;
    const isLoaded = known.status === 'loaded' || known.status === 'partial';
    if (isTakenOnce === undefined || !isLoaded || rejected || isOpen?.(known.path)) return false;
    const datasets = datasetsIn(known);
    return isTakenOnce(datasets) && this.isChosen(datasets);
  }

  /** Its datasets are declared as they were. */
  isOfSameMapping(known: LedgerFile): boolean {
    const datasets = datasetsIn(known);
    if (datasets.length === 0 || !datasets.every((name) => this.options.registry.find(name))) return false;
    return known.fingerprint === this.options.fingerprintOf(datasets);
  }

  private isChosen(datasets: readonly string[]): boolean {
    const { only } = this.options;
    return only.length === 0 || datasets.some((name) => only.includes(name));
  }
}
