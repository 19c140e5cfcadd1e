import { createHash } from 'node:crypto';
import type { Dataset } from '../datasets/dataset.ts';
import type { RunSettings } from './settings.ts';

/** Every option that can change a row: a file that was loaded with others is loaded again. */
export const MAPPING_OPTIONS = [
  'layout',
  'user',
  'source',
  'naiveTime',
  'encoding',
  'repair',
  'hashSecrets',
  'keepPlainKeys',
  'onConflict',
  'strict',
  'maxRecordBytes',
] as const satisfies readonly (keyof RunSettings)[];

/** Of a dataset's mapping and of all that can change its rows: 16 hexadecimal digits, worked out once per dataset. */
export function mappingFingerprints(settings: RunSettings, kindOfRoot: () => string): (dataset: Dataset) => string {
  const known = new Map<string, string>();
  return ({ name, mappingVersion }) => {
    const fingerprint = known.get(name) ?? fingerprintOf([name, mappingVersion, kindOfRoot()], settings);
    known.set(name, fingerprint);
    return fingerprint;
  };
}

function fingerprintOf(mapping: readonly unknown[], settings: RunSettings): string {
  const options = MAPPING_OPTIONS.map((key) => settings[key]);
  const text = JSON.stringify([...mapping, ...options]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
