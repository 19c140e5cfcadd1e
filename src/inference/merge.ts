import { Captures, childLine, columnLine, datasetLine, pathText, pointerText, topNames } from './declare.ts';
import { type DeclaredDataset, type DeclaredRecord, isCovered, namesOf } from './declared.ts';
import { patternOf } from './patterns.ts';
import { ProposalMemory } from './proposal-memory.ts';
import type { ProposedDataset, ProposedRecord } from './proposed.ts';
import { YamlEdits } from './yaml-edits.ts';
import type { Line } from './yaml-text.ts';

/** What a config does not declare yet. */
export interface Addition {
  readonly what: 'dataset' | 'column' | 'child' | 'files' | 'exclude';
  /** In the config: the map that it belongs to. */
  readonly at: readonly string[];
  readonly name: string;
  /** What it takes: a pattern of files, a pointer. */
  readonly takes: string;
  /** A person took it out: it is written as a comment. */
  readonly isReturned: boolean;
  /** There is no place for it that can be written to. */
  readonly isLeftOut: boolean;
}

export interface Merged {
  readonly text: string;
  readonly additions: readonly Addition[];
}

type Description = readonly string[];

/** Adds to a config what it does not declare: every byte that is there stays. */
export function merge(
  text: string,
  datasets: readonly ProposedDataset[],
  excluded: (dataset: ProposedDataset) => readonly string[],
  strangers: ReadonlyMap<DeclaredDataset, readonly string[]>,
): Merged {
  const merger = new Merger(text);
  for (const dataset of datasets) merger.addDataset(dataset, excluded(dataset));
  for (const [declared, paths] of strangers) merger.exclude(declared, paths);
  return merger.result(datasets);
}

/** What is remembered of a first proposal. */
export function memoryOf(datasets: readonly ProposedDataset[]): ProposalMemory {
  const memory = new ProposalMemory();
  for (const dataset of datasets) for (const each of describeAll(dataset)) memory.note(each, 'proposed');
  return memory;
}

/** Whether a place was proposed before: then a person has decided on it. */
export function isProposedBefore(text: string): (planned: Pick<ProposedDataset, 'place'>) => boolean {
  const memory = new ProposalMemory(text);
  return ({ place }) => {
    const description = [withoutCaptures(patternOf(place.group, [])), pathText(place.steps, []), 'dataset'];
    return memory.standingOf([description]) !== 'new';
  };
}

class Merger {
  private readonly memory: ProposalMemory;
  private readonly text: string;
  private readonly edits: YamlEdits;
  private readonly additions: Addition[] = [];

  constructor(given: string) {
    this.memory = new ProposalMemory(given);
    this.text = given;
    this.edits = new YamlEdits(ProposalMemory.without(given));
  }

  addDataset(dataset: ProposedDataset, excluded: readonly string[]): void {
    const { declared } = dataset;
    const description = describe(dataset, 'dataset');
    const pattern = wildcardPattern(dataset);
    if (declared.length === 0) {
      const line = datasetLine(dataset, excluded);
      this.offer(description, { what: 'dataset', at: ['datasets'], name: dataset.table, takes: pattern }, line);
      return;
    }
    if (dataset.isWider) this.widen(dataset, pattern);
    this.addMembers(dataset, dataset, declared, '');
  }

  /** Files of a new dataset are not those of another one. */
  exclude({ at }: DeclaredDataset, paths: readonly string[]): void {
    for (const path of paths) {
      this.edits.append([...at, 'exclude'], path);
      this.additions.push({ what: 'exclude', at, name: 'exclude', takes: path, isReturned: false, isLeftOut: false });
    }
  }

  result(datasets: readonly ProposedDataset[]): Merged {
    const { additions } = this;
    if (this.edits.isEmpty) return { text: this.text, additions };
    for (const dataset of datasets) for (const each of describeAll(dataset)) this.memory.note(each, 'proposed');
    const merged = this.edits.result();
    const isOfWindows = this.text.includes('\r\n');
    const whole = `${merged}${merged.endsWith('\n') ? '' : '\n'}${this.memory.text}`;
    return { text: isOfWindows ? whole.replaceAll('\n', '\r\n') : whole, additions };
  }

  /** Its files are called otherwise than before, or there are more of them. */
  private widen(dataset: ProposedDataset, pattern: string): void {
    const description = describeFiles(dataset);
    for (const { at, files } of dataset.declared) {
      if (files.length === 0) continue;
      const what = { what: 'files', at, name: 'files', takes: pattern } as const;
      const standing = this.memory.standingOf(description);
      if (standing === 'new') {
        this.edits.append([...at, 'files'], pattern);
        this.additions.push({ ...what, isReturned: false, isLeftOut: false });
      } else this.offer(description, what, { name: 'files', value: [...files, pattern] });
    }
  }

  private addMembers(
    dataset: ProposedDataset,
    record: ProposedRecord,
    declared: readonly DeclaredRecord[],
    prefix: string,
  ): void {
    const [first] = declared;
    if (first === undefined) return;
    const names = topNames(record);
    const captures = new Captures(capturesIn(dataset.declared));
    for (const column of record.columns) {
      const { source } = column.draft;
      if (source.of !== 'member' || declared.some((each) => isCovered(each, source.way))) continue;
      const takes = prefix + pointerText(source.way);
      const line = columnLine({ ...column, twin: undefined }, record, names, captures);
      const what = { what: 'column', at: [...first.at, 'columns'], name: column.name, takes } as const;
      this.offer(describe(dataset, 'column', takes), what, line);
    }
    for (const child of record.children) {
      const takes = prefix + anonymousPath(child);
      if (child.declared.length > 0) this.addMembers(dataset, child, child.declared, takes);
      else if (!declared.some((each) => isCovered(each, namesOf(child.steps)))) {
        const what = { what: 'child', at: [...first.at, 'children'], name: child.table, takes } as const;
        this.offer(describe(dataset, 'child', takes), what, childLine(child, captures));
      }
    }
  }

  private offer(
    description: readonly Description[],
    what: Omit<Addition, 'isReturned' | 'isLeftOut'>,
    line: Line,
  ): void {
    const standing = this.memory.standingOf(description);
    if (standing === 'returned') return;
    const isReturned = standing === 'proposed';
    const isLeftOut = !this.edits.takes(what.at);
    if (!isLeftOut) this.edits.add(what.at, line, isReturned);
    this.additions.push({ ...what, isReturned, isLeftOut });
    if (isReturned) this.memory.note(description, 'returned');
  }
}

/** What a thing is, by the files that it is of: as they are now, and as they are declared. */
function describe(dataset: ProposedDataset, ...what: readonly string[]): readonly Description[] {
  const place = pathText(dataset.place.steps, []);
  const files = [wildcardPattern(dataset), ...dataset.declared.map((each) => withoutCaptures(each.files[0] ?? ''))];
  // Of versions in the same files each is another.
  const which = dataset.version === undefined ? [] : [JSON.stringify(dataset.version)];
  return [...new Set(files)].map((pattern) => [pattern, place, ...which, ...what]);
}

/** Its files as they are now: what a person writes of them is not asked. */
function describeFiles(dataset: ProposedDataset): readonly Description[] {
  return describe(dataset, 'files').slice(0, 1);
}

function* describeAll(dataset: ProposedDataset): Generator<readonly Description[]> {
  yield describe(dataset, 'dataset');
  yield describeFiles(dataset);
  yield* describeMembers(dataset, dataset, '');
}

function* describeMembers(
  dataset: ProposedDataset,
  record: ProposedRecord,
  prefix: string,
): Generator<readonly Description[]> {
  for (const { draft } of record.columns)
    if (draft.source.of === 'member') yield describe(dataset, 'column', prefix + pointerText(draft.source.way));
  for (const child of record.children) {
    const takes = prefix + anonymousPath(child);
    yield describe(dataset, 'child', takes);
    yield* describeMembers(dataset, child, takes);
  }
}

function anonymousPath({ steps }: ProposedRecord['children'][number]): string {
  return pathText(steps, []);
}

/** The pattern of its files, where what varies has no name. */
function wildcardPattern({ group }: ProposedDataset): string {
  return withoutCaptures(patternOf(group, []));
}

function withoutCaptures(pattern: string): string {
  return pattern.replace(/<\w*>/g, '*');
}

/** A name is captured once in a dataset. */
function capturesIn(declared: readonly DeclaredDataset[]): readonly string[] {
  return declared.flatMap(({ plan, ...record }) => [
    ...plan.files.flatMap(({ captures }) => captures),
    ...(plan.records ?? []).flatMap(({ captures }) => captures),
    ...innerCaptures({ plan, ...record }),
  ]);
}

function innerCaptures({ plan, children }: DeclaredRecord): readonly string[] {
  return [...plan.children.flatMap(({ path }) => path.captures), ...children.flatMap(innerCaptures)];
}
