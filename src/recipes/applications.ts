import { codedDatasets } from '../datasets/built-in.ts';
import { Registry } from '../datasets/registry.ts';
import { buildDeclarations } from '../declarations/build.ts';
import { declaredDataset } from '../declarations/dataset.ts';
import type { Declarations } from '../declarations/language.ts';
import { DeclaredTables } from '../schema/declared-tables.ts';
import { users, usersTable } from './accounts/users.ts';
import { completionRequests, completionRequestsTable } from './completions/completion-requests.ts';
import { usage, usageTable } from './council/usage.ts';
import { SHIPPED_FUNCTIONS } from './functions.ts';
import { auditLogs, auditLogsTable } from './incidents/audit-logs.ts';
import { anomalyPredictions, anomalyPredictionsTable } from './operations/anomaly-predictions.ts';
import { apiKeyUsage, apiKeyUsageTable } from './operations/api-key-usage.ts';
import { apiKeys, apiKeysTable } from './operations/api-keys.ts';
import { metrics, metricsTable } from './operations/metrics.ts';
import { mlModels } from './operations/ml-models.ts';
import { modelPredictions, modelPredictionsTable } from './operations/model-predictions.ts';
import { events, eventsTable } from './security/events.ts';

/** What the applications declare. */
export const APPLICATION_DECLARATIONS: Declarations = {
  datasets: {
    users,
    usage,
    events,
    api_keys: apiKeys,
    api_key_usage: apiKeyUsage,
    completion_requests: completionRequests,
    audit_logs: auditLogs,
    ml_models: mlModels,
    model_predictions: modelPredictions,
    anomaly_predictions: anomalyPredictions,
    metrics,
  },
  tables: {
    users: usersTable,
    usage: usageTable,
    events: eventsTable,
    api_keys: apiKeysTable,
    api_key_usage: apiKeyUsageTable,
    completion_requests: completionRequestsTable,
    audit_logs: auditLogsTable,
    anomaly_predictions: anomalyPredictionsTable,
    model_predictions: modelPredictionsTable,
    ml_models: { keeps_rest: true },
    metrics: metricsTable,
  },
};

/** Every dataset of the applications, in the order in which they are tried on a file. */
const ORDER = [
  ...['settings', 'conversations', 'usage', 'users', 'analyses', 'audit_logs', 'predictions', 'events'],
  ...['completion_requests', 'api_keys', 'api_key_usage', 'ml_models', 'models'],
  ...['model_predictions', 'anomaly_predictions', 'metrics'],
];

/** Their tables, in the order in which they are created and printed. */
const TABLES = [
  ...['users', 'user_settings', 'analyses', 'audit_logs', 'conversations', 'messages', 'usage', 'metrics'],
  ...['ml_models', 'ml_model_versions', 'api_keys', 'api_key_usage', 'model_predictions', 'anomaly_predictions'],
  ...['events', 'predictions', 'completion_requests'],
];

/**
 * Versions of datasets as the ledger knows them, each with the fingerprint of the declaration that maps like it: files that were
 * loaded before the dataset was declared stay loaded.
 */
export const FORMER_VERSIONS: Readonly<Record<string, { readonly fingerprint: string; readonly version: number }>> = {
  users: { fingerprint: 'ded73e859adb29d2', version: 2 },
  usage: { fingerprint: '14598f4485679f6e', version: 2 },
  events: { fingerprint: '84d204e71f971719', version: 1 },
  api_keys: { fingerprint: 'd8688cdb0057be33', version: 2 },
  api_key_usage: { fingerprint: '6b8f9b65e849f4bf', version: 1 },
  model_predictions: { fingerprint: '5bb960e08f44719e', version: 1 },
  audit_logs: { fingerprint: '41ae184cb022a676', version: 1 },
  ml_models: { fingerprint: 'efdc7d26714e148b', version: 2 },
  anomaly_predictions: { fingerprint: 'ce6362bcd266684b', version: 1 },
  metrics: { fingerprint: '253e6e033287fb2e', version: 2 },
  completion_requests: { fingerprint: '1992eaba239b6cea', version: 1 },
};

let known: Registry | undefined;

/** The datasets and tables of the applications, declared and coded. */
export function applicationDatasets(): Registry {
  known ??= makeRegistry();
  return known;
}

function makeRegistry(): Registry {
  const coded = codedDatasets();
  const built = buildDeclarations(APPLICATION_DECLARATIONS, SHIPPED_FUNCTIONS, coded.tables);
  const feeding = Map.groupBy(
    [
      ...built.datasets.map(({ name, table }) => ({ name, table })),
      ...coded.datasets.flatMap(({ name, tables }) => tables.map((table) => ({ name, table }))),
    ],
    ({ table }) => table.name,
  );
  const declared = built.datasets.map((plan) => {
    const { fingerprint, version } = FORMER_VERSIONS[plan.name] ?? {};
    // Their parameters have flags of their own.
    const dataset = {
      ...declaredDataset(
        plan,
        built.tables,
        new Map([...feeding].map(([table, by]) => [table, by.map(({ name }) => name)])),
        [],
      ),
      parameters: [],
    };
    return fingerprint === plan.fingerprint && version !== undefined
      ? { ...dataset, mappingVersion: version }
      : dataset;
  });
  const byName = new Map([...coded.datasets, ...declared].map((dataset) => [dataset.name, dataset]));
  const byTable = new Map([...built.tables, ...coded.tables].map((table) => [table.name, table]));
  return new Registry(
    ORDER.flatMap((name) => byName.get(name) ?? []),
    new DeclaredTables(TABLES.flatMap((name) => byTable.get(name) ?? [])),
    'built-in',
  );
}
