import type { TextPlace } from './line-tracker.ts';
import type { RawRecord } from './raw-record.ts';
import { recordFinding } from './record-finding.ts';
import type { ValueScanner } from './value-scanner.ts';

const NO_BYTES = Buffer.alloc(0);

interface ScannedDocument {
  readonly number: number;
  readonly begin: TextPlace;
  /** Undefined where they were over the limit. */
  readonly bytes: Buffer | undefined;
  readonly scanner: Pick<ValueScanner, 'members' | 'signs'>;
  readonly maxRecordBytes: number;
}

/** The record that is a document of its own: a line, or one of several documents that follow one another. */
export function documentRecord({ number, begin, bytes, scanner, maxRecordBytes }: ScannedDocument): RawRecord {
  const { members, signs } = scanner;
  const finding = recordFinding(bytes, signs, maxRecordBytes);
  return {
    number,
    key: undefined,
    byte: begin.byte,
    line: begin.line,
    column: begin.column,
    length: bytes?.length ?? 0,
    bytes: finding === undefined && bytes !== undefined ? bytes : NO_BYTES,
    members,
    signs,
    finding,
  };
}
