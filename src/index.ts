export {
  createSnapshot,
  type ExportSettings,
  exportDatabase,
  openDatabase,
  restoreSnapshot,
  type SnapshotSettings,
} from './built-in-doors.ts';
export type { Database, Target } from './databases/database.ts';
export { digest } from './databases/digest.ts';
export { type CheckResult, type Diagnosis, diagnose } from './doctor/doctor.ts';
export { type ErrorCode, EXIT, type ExitCode, MigrateError, type RunStatus } from './errors.ts';
export type { Advance, Listener, RunEvent } from './events.ts';
export type { ExportResult } from './export.ts';
export type { Field } from './fields.ts';
export { type MigrateOptions, migrate, retry, validate } from './migrate.ts';
export type { Reject, RejectCode } from './reject.ts';
export type {
  FileEntry,
  FileReport,
  FileStatus,
  Report,
  ReportHead,
  RowCounts,
  Warning,
} from './report/report.ts';
export { type Reporter, reporterFor } from './reporters/index.ts';
export { type RestoreOptions, type RestoreResult, type RestoreSettings, restoreFiles } from './restore.ts';
export { type ScannedFile, type ScanResult, scan } from './scan.ts';
export { type GivenOptions, type RunSettings, runSettings } from './settings/settings.ts';
export { parseTarget } from './settings/target.ts';
export {
  listSnapshots,
  type SnapshotEntry,
  type SnapshotOptions,
  type SnapshotRestored,
  type SnapshotResult,
} from './snapshot.ts';
export { type UndoOptions, type UndoSettings, undo } from './undo.ts';
export type { KeptRow, UndoResult } from './undoing/undo-result.ts';
export type { Difference, VerifyResult } from './verification/verify-result.ts';
export { verify } from './verify.ts';
