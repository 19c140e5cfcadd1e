import { EXIT, type ExitCode, type MigrateError, type RunStatus } from '../errors.ts';
import type { FileNotes, Totals } from './report.ts';

/** Why a run stops before its last file. */
export type StopReason = 'max-errors' | 'signal';

/** Everything that decides how a run ended. */
export interface Ending {
  readonly totals: Totals;
  readonly notes: FileNotes;
  readonly error: MigrateError | undefined;
  readonly stopped: StopReason | undefined;
  /** SIGTERM asks with another exit code than Ctrl-C. */
  readonly terminated: boolean;
  readonly strict: boolean;
  readonly allowEmpty: boolean;
  readonly sourceChanged: boolean;
}

/** The exit code. Where several reasons hold, the first of these wins. */
export function exitCodeOf(ending: Ending): ExitCode {
  const { totals, notes, error, stopped } = ending;
  const partial = totals.files_partial - notes.inPart;
  const hasRejects =
    totals.records_rejected > 0 || totals.files_failed > 0 || partial > 0 || totals.files_not_reached > 0;
  if (error?.exitCode === EXIT.bug) return EXIT.bug;
  if (stopped === 'signal') return ending.terminated ? EXIT.terminated : EXIT.interrupted;
  if (error) return error.exitCode;
  if (stopped === 'max-errors' || (ending.strict && hasRejects)) return EXIT.badData;
  if (ending.sourceChanged) return EXIT.sourceChanged;
  if (hasRejects || notes.unexplained > 0 || (hasNothing(totals) && !ending.allowEmpty)) return EXIT.rejected;
  return EXIT.complete;
}

export function statusOf(exitCode: ExitCode, totals: Totals): RunStatus {
  if (exitCode === EXIT.complete) return 'complete';
  if (exitCode === EXIT.interrupted || exitCode === EXIT.terminated) return 'interrupted';
  return exitCode === EXIT.unavailable || exitCode === EXIT.refused || totals.records_loaded === 0
    ? 'failed'
    : 'partial';
}

function hasNothing(totals: Totals): boolean {
  return totals.files === totals.files_unrecognised;
}
