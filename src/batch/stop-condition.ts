import type { StopReason } from '../report/outcome.ts';
import type { RunSettings } from '../settings/settings.ts';

/** A percentage of rejects says nothing about the first few records. */
const RECORDS_BEFORE_PERCENTAGE = 1000;

/** Counts records, and tells when a run stops before its last file. */
export class StopCondition {
  /** Why the run stops. It stays once it is there. */
  reason: StopReason | undefined;
  records = 0;
  rejected = 0;
  private readonly maxErrors: RunSettings['maxErrors'];
  private readonly signal: AbortSignal | undefined;

  constructor(maxErrors: RunSettings['maxErrors'], signal: AbortSignal | undefined) {
    this.maxErrors = maxErrors;
    this.signal = signal;
  }

  get isMet(): boolean {
    if (this.signal?.aborted) this.reason ??= 'signal';
    else if (this.hasTooManyErrors()) this.reason ??= 'max-errors';
    return this.reason !== undefined;
  }

  private hasTooManyErrors(): boolean {
    const { maxErrors, records, rejected } = this;
    if (maxErrors === undefined) return false;
    if (maxErrors.unit === 'records') return rejected > maxErrors.limit;
    return records >= RECORDS_BEFORE_PERCENTAGE && (rejected / records) * 100 > maxErrors.limit;
  }
}
