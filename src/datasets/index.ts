import { conversations } from './conversations.ts';
import type { Dataset } from './dataset.ts';
import { events } from './events.ts';
import { metrics } from './metrics.ts';
import { predictions } from './predictions.ts';
import { settings } from './settings.ts';
import { usage } from './usage.ts';

/** Every legacy layout, in the order in which they are tried on a file. */
export const DATASETS: readonly Dataset[] = [settings, conversations, usage, predictions, events, metrics];

/** When its files load: users first, then what refers to no other dataset, then what does. */
export function phaseOf(dataset: Dataset): number {
  const before = dataset.dependsOn?.map((name) => datasetNamed(name)).filter((known) => known !== undefined) ?? [];
  return dataset.name === 'users' ? 0 : Math.max(0, ...before.map(phaseOf)) + 1;
}

export function datasetNamed(name: string): Dataset | undefined {
  return DATASETS.find((dataset) => dataset.name === name);
}
