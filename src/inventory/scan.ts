import { lstatSync } from 'node:fs';
import { type OwnerOptions, pathOwner } from '../datasets/owner.ts';
import { isUnexplained } from '../datasets/recognise.ts';
import type { Registry } from '../datasets/registry.ts';
import { type FileStamp, sameStamp, stampOf } from '../files/file-stamp.ts';
import { hashSmall } from '../files/small-source.ts';
import { hashFile } from '../files/source-file.ts';
import { isEntry, type SourcePlace } from '../files/source-place.ts';
import type { Entry } from '../files/walk.ts';
import type { Container } from '../json/split.ts';
import { datasetsIn, type LedgerFile } from '../ledger/ledger.ts';
import { LedgerCursor } from '../ledger/ledger-cursor.ts';
import { EventLoopTurn } from '../system/yield-to-event-loop.ts';
import type { Holders, Inventory } from './inventory.ts';
import { loadPhase } from './load-phase.ts';
import { type FilePlace, type FoundFile, failed, type NotData, recogniseFile } from './recognise-file.ts';
import type { RejectsDirectory, Told } from './rejects-directory.ts';
import { containerOf, datasetsOf, type SourceFile, type Verdict } from './source.ts';
import { unrecognised, verdictUnopened } from './verdict-unopened.ts';

/** Files larger than this are hashed with a look at signals in between. */
const SMALL = 1024 * 1024;

export interface ScanOptions {
  readonly root: string;
  readonly registry: Registry;
  readonly only: readonly string[];
  readonly encoding: string;
  readonly owner: OwnerOptions;
  readonly reload: boolean;
  readonly rehash: boolean;
  /** What leaves a path out, if anything does. */
  readonly leftOutBy: (path: string) => 'ignore' | 'include-exclude' | undefined;
  /** Files of tools that --include names. */
  readonly isNamed: (path: string) => boolean;
  readonly fingerprintOf: (datasets: readonly string[]) => string;
  /** Recognises files in other threads, where there are many. */
  readonly recognise?: (files: readonly FilePlace[]) => Promise<readonly (FoundFile | NotData)[]>;
  /** Where several processes share the run: which files are this one's. What the others' are, it need not know. */
  readonly isOwn?: (path: string) => boolean;
  /** Files that are loaded again, whatever the ledger says of them. */
  readonly isOpen?: (path: string) => boolean;
  /** Where what was rejected is loaded again: the reasons tell what it is, and whatever the ledger has stays held. */
  readonly rejected?: RejectsDirectory;
}

/** The first files are recognised at once: for a few, a thread would not be worth its start. */
const AT_ONCE = 300;
/** Files that go to a thread together, and how many such groups may be under way. */
const GROUP = 200;
const UNDER_WAY = 8;

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
    if (gone.archivedTo !== null || options.rejected) inventory.addArchived(gone.path, gone);
  });
  const scanner = new Scanner(inventory, options, listener);
  const turn = new EventLoopTurn();
  try {
    for (const entry of entries) {
      while (!known.pass(entry.path)) await known.nextPage();
      const hashing = scanner.examine(entry, known.take(entry.path));
      if (hashing !== undefined) await hashing;
      if (scanner.isAhead) await scanner.catchUp();
      if (turn.isDue) await turn.take();
    }
    await scanner.finish();
    await known.drain();
  } finally {
    await known.close();
  }
}

class Scanner {
  private readonly inventory: Inventory;
  private readonly options: ScanOptions;
  private readonly listener: ScanListener;
  private recognised = 0;
  /** Files that wait for the others of their group. */
  private waiting: Undecided[] = [];
  private readonly underWay: Promise<void>[] = [];

  constructor(inventory: Inventory, options: ScanOptions, listener: ScanListener) {
    this.inventory = inventory;
    this.options = options;
    this.listener = listener;
  }

  /** Waits for nothing but the hash of a large file. */
  examine(entry: Entry, known: LedgerFile | undefined): Promise<void> | void {
    const stamp = entry.stamp ?? lstatStamp(entry.absolutePath);
    const early = verdictUnopened(entry, stamp, this.options);
    if (early || stamp === null) return this.conclude(entry, stamp, early ?? GONE, undefined);
    const same = known !== undefined && this.holdsLoadedBytes(known, stamp, entry.place);
    const decide = (isSame: boolean): void => this.decide(entry, stamp, isSame ? known : undefined);
    return typeof same === 'boolean' ? decide(same) : same.then(decide);
  }

  /** `held` is what the ledger has of the same bytes. */
  private decide(entry: Entry, stamp: FileStamp, held: LedgerFile | undefined): void {
    if (this.options.isOwn?.(entry.path) === false) this.conclude(entry, stamp, OF_OTHERS, held);
    else if (held !== undefined && this.isDone(held)) {
      this.inventory.addUnchanged(entry.path, held, held.entry);
      this.listener.onUnchanged(held);
    } else this.recognise({ entry, stamp, held });
  }

  private recognise(file: Undecided): void {
    const { encoding, recognise, rejected, registry } = this.options;
    if (rejected) {
      this.concludeRejected(file, rejected.lookUp(file.entry));
      return;
    }
    if (recognise === undefined || this.recognised++ < AT_ONCE) {
      this.concludeFound(file, recogniseFile(file.entry, encoding, registry.datasets));
      return;
    }
    this.waiting.push(file);
    if (this.waiting.length === GROUP) this.sendWaiting(recognise);
  }

  private sendWaiting(recognise: NonNullable<ScanOptions['recognise']>): void {
    const files = this.waiting;
    this.waiting = [];
    const places = files.map(({ entry: { path, place } }) => ({ path, place }));
    const answered = recognise(places).then((found) => {
      for (const [index, file] of files.entries()) {
        const finding = found[index];
        if (finding) this.concludeFound(file, finding);
      }
    });
    // It is awaited below; until then a failure must not end the process.
    answered.catch(() => undefined);
    this.underWay.push(answered);
  }

  /** More is waiting for other threads than memory should hold. */
  get isAhead(): boolean {
    return this.underWay.length > UNDER_WAY;
  }

  async catchUp(): Promise<void> {
    await this.underWay.shift();
  }

  async finish(): Promise<void> {
    if (this.waiting.length > 0 && this.options.recognise) this.sendWaiting(this.options.recognise);
    while (this.underWay.length > 0) await this.catchUp();
  }

  /** `held` tells whose rows the file still holds. */
  private conclude(entry: Entry, stamp: FileStamp | null, found: Verdict, held: Holders | undefined): void {
    const { path, place } = entry;
    const verdict = this.silenced(found);
    const file: SourceFile = { path, place, bytes: stamp?.bytes ?? null, stamp, verdict };
    const phase = verdict.kind === 'recognised' ? loadPhase(datasetsOf(verdict), path, this.options.registry) : 0;
    this.inventory.add(
      { path, stamp, verdict: JSON.stringify(verdict), ...(isEntry(place) && { place }) },
      phase,
      held,
    );
    this.listener.onFile(file);
  }

  /** Who asks for some datasets only has explained everything else. */
  private silenced(verdict: Verdict): Verdict {
    if (this.options.only.length === 0 || verdict.kind !== 'unrecognised') return verdict;
    return isUnexplained(verdict.reason) ? unrecognised('excluded', 'only') : verdict;
  }

  private holdsLoadedBytes(known: LedgerFile, stamp: FileStamp, place: SourcePlace): boolean | Promise<boolean> {
    if (known.sha256 === null) return false;
    if (!this.options.rehash && known.stamp !== null && sameStamp(known.stamp, stamp)) return true;
    if (known.stamp?.bytes !== stamp.bytes) return false;
    if (stamp.bytes <= SMALL) return hashSmall(place, stamp) === known.sha256;
    return hashFile(place).then((hashed) => !('refused' in hashed) && hashed.sha256 === known.sha256);
  }

  private isDone(known: LedgerFile): boolean {
    if (this.options.reload || known.status !== 'loaded') return false;
    const datasets = datasetsIn(known);
    if (datasets.length === 0 || !datasets.every((name) => this.options.registry.find(name))) return false;
    const { only } = this.options;
    if (only.length > 0 && !datasets.some((name) => only.includes(name))) return false;
    if (this.options.isOpen?.(known.path)) return false;
    return known.fingerprint === this.options.fingerprintOf(datasets);
  }

  private concludeFound({ entry, stamp, held }: Undecided, found: ReturnType<typeof recogniseFile>): void {
    this.conclude(entry, stamp, this.verdictOn(found), held);
  }

  private concludeRejected({ entry, stamp, held }: Undecided, told: Told): void {
    const verdict = 'verdict' in told ? this.chosen(told.verdict) : this.verdictAt(told.path, entry.place);
    this.conclude(entry, stamp, verdict, held);
  }

  private verdictAt(path: string, place: SourcePlace): Verdict {
    const { encoding, registry } = this.options;
    return withOrigin(this.verdictOn(recogniseFile({ path, place }, encoding, registry.datasets)), path);
  }

  private chosen(verdict: Verdict): Verdict {
    const { only } = this.options;
    if (verdict.kind !== 'recognised' || only.length === 0) return verdict;
    const { dataset, container, others = [], elsewhere = [] } = verdict;
    const all = [{ dataset, container }, ...others];
    const [first, ...rest] = all.filter((each) => only.includes(each.dataset));
    if (first === undefined) return unrecognised('excluded', 'only');
    if (rest.length + 1 === all.length) return verdict;
    const left = all.filter((each) => !only.includes(each.dataset)).map((each) => memberOf(each.container));
    const chosen = { dataset: first.dataset, container: first.container, others: rest };
    return { ...verdict, ...chosen, elsewhere: [...elsewhere, ...left], isPart: true };
  }

  private verdictOn(found: ReturnType<typeof recogniseFile>): Verdict {
    if (found.kind !== 'found') return found;
    const owner = pathOwner(found.parts, found.container.kind === 'map', this.options.owner);
    const { kind: _found, parts: _parts, ...rest } = found;
    return this.chosen({ kind: 'recognised', ...rest, owner });
  }
}

/** A whole file that was recognised by the path that it had. */
function withOrigin(verdict: Verdict, path: string): Verdict {
  if (verdict.kind === 'failed') return { ...verdict, originalPath: path };
  if (verdict.kind !== 'recognised') return verdict;
  return { ...verdict, origin: { path, ...containerOf(verdict), record: null, key: null } };
}

function memberOf(container: Container): string {
  return container.kind === 'member' ? container.name : '';
}

/** A file of which the bytes have to tell what it is. */
interface Undecided {
  readonly entry: Entry;
  readonly stamp: FileStamp;
  readonly held: Holders | undefined;
}

const OF_OTHERS = unrecognised('excluded', 'shard');
const GONE = failed('unreadable-file', 'the file is no longer there');

function lstatStamp(absolutePath: string): FileStamp | null {
  try {
    return stampOf(lstatSync(absolutePath, { bigint: true }));
  } catch {
    return null;
  }
}
