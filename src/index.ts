export type { Database, Target } from './databases/database.ts';
export { digest } from './databases/digest.ts';
export { openDatabase } from './databases/open.ts';
export { EXIT, type ExitCode, MigrateError } from './errors.ts';
export type { Listener, RunEvent } from './events.ts';
export { type ExportResult, type ExportSettings, exportDatabase } from './export.ts';
export { type MigrateOptions, migrate, retry, validate } from './migrate.ts';
export type { Reject, RejectCode } from './reject.ts';
export type { FileReport, Report, ReportHead, RowCounts, Warning } from './report/report.ts';
export { type RestoreOptions, type RestoreResult, type RestoreSettings, restoreFiles } from './restore.ts';
export { type RunSettings, runSettings } from './settings.ts';
export {
  createSnapshot,
  listSnapshots,
  restoreSnapshot,
  type SnapshotEntry,
  type SnapshotOptions,
  type SnapshotRestored,
  type SnapshotResult,
  type SnapshotSettings,
} from './snapshot.ts';
export { parseTarget } from './target.ts';
