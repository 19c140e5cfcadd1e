import type { Finding } from '../reject.ts';
import { formatBytes } from '../system/quantities.ts';
import { MAX_DEPTH, TOO_DEEP } from './raw-record.ts';

/** What makes a record unusable before it is parsed. `bytes` is undefined where they were over the limit. */
export function recordFinding(bytes: Buffer | undefined, signs: number, maxRecordBytes: number): Finding | undefined {
  if (bytes === undefined) {
    return {
      code: 'record-too-large',
      pointer: '',
      message: `the record has more than ${formatBytes(maxRecordBytes)}`,
    };
  }
  if ((signs & TOO_DEEP) !== 0) {
    return { code: 'too-deep', pointer: '', message: `the record has more than ${MAX_DEPTH} nested levels` };
  }
  return undefined;
}
