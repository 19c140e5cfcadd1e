import { builtInRegistry } from '../../src/recipes/registry.ts';
import type { Table } from '../../src/schema/table.ts';

/** The registry that a run has which declares nothing. */
export const BUILT_IN = builtInRegistry();

export const { list: TABLE_LIST } = BUILT_IN.tables;

const NAMES = [
  ...['users', 'user_settings', 'analyses', 'audit_logs', 'conversations', 'messages', 'usage'],
  ...['metrics', 'ml_models', 'ml_model_versions', 'api_keys', 'api_key_usage', 'model_predictions'],
  ...['anomaly_predictions', 'events', 'predictions', 'completion_requests'],
] as const;

export type TableName = (typeof NAMES)[number];

/** Its tables, for tests that mean one of them. */
export const TABLES = Object.fromEntries(NAMES.map((name) => [name, BUILT_IN.tables.get(name)])) as Record<
  TableName,
  Table
>;
