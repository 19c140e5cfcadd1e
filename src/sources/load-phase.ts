import type { Dataset } from '../datasets/dataset.ts';
import { phaseOf } from '../datasets/index.ts';
import { isCopy } from '../files/tool-files.ts';

/** Copies load when everything else is loaded, in the order of their datasets. */
const COPIES = 100;

/** When a file loads: its place among the phases of a run. */
export function loadPhase(dataset: Dataset | undefined, path: string): number {
  if (dataset === undefined) return 0;
  return phaseOf(dataset) + (isCopy(path) ? COPIES : 0);
}
