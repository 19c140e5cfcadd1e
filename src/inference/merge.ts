import { Captures, childLine, columnLine, datasetLine, pointerText, topNames } from './declare.ts';
import { type DeclaredDataset, type DeclaredRecord, isCovered, namesOf } from './declared.ts';
import {
  anonymousPath,
  type Description,
  describe,
  describeAll,
  describeFiles,
  wildcardPattern,
} from './descriptions.ts';
import { ProposalMemory } from './proposal-memory.ts';
import { allRecords, type ProposedDataset, type ProposedRecord } from './proposed.ts';
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

/** Adds to a config what it does not declare: every byte that is there stays. */
export function merge(
  text: string,
  datasets: readonly ProposedDataset[],
  excluded: (dataset: ProposedDataset) => readonly string[],
  strangers: ReadonlyMap<DeclaredDataset, readonly string[]>,
): Merged {
  const merger = new Merger(text);
  merger.forgetMissing(datasets);
  for (const dataset of datasets) merger.addDataset(dataset, excluded(dataset));
  for (const [declared, paths] of strangers) merger.exclude(declared, paths);
  return merger.result(datasets);
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

  /** Nothing refers to a table that a person took out. */
  forgetMissing(datasets: readonly ProposedDataset[]): void {
    const missing = new Set(
      datasets.flatMap((dataset) => {
        const isNew = dataset.declared.length === 0;
        if (isNew && this.memory.standingOf(describe(dataset, 'dataset')) !== 'new') return allRecords([dataset]);
        return isNew ? [] : this.missingIn(dataset, dataset, '');
      }),
    );
    for (const { columns } of allRecords(datasets)) {
      for (const column of columns) {
        if (column.reference !== undefined && missing.has(column.reference.table)) column.reference = undefined;
        if (column.lookup?.feeds !== undefined && missing.has(column.lookup.feeds)) column.lookup = undefined;
      }
    }
  }

  private missingIn(dataset: ProposedDataset, record: ProposedRecord, prefix: string): readonly ProposedRecord[] {
    return record.children.flatMap((child) => {
      const takes = prefix + anonymousPath(child);
      if (child.declared.length > 0) return this.missingIn(dataset, child, takes);
      const isCoveredBy = record.declared.some((each) => isCovered(each, namesOf(child.steps)));
      const isNew = this.memory.standingOf(describe(dataset, 'child', takes)) === 'new';
      return isCoveredBy || !isNew ? allRecords([child]) : [];
    });
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
