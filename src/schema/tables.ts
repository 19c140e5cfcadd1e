import { column, hasGeneratedKey, type Table } from './table.ts';
import { apiKeys, apiKeyUsage, userSettings, users } from './tables/accounts.ts';
import { completionRequests } from './tables/completions.ts';
import { conversations, messages, usage } from './tables/council.ts';
import { analyses, auditLogs } from './tables/incidents.ts';
import { anomalyPredictions, metrics, mlModels, mlModelVersions, modelPredictions } from './tables/operations.ts';
import { events, predictions } from './tables/security.ts';

/** The tables of the application, in the order in which they are created and digested. */
export const TABLES = {
  users,
  user_settings: userSettings,
  analyses,
  audit_logs: auditLogs,
  conversations,
  messages,
  usage,
  metrics,
  ml_models: mlModels,
  ml_model_versions: mlModelVersions,
  api_keys: apiKeys,
  api_key_usage: apiKeyUsage,
  model_predictions: modelPredictions,
  anomaly_predictions: anomalyPredictions,
  events,
  predictions,
  completion_requests: completionRequests,
} as const satisfies Record<string, Table>;

export type TableName = keyof typeof TABLES;

export const TABLE_LIST: readonly Table[] = Object.values(TABLES);

export function tableNamed(name: string): Table {
  const table: Table | undefined = TABLES[name as TableName];
  if (table === undefined) throw new TypeError(`no table ${name} is declared`);
  return table;
}

/** The natural key of tables that have no other: see datasets/record-key.ts. */
export const RECORD_KEY = 'record_key';

/** The declared table that a column refers to. */
export function referencedTable(column: { readonly references?: { readonly table: string } }): Table | undefined {
  return column.references && TABLE_LIST.find((table) => table.name === column.references?.table);
}

/** Such a column holds a value that says nothing outside of its database. */
export function refersToGeneratedKey(table: Table, name: string): boolean {
  const target = referencedTable(column(table, name));
  return target !== undefined && hasGeneratedKey(target);
}
