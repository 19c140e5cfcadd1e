import { pathText, pointerText } from './declare.ts';
import { patternOf } from './patterns.ts';
import { ProposalMemory } from './proposal-memory.ts';
import type { ProposedDataset, ProposedRecord } from './proposed.ts';

// What tells things of a proposal from each other when it is made again, whatever a person calls them.

export type Description = readonly string[];

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

/** What a thing is, by the files that it is of: as they are now, and as they are declared. */
export function describe(dataset: ProposedDataset, ...what: readonly string[]): readonly Description[] {
  const place = pathText(dataset.place.steps, []);
  const files = [wildcardPattern(dataset), ...dataset.declared.map((each) => withoutCaptures(each.files[0] ?? ''))];
  // Of versions in the same files each is another.
  const which = dataset.version === undefined ? [] : [JSON.stringify(dataset.version)];
  return [...new Set(files)].map((pattern) => [pattern, place, ...which, ...what]);
}

/** Its files as they are now: what a person writes of them is not asked. */
export function describeFiles(dataset: ProposedDataset): readonly Description[] {
  return describe(dataset, 'files').slice(0, 1);
}

export function* describeAll(dataset: ProposedDataset): Generator<readonly Description[]> {
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

export function anonymousPath({ steps }: ProposedRecord['children'][number]): string {
  return pathText(steps, []);
}

/** The pattern of its files, where what varies has no name. */
export function wildcardPattern({ group }: ProposedDataset): string {
  return withoutCaptures(patternOf(group, []));
}

function withoutCaptures(pattern: string): string {
  return pattern.replace(/<\w*>/g, '*');
}
