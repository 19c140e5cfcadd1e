import { DeclaredTables } from '../schema/declared-tables.ts';
import type { Table } from '../schema/table.ts';
import * as accounts from '../schema/tables/accounts.ts';
import * as council from '../schema/tables/council.ts';
import * as incidents from '../schema/tables/incidents.ts';
import * as operations from '../schema/tables/operations.ts';
import * as security from '../schema/tables/security.ts';
import { analyses } from './analyses/analyses.ts';
import { apiKeyUsage } from './api-key-usage.ts';
import { apiKeys } from './api-keys.ts';
import { conversations } from './conversations/conversations.ts';
import type { Dataset } from './dataset.ts';
import { events } from './events.ts';
import { modelPredictions } from './model-predictions.ts';
import { models } from './models.ts';
import { predictions } from './predictions.ts';
import { Registry } from './registry.ts';
import { settings } from './settings.ts';
import { usage } from './usage.ts';
import { users } from './users.ts';

/** Every legacy layout, in the order in which they are tried on a file. */
const DATASETS: readonly Dataset[] = [
  settings,
  conversations,
  usage,
  users,
  analyses,
  predictions,
  events,
  apiKeys,
  apiKeyUsage,
  models,
  modelPredictions,
];

/** In order of reference. */
const TABLES: readonly Table[] = [
  accounts.users,
  accounts.userSettings,
  incidents.analyses,
  council.conversations,
  council.messages,
  council.usage,
  operations.metrics,
  operations.mlModels,
  operations.mlModelVersions,
  accounts.apiKeys,
  accounts.apiKeyUsage,
  operations.modelPredictions,
  security.events,
  security.predictions,
];

/** All datasets and tables that are not written in the language of declarations. */
export function codedDatasets(): Registry {
  return new Registry(DATASETS, new DeclaredTables(TABLES, accounts.users), 'built-in');
}
