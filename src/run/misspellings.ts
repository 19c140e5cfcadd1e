import type { Registry } from '../datasets/registry.ts';
import type { Verdict } from '../inventory/source.ts';
import { pathText } from '../json/split.ts';
import type { FileEntry } from '../report/report.ts';
import { similarName } from '../system/similar-name.ts';

/** Members without a column that are remembered of a dataset. */
const MOST_MEMBERS = 1000;

/**
 * What declarations name and no file has: members that no record had, and patterns that no path matches. Ignored, a misspelled
 * name would be a column without values, or data that nobody reads.
 */
export class Misspellings {
  private readonly registry: Registry;
  /** By dataset: patterns that no path has matched until now. */
  private readonly patterns: Map<string, Set<string>>;
  private readonly seen = new Map<string, Set<string>>();
  private readonly unmapped = new Map<string, Set<string>>();
  private readonly loaded = new Set<string>();
  /** Datasets that some file was read for, be it without records. */
  private readonly read = new Set<string>();
  /** The ways to the records of datasets, where no file has had the members on it until now. */
  private readonly nowhere = new Map<string, string>();
  private readonly somewhere = new Set<string>();
  /** Datasets of which not every file was read. */
  private readonly inPart = new Set<string>();

  constructor(registry: Registry) {
    this.registry = registry;
    const declared = registry.datasets.flatMap(({ name, filePatterns = [], isShipped = false }) =>
      filePatterns.length === 0 || isShipped ? [] : [[name, new Set(filePatterns.map(({ text }) => text))] as const],
    );
    this.patterns = new Map(declared);
  }

  /** A file is under the root. */
  notePath(path: string): void {
    for (const [name, open] of this.patterns) {
      for (const { text, matches } of this.registry.get(name).filePatterns ?? [])
        if (open.has(text) && matches(path)) open.delete(text);
      if (open.size === 0) this.patterns.delete(name);
    }
  }

  /** The ledger has these datasets of a file, which is not read. */
  noteUnread(datasets: readonly string[]): void {
    for (const name of datasets) this.inPart.add(name);
  }

  noteSeen(members: readonly (readonly [dataset: string, member: string])[]): void {
    for (const [dataset, member] of members) setOf(this.seen, dataset).add(member);
  }

  noteFile({ dataset, datasets, status, records, unmapped }: FileEntry, verdict: Verdict): void {
    if (dataset === null) return;
    this.noteWays(verdict);
    const all = datasets === undefined ? [[dataset, records] as const] : Object.entries(datasets);
    for (const [name, { loaded }] of all) {
      this.read.add(name);
      if (loaded > 0) this.loaded.add(name);
      if (status === 'not-reached') this.inPart.add(name);
      const known = setOf(this.unmapped, name);
      for (const pointer of Object.keys(unmapped)) if (known.size < MOST_MEMBERS) known.add(pointer);
    }
  }

  private noteWays(verdict: Verdict): void {
    if (verdict.kind !== 'recognised') return;
    for (const { dataset, container } of [verdict, ...(verdict.others ?? [])]) {
      if (container.kind === 'path' && container.isAbsent) this.nowhere.set(dataset, pathText(container.steps));
      else this.somewhere.add(dataset);
    }
  }

  /** Of patterns, in words. */
  *unmatched(): Generator<string> {
    for (const [name, open] of this.patterns)
      for (const text of open)
        yield `${this.placeOf(['datasets', name, 'files'])}the dataset ${name} names files ${text}, and no path under the root matches that`;
  }

  /** Of datasets that name files and take nothing of them, in words. */
  *idle(): Generator<string> {
    for (const { name, filePatterns = [], isShipped = false } of this.registry.datasets) {
      const way = this.somewhere.has(name) ? undefined : this.nowhere.get(name);
      const isRead = this.read.has(name) && way === undefined;
      if (filePatterns.length === 0 || isShipped || isRead || this.inPart.has(name)) continue;
      if (filePatterns.every(({ text }) => this.patterns.get(name)?.has(text))) continue;
      const where = way === undefined ? 'records where it looks for them' : `anything at ${way}`;
      yield `${this.placeOf(['datasets', name])}the dataset ${name} takes nothing: no file that it names has ${where}; \`migrate-json scan --explain FILE\` says why`;
    }
  }

  /** Of members, in words. */
  *neverThere(): Generator<string> {
    for (const { name: dataset, watched = [], isShipped = false } of this.registry.datasets) {
      if (isShipped || !this.loaded.has(dataset) || this.inPart.has(dataset)) continue;
      const seen = setOf(this.seen, dataset);
      for (const { name, at, within, pointers, mayBeNowhere } of watched) {
        if (seen.has(name) || (within !== undefined && !seen.has(within))) continue;
        const meant = this.meant(dataset, pointers);
        if (mayBeNowhere && meant === '') continue;
        yield `${this.placeOf(at)}${name} gets nothing: no record of the dataset ${dataset} has ${pointers[0]}${meant}`;
      }
    }
  }

  /** The file and line of a declaration, before what is said of it. */
  private placeOf(at: readonly string[]): string {
    const place = this.registry.placeOf(at);
    return place === undefined ? '' : `${place}: `;
  }

  /** A member that goes to the rest, and whose name is near. */
  private meant(dataset: string, pointers: readonly string[]): string {
    const known = [...setOf(this.unmapped, dataset)];
    const found = pointers
      .map((pointer) => {
        const above = pointer.slice(0, pointer.lastIndexOf('/') + 1);
        const beside = known.filter((each) => each.slice(0, each.lastIndexOf('/') + 1) === above);
        const name = similarName(
          pointer.slice(above.length),
          beside.map((each) => each.slice(above.length)),
        );
        return name === undefined ? undefined : above + name;
      })
      .find((each) => each !== undefined);
    return found === undefined ? '' : `; did you mean ${found}, which no column takes?`;
  }
}

function setOf(sets: Map<string, Set<string>>, name: string): Set<string> {
  const found = sets.get(name) ?? new Set<string>();
  sets.set(name, found);
  return found;
}
