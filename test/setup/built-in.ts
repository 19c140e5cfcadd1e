import { builtInRegistry } from '../../src/recipes/registry.ts';
import type { Table } from '../../src/schema/table.ts';
<<<<<<< HEAD
=======
import { userSettings } from '../../src/schema/tables/accounts.ts';
import { conversations, messages } from '../../src/schema/tables/council.ts';
import { analyses } from '../../src/schema/tables/incidents.ts';
import { metrics, mlModels, mlModelVersions, modelPredictions } from '../../src/schema/tables/operations.ts';
import { predictions } from '../../src/schema/tables/security.ts';
>>>>>>> 616cebd (API keys and their uses are declared: maps known by their names, keys of which only the SHA-256 stays, references that members of the rest say)

/** The registry that a run has which declares nothing. */
export const BUILT_IN = builtInRegistry();

export const { list: TABLE_LIST } = BUILT_IN.tables;

<<<<<<< HEAD
const NAMES = [
  ...['users', 'user_settings', 'analyses', 'audit_logs', 'conversations', 'messages', 'usage'],
  ...['metrics', 'ml_models', 'ml_model_versions', 'api_keys', 'api_key_usage', 'model_predictions'],
  ...['anomaly_predictions', 'events', 'predictions', 'completion_requests'],
] as const;
=======
/** Its tables, for tests that mean one of them. */
export const TABLES = {
  users: BUILT_IN.tables.get('users'),
  user_settings: userSettings,
  analyses,
  audit_logs: BUILT_IN.tables.get('audit_logs'),
  conversations,
  messages,
  usage: BUILT_IN.tables.get('usage'),
  metrics,
  ml_models: mlModels,
  ml_model_versions: mlModelVersions,
  api_keys: BUILT_IN.tables.get('api_keys'),
  api_key_usage: BUILT_IN.tables.get('api_key_usage'),
  model_predictions: modelPredictions,
  anomaly_predictions: BUILT_IN.tables.get('anomaly_predictions'),
  events: BUILT_IN.tables.get('events'),
  predictions,
  completion_requests: BUILT_IN.tables.get('completion_requests'),
} as const satisfies Record<string, Table>;
>>>>>>> 616cebd (API keys and their uses are declared: maps known by their names, keys of which only the SHA-256 stays, references that members of the rest say)

export type TableName = (typeof NAMES)[number];

/** Its tables, for tests that mean one of them. */
export const TABLES = Object.fromEntries(NAMES.map((name) => [name, BUILT_IN.tables.get(name)])) as Record<
  TableName,
  Table
>;
