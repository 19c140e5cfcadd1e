import { isCollection } from '../json/beside-records.ts';
import type { Shape } from '../json/probe.ts';
import type { Container } from '../json/split.ts';
import type { Candidate, Dataset } from './dataset.ts';
import { DATASETS } from './index.ts';
import { isIndexList } from './index-list.ts';

/** Records of one dataset under a member of the root. */
export interface Collection {
  readonly dataset: Dataset;
  readonly container: Extract<Container, { kind: 'member' }>;
}

export interface Collections {
  readonly found: readonly Collection[];
  /** Members that hold an index of records, which is no data. */
  readonly indexes: readonly string[];
}

/** What each member of the root holds, in a file that holds several things: a member says what a file of its name would. */
export function collectionsOf(candidate: Candidate): Collections {
  const found: Collection[] = [];
  const indexes: string[] = [];
  if (candidate.lines || candidate.shape.begins !== 'object') return { found, indexes };
  for (const [name, shape] of candidate.shape.members) {
    const dataset = datasetOf(candidate, name, shape);
    if (dataset !== undefined) found.push({ dataset, container: { kind: 'member', name } });
    else if (isIndexList(shape)) indexes.push(name);
  }
  return { found, indexes };
}

function datasetOf({ segments }: Candidate, name: string, shape: Shape): Dataset | undefined {
  if (shape.begins !== 'object' && shape.begins !== 'array') return undefined;
  const member = { segments: [...segments.slice(0, -1), name, `${name}.json`], stem: name, lines: false, shape };
  const expected = DATASETS.filter((dataset) => dataset.expects(member));
  const named = expected.find((dataset) => isSplit(dataset.containerOf(member)));
  if (named !== undefined || !isCollection(shape)) return named;
  return DATASETS.find((dataset) => isSplit(dataset.containerOf(member)));
}

/** Whether each element or member of the value is a record. */
function isSplit(container: Container | undefined): boolean {
  return container?.kind === 'array' || container?.kind === 'map';
}
