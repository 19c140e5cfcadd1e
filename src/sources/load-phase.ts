import type { Dataset } from '../datasets/dataset.ts';
import { phaseOf, requireDataset } from '../datasets/index.ts';
import { isCopy } from '../files/tool-files.ts';
import type { RecognisedFile } from './source.ts';

/** Copies load when everything else is loaded, in the order of their datasets. */
const COPIES = 100;

/** When a file loads: its place among the phases of a run. */
export function loadPhase(dataset: Dataset | undefined, path: string): number {
  if (dataset === undefined) return 0;
  return phaseOf(dataset) + (isCopy(path) ? COPIES : 0);
}

/** A file that holds records of several datasets loads when what any of them refers to is there. */
export function loadPhaseOf({ dataset, others = [] }: RecognisedFile, path: string): number {
  const all = [dataset, ...others.map((other) => requireDataset(other.dataset))];
  return Math.max(...all.map((each) => loadPhase(each, path)));
}
