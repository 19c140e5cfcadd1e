import type { Table } from '../schema/table.ts';
import * as accounts from '../schema/tables/accounts.ts';
import * as council from '../schema/tables/council.ts';
import * as incidents from '../schema/tables/incidents.ts';
import * as operations from '../schema/tables/operations.ts';
import * as security from '../schema/tables/security.ts';
import { analyses } from './analyses/analyses.ts';
import { conversations } from './conversations/conversations.ts';
import type { Dataset } from './dataset.ts';
import { models } from './models.ts';
import { predictions } from './predictions.ts';
import { settings } from './settings.ts';

/** Every legacy layout, in the order in which they are tried on a file. */
const DATASETS: readonly Dataset[] = [settings, conversations, analyses, predictions, models];

/** In order of reference. */
const TABLES: readonly Table[] = [
  accounts.userSettings,
  incidents.analyses,
  council.conversations,
  council.messages,
  operations.metrics,
  operations.mlModels,
  operations.mlModelVersions,
  security.events,
  security.predictions,
];

/** All datasets and tables that are not written in the language of declarations. */
export function codedDatasets(): { readonly datasets: readonly Dataset[]; readonly tables: readonly Table[] } {
  return { datasets: DATASETS, tables: TABLES };
}
