import { isCollection } from '../json/beside-records.ts';
import type { Shape } from '../json/probe.ts';
import type { Container } from '../json/split.ts';
import type { Candidate, Dataset } from './dataset.ts';
import { isIndexList } from './index-list.ts';

/** Records of one dataset under a member of the root. */
export interface Collection {
  readonly dataset: string;
  readonly container: Extract<Container, { kind: 'member' }>;
}

export interface Collections {
  readonly found: readonly Collection[];
  /** Members that hold an index of records, which is no data. */
  readonly indexes: readonly string[];
}

/** What each member of the root holds, in a file that holds several things: a member says what a file of its name would. */
export function collectionsOf(candidate: Candidate, datasets: readonly Dataset[]): Collections {
  const found: Collection[] = [];
  const indexes: string[] = [];
  if (candidate.lines || candidate.shape.begins !== 'object') return { found, indexes };
  for (const [name, shape] of candidate.shape.members) {
    const known = inMember(candidate, name, shape, datasets);
    if (known !== undefined) found.push(known);
    else if (isIndexList(shape)) indexes.push(name);
  }
  return { found, indexes };
}

function inMember(
  { segments }: Candidate,
  name: string,
  shape: Shape,
  datasets: readonly Dataset[],
): Collection | undefined {
  if (shape.begins !== 'object' && shape.begins !== 'array') return undefined;
  const member = { segments: [...segments.slice(0, -1), name, `${name}.json`], stem: name, lines: false, shape };
  const named = datasets.filter((dataset) => dataset.expects(member));
  // What is called like nothing in particular must look like several records.
  for (const dataset of isCollection(shape) ? [...named, ...datasets] : named) {
    const container = dataset.containerOf(member);
    if (container?.kind === 'document' && shape.begins === 'object' && named.includes(dataset)) {
      return { dataset: dataset.name, container: { kind: 'member', name, isRecord: true } };
    }
    if (isSplit(container)) return { dataset: dataset.name, container: { kind: 'member', name } };
  }
  return undefined;
}

/** Whether each element or member of the value is a record. */
function isSplit(container: Container | undefined): boolean {
  return container?.kind === 'array' || container?.kind === 'map';
}
