import { conversations } from './conversations.ts';
import type { Dataset } from './dataset.ts';
import { metrics } from './metrics.ts';
import { settings } from './settings.ts';
import { usage } from './usage.ts';

/** Every legacy layout, in the order in which they are tried on a file. */
export const DATASETS = [settings, conversations, usage, metrics] as const satisfies readonly Dataset[];

export function datasetNamed(name: string): Dataset | undefined {
  return DATASETS.find((dataset) => dataset.name === name);
}
