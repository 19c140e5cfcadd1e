import { analyses } from './analyses/analyses.ts';
import { anomalyPredictions } from './anomaly-predictions.ts';
import { apiKeyUsage } from './api-key-usage.ts';
import { apiKeys } from './api-keys.ts';
import { auditLogs } from './audit-logs.ts';
import { completionRequests } from './completion-requests.ts';
import { conversations } from './conversations/conversations.ts';
import type { Dataset } from './dataset.ts';
import { events } from './events.ts';
import { metrics } from './metrics.ts';
import { mlModels } from './ml-models.ts';
import { modelPredictions } from './model-predictions.ts';
import { models } from './models.ts';
import { predictions } from './predictions.ts';
import { settings } from './settings.ts';
import { usage } from './usage.ts';
import { users } from './users.ts';

/** Every legacy layout, in the order in which they are tried on a file. */
export const DATASETS: readonly Dataset[] = [
  settings,
  conversations,
  usage,
  users,
  analyses,
  auditLogs,
  predictions,
  events,
  completionRequests,
  apiKeys,
  apiKeyUsage,
  mlModels,
  models,
  modelPredictions,
  anomalyPredictions,
  metrics,
];

/** When its files load: users first, then what refers to no other dataset, then what does. */
export function phaseOf(dataset: Dataset): number {
  const before = dataset.dependsOn?.map((name) => datasetNamed(name)).filter((known) => known !== undefined) ?? [];
  return dataset.name === 'users' ? 0 : Math.max(0, ...before.map(phaseOf)) + 1;
}

export function datasetNamed(name: string): Dataset | undefined {
  return DATASETS.find((dataset) => dataset.name === name);
}

/** For a name that this program wrote itself. */
export function requireDataset(name: string): Dataset {
  const dataset = datasetNamed(name);
  if (dataset === undefined) throw new TypeError(`there is no dataset ${name}`);
  return dataset;
}
