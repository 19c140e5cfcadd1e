import { createHash } from 'node:crypto';
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

/**
 * Of the mappings of the datasets that a file feeds, and of all that can change its rows: 16 hexadecimal digits. The order
 * of the names does not matter.
 */
export function mappingFingerprints(
  settings: RunSettings,
  kindOfRoot: () => string,
): (datasets: readonly string[]) => string {
  const known = new Map<string, string>();
  return (datasets) => {
    const name = datasets.length === 1 ? (datasets[0] as string) : datasets.toSorted().join(' ');
    const fingerprint = known.get(name) ?? fingerprintOf([...mappingsOf(datasets, settings), kindOfRoot()], settings);
    known.set(name, fingerprint);
    return fingerprint;
  };
}

function mappingsOf(datasets: readonly string[], { registry }: RunSettings): readonly unknown[] {
  return datasets.toSorted().flatMap((name) => [name, registry.get(name).mappingVersion]);
}

function fingerprintOf(mapping: readonly unknown[], settings: RunSettings): string {
  const options = MAPPING_OPTIONS.map((key) => settings[key]);
  const { databaseZone = 'UTC' } = settings;
  const text = JSON.stringify([...mapping, ...options, ...(databaseZone === 'UTC' ? [] : [databaseZone])]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
