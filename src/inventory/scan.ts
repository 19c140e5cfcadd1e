import { lstatSync } from 'node:fs';
import { type OwnerOptions, pathOwner } from '../datasets/owner.ts';
import { isUnexplained } from '../datasets/recognise.ts';
import { type FileStamp, stampOf } from '../files/file-stamp.ts';
import { isEntry, type SourcePlace } from '../files/source-place.ts';
import type { Entry } from '../files/walk.ts';
import type { Container } from '../json/split.ts';
import type { LedgerFile } from '../ledger/ledger.ts';
import { LedgerCursor } from '../ledger/ledger-cursor.ts';
import { EventLoopTurn } from '../system/yield-to-event-loop.ts';
import type { Holders, Inventory } from './inventory.ts';
import { LedgerAnswers, type LedgerAnswersOptions } from './ledger-answers.ts';
import { loadPhase } from './load-phase.ts';
import { type FilePlace, type FoundFile, failed, type NotData, recogniseFile } from './recognise-file.ts';
import type { RejectsDirectory, Told } from './rejects-directory.ts';
import { containerOf, datasetsOf, type SourceFile, type Verdict } from './source.ts';
import { unrecognised, verdictUnopened } from './verdict-unopened.ts';

export interface ScanOptions extends Omit<LedgerAnswersOptions, 'rejected'> {
  readonly root: string;
  readonly encoding: string;
  readonly owner: OwnerOptions;
  /** What leaves a path out, if anything does. */
  readonly leftOutBy: (path: string) => 'ignore' | 'include-exclude' | undefined;
  /** Files of tools that --include names. */
  readonly isNamed: (path: string) => boolean;
  /** Recognises files in other threads, where there are many. */
  readonly recognise?: (files: readonly FilePlace[]) => Promise<readonly (FoundFile | NotData)[]>;
  /** Where several processes share the run: which files are this one's. What the others' are, it need not know. */
  readonly isOwn?: (path: string) => boolean;
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
  private readonly answers: LedgerAnswers;
  private recognised = 0;
  /** Files that wait for the others of their group. */
  private waiting: Undecided[] = [];
  private readonly underWay: Promise<void>[] = [];

  constructor(inventory: Inventory, options: ScanOptions, listener: ScanListener) {
    this.inventory = inventory;
    this.options = options;
    this.listener = listener;
    this.answers = new LedgerAnswers(options);
  }

  /** Waits for nothing but the hash of a large file. */
  examine(entry: Entry, known: LedgerFile | undefined): Promise<void> | void {
    const stamp = entry.stamp ?? lstatStamp(entry.absolutePath);
    const early = verdictUnopened(entry, stamp, this.options);
    const once = known !== undefined && this.answers.isTakenOnce(known) ? known : undefined;
    if (early || stamp === null) return this.conclude(entry, stamp, early ?? GONE, undefined, once);
    const same = known !== undefined && this.answers.holdsLoadedBytes(known, stamp, entry.place);
    const decide = (isSame: boolean): void => this.decide({ entry, stamp, held: isSame ? known : undefined, once });
    return typeof same === 'boolean' ? decide(same) : same.then(decide);
  }

  /** `held` is what the ledger has of the same bytes. */
  private decide(file: Undecided): void {
    const { entry, stamp, held, once } = file;
    if (this.options.isOwn?.(entry.path) === false) this.conclude(entry, stamp, OF_OTHERS, held);
    else if (once !== undefined && (held === undefined || !this.answers.isOfSameMapping(once)))
      this.conclude(entry, stamp, LOADED_BEFORE, held, once);
    else if (held !== undefined && this.answers.isDone(held)) {
      this.inventory.addUnchanged(entry.path, held, held.entry);
      this.listener.onUnchanged(held);
    } else this.recognise(file);
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
  private conclude(
    entry: Entry,
    stamp: FileStamp | null,
    found: Verdict,
    held: Holders | undefined,
    once?: LedgerFile,
  ): void {
    const { path, place } = entry;
    const silenced = this.silenced(found);
    const verdict: Verdict = once && silenced.kind !== 'recognised' ? { ...silenced, staysLoaded: true } : silenced;
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

  private concludeFound({ entry, stamp, held, once }: Undecided, found: ReturnType<typeof recogniseFile>): void {
    this.conclude(entry, stamp, this.verdictOn(found), held, once);
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
  readonly held: LedgerFile | undefined;
  /** What the ledger has of a file that is loaded once. */
  readonly once: LedgerFile | undefined;
}

const OF_OTHERS = unrecognised('excluded', 'shard');
const LOADED_BEFORE = failed(
  'loaded-before',
  'an earlier run has loaded this file under other bytes or another declaration, into a table without a key',
);
const GONE = failed('unreadable-file', 'the file is no longer there');

function lstatStamp(absolutePath: string): FileStamp | null {
  try {
    return stampOf(lstatSync(absolutePath, { bigint: true }));
  } catch {
    return null;
  }
}
