import * as snapshots from '../copies/snapshot.ts';
import type { Database } from '../databases/database.ts';
import * as databases from '../databases/open.ts';
import type { OpenOptions, Target } from '../databases/target.ts';
import * as exporting from '../export/export.ts';
import { builtInRegistry } from '../recipes/registry.ts';

// What callers of the API may call without settings of a run: the registry is then that of the built-in datasets.

type WithoutRegistry<Settings extends { readonly registry: unknown }> = Omit<Settings, 'registry'> &
  Partial<Pick<Settings, 'registry'>>;

export type ExportSettings = WithoutRegistry<exporting.ExportSettings>;
export type SnapshotSettings = WithoutRegistry<snapshots.SnapshotSettings>;

export function openDatabase(target: Target, options: Omit<OpenOptions, 'declared'>): Promise<Database> {
  return databases.openDatabase(target, { declared: builtInRegistry().tables, ...options });
}

export function exportDatabase(
  settings: ExportSettings,
  options?: exporting.ExportOptions,
): Promise<exporting.ExportResult> {
  return exporting.exportDatabase({ registry: builtInRegistry(), ...settings }, options);
}

export function createSnapshot(
  settings: SnapshotSettings & { readonly prove?: boolean; readonly keep?: number | undefined },
  options?: snapshots.SnapshotOptions,
): Promise<snapshots.SnapshotResult> {
  return snapshots.createSnapshot({ registry: builtInRegistry(), ...settings }, options);
}

export function restoreSnapshot(
  settings: SnapshotSettings & { readonly name: string; readonly yes: boolean },
  options?: snapshots.SnapshotOptions,
): Promise<snapshots.SnapshotRestored> {
  return snapshots.restoreSnapshot({ registry: builtInRegistry(), ...settings }, options);
}
