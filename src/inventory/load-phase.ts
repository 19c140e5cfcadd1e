import type { Registry } from '../datasets/registry.ts';
import { isCopy } from '../files/tool-files.ts';

/** Copies load when everything else is loaded, in the order of their datasets. */
const COPIES = 100;

/** When a file loads: its place among the phases of a run. Of several datasets, when what any of them refers to is there. */
export function loadPhase(datasets: readonly string[], path: string, registry: Registry): number {
  if (datasets.length === 0) return 0;
  return Math.max(...datasets.map((name) => registry.levelOf(name))) + (isCopy(path) ? COPIES : 0);
}
