import { join, resolve } from 'node:path';
import { ownDirectory } from '../files/run-of-directory.ts';
import { newRunId } from '../system/run-id.ts';
import { directoryOfShard } from '../system/shard.ts';
import type { RunSettings } from './settings.ts';

/** What a run writes beside its rows, as absolute paths. */
export interface RunOutputs {
  readonly backup: string | null;
  readonly archive: string | null;
  readonly rejects: string | null;
  /** All of it. */
  readonly paths: readonly string[];
}

export function runOutputs(settings: RunSettings, runId: string, startedAt: Date): RunOutputs {
  // A run that was killed begins a copy of its own: what the first attempt copied or moved stays as it is.
  const place = (dir: string): string => ownDirectory(resolve(dir), runId);
  const backup = settings.backup ? place(settings.backupDir ?? defaultBackup(settings, runId, startedAt)) : null;
  const archive = settings.archive ? place(settings.archiveDir ?? join('migrate-json-archive', runId)) : null;
  const rejects = settings.rejects === undefined ? null : resolve(settings.rejects);
  const reports = writtenFiles(settings).map((path) => resolve(path));
  return { backup, archive, rejects, paths: [backup, archive, rejects, ...reports].filter((path) => path !== null) };
}

/** The files that tell of a run. */
export function writtenFiles({ report, metricsFile }: Pick<RunSettings, 'report' | 'metricsFile'>): readonly string[] {
  return metricsFile === undefined ? report : [...report, metricsFile];
}

function defaultBackup({ shard }: RunSettings, runId: string, startedAt: Date): string {
  const directory = join('migrate-json-backups', runId);
  return shard === undefined ? directory : directoryOfShard(directory, shard, newRunId(startedAt));
}
