export { type RestoreOptions, type RestoreResult, type RestoreSettings, restoreFiles } from './copies/restore.ts';
export {
  listSnapshots,
  type SnapshotEntry,
  type SnapshotOptions,
  type SnapshotRestored,
  type SnapshotResult,
} from './copies/snapshot.ts';
export type { Database } from './databases/database.ts';
export { digest } from './databases/digest.ts';
export type { Target } from './databases/target.ts';
export type { DatasetFunctions, FunctionContext } from './declarations/functions.ts';

export { type Config, type DatasetDeclaration, defineDataset, type TableDeclaration } from './declarations/language.ts';

export { type CheckResult, type Diagnosis, diagnose } from './doctor/doctor.ts';
export { type ErrorCode, EXIT, type ExitCode, MigrateError, type RunStatus } from './errors.ts';
export type { ExportResult } from './export/export.ts';
export type { Reject, RejectCode } from './reject.ts';
export type { Advance, Listener, RunEvent } from './report/events.ts';
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
export {
  createSnapshot,
  type ExportSettings,
  exportDatabase,
  openDatabase,
  restoreSnapshot,
  type SnapshotSettings,
} from './run/built-in-doors.ts';
export type { Field } from './run/fields.ts';
export { type MigrateOptions, migrate, retry, validate } from './run/migrate.ts';
export { runSettings } from './run/run-settings.ts';
export { type ScannedFile, type ScanResult, scan } from './run/scan.ts';
export { verify } from './run/verify.ts';
export type { GivenOptions, RunSettings } from './settings/settings.ts';
export { parseTarget } from './settings/target.ts';
export { type UndoOptions, type UndoSettings, undo } from './undo/undo.ts';
export type { KeptRow, UndoResult } from './undo/undo-result.ts';
export type { Difference, VerifyResult } from './verification/verify-result.ts';
