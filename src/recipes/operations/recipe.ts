import type { Recipe } from '../recipe.ts';
import { apiKeys } from './functions.ts';

export const operations = {
  fits: 'operations metrics and models that look for anomalies: dumps of metrics, models/*.json, API keys and their usage',
  coded: [
    ...['users', 'api_keys', 'api_key_usage', 'ml_models', 'models'],
    ...['model_predictions', 'anomaly_predictions', 'metrics'],
  ],
  functions: { version: 1, exports: { apiKeys } },
} as const satisfies Recipe;
