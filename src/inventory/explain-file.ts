import type { Candidate, Dataset, Taking } from '../datasets/dataset.ts';
import { wordsFor } from '../datasets/recognise.ts';
import { candidateOf, type FilePlace } from './recognise-file.ts';
import { datasetsOf, type Verdict } from './source.ts';

/** What a dataset says of a file. */
export interface DatasetReason extends Taking {
  readonly dataset: string;
}

/** What each dataset says of a file, in the order in which they are asked. */
export function explainFile(
  file: FilePlace,
  verdict: Verdict,
  encoding: string,
  datasets: readonly Dataset[],
): readonly DatasetReason[] {
  const candidate = candidateOf(file, encoding);
  const taken = verdict.kind === 'recognised' ? datasetsOf(verdict) : [];
  const turn = (dataset: Dataset): number => turnOf(dataset, candidate);
  return datasets
    .toSorted((one, other) => turn(one) - turn(other))
    .map((dataset) => {
      const { name } = dataset;
      const { takes, reason } = dataset.explain?.(file.path, candidate) ?? explainKnown(dataset, candidate);
      const isTaker = taken.includes(name);
      if (takes === isTaker) return { dataset: name, takes, reason };
      const besides = isTaker ? 'the file holds records of several datasets' : whyNot(verdict, taken);
      return { dataset: name, takes: isTaker, reason: `${reason}; but ${besides}` };
    });
}

/** Those that name files come first, then those that know their records, then those whose path promises them. */
function turnOf(dataset: Dataset, candidate: Candidate | undefined): number {
  if (dataset.takesFile) return 0;
  if (dataset.takesByRecords) return 1;
  return candidate !== undefined && dataset.expects(candidate) ? 2 : 3;
}

function whyNot({ kind, ...verdict }: Verdict, taken: readonly string[]): string {
  if (taken.length > 0) return `${taken.join(', ')} comes before`;
  return kind === 'unrecognised' && 'reason' in verdict
    ? `the file is no input (${verdict.reason})`
    : 'it cannot be read';
}

/** One that the program knows by itself: its path may promise what its content does not hold. */
function explainKnown(dataset: Dataset, candidate: Candidate | undefined): Taking {
  if (candidate === undefined) return { takes: false, reason: 'what is in the file cannot be read' };
  const path = dataset.expects(candidate) ? 'the path is one of its paths' : 'the path says nothing of it';
  const container = dataset.containerOf(candidate);
  if (container === undefined) return { takes: false, reason: `${path}, and the content lacks its members` };
  return { takes: true, reason: `${path}, and the content fits: ${wordsFor(container)}` };
}
