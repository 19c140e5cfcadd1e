import { hash } from 'node:crypto';
import { canonicalJson } from '../json/canonical.ts';
import { mlModelVersions as table } from '../schema/tables/operations.ts';
import { versionNumber } from './column-reader.ts';
import type { StoredRow } from './dataset.ts';
import type { MemberSpecs } from './members.ts';
import { writeMembers } from './write-members.ts';

/** A version of a model: how it was trained and how well it did. */
export const VERSION_SPECS: MemberSpecs = {
  version: { from: ['model_version'], reader: versionNumber, identifier: 'text' },
  training_timestamp: { from: ['trained_at'] },
  training_data_start: {},
  training_data_end: {},
  training_data_size: {},
  model_config: { as: 'model_parameters', from: ['parameters', 'hyperparameters'] },
  thresholds: {},
  accuracy: { as: 'performance/accuracy' },
  precision_score: { as: 'performance/precision', from: ['performance/precision_score', 'precision'] },
  recall_score: { as: 'performance/recall', from: ['performance/recall_score', 'recall'] },
  f1_score: { as: 'performance/f1_score', from: ['performance/f1', 'f1'] },
  model_path: {},
  scaler_path: {},
  status: {},
  is_deployed: {},
  created_by: { identifier: 'text' },
  created_at: { from: ['createdAt'] },
};

/** A version that the source does not number: the time of its training, else 12 hex digits of its content. */
export function derivedVersion(row: StoredRow): string {
  const time = row['training_timestamp'];
  if (typeof time === 'string') return time.slice(0, 19).replace(' ', 'T').replaceAll(/[-:]/g, '');
  const content = writeMembers(table, VERSION_SPECS, { ...row, version: null });
  delete content['version'];
  return hash('sha256', canonicalJson(content), 'hex').slice(0, 12);
}
