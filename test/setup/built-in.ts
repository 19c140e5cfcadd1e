import { builtInRegistry } from '../../src/recipes/registry.ts';
import type { Table } from '../../src/schema/table.ts';
import { apiKeys, apiKeyUsage, userSettings, users } from '../../src/schema/tables/accounts.ts';
import { conversations, messages, usage } from '../../src/schema/tables/council.ts';
import { analyses } from '../../src/schema/tables/incidents.ts';
import { metrics, mlModels, mlModelVersions, modelPredictions } from '../../src/schema/tables/operations.ts';
import { events, predictions } from '../../src/schema/tables/security.ts';

/** The registry that a run has which declares nothing. */
export const BUILT_IN = builtInRegistry();

export const { list: TABLE_LIST } = BUILT_IN.tables;

/** Its tables, for tests that mean one of them. */
export const TABLES = {
  users,
  user_settings: userSettings,
  analyses,
  audit_logs: BUILT_IN.tables.get('audit_logs'),
  conversations,
  messages,
  usage,
  metrics,
  ml_models: mlModels,
  ml_model_versions: mlModelVersions,
  api_keys: apiKeys,
  api_key_usage: apiKeyUsage,
  model_predictions: modelPredictions,
  anomaly_predictions: BUILT_IN.tables.get('anomaly_predictions'),
  events,
  predictions,
  completion_requests: BUILT_IN.tables.get('completion_requests'),
} as const satisfies Record<string, Table>;

export type TableName = keyof typeof TABLES;
