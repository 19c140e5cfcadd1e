import type { MappedRecord } from '../checking/record.ts';
import type { RowGroup } from '../schema/row-group.ts';
import type { OpenPart, PendingRecord } from './batch.ts';

/** One row group of a record on its way through an attempt: the record's own, or the one that leads to it. */
export class AttemptStep {
  readonly part: OpenPart;
  readonly record: PendingRecord;
  readonly isLead: boolean;
  readonly key: string;
  readonly content: string;
  /** With the generated keys of its references, as soon as they are known. */
  group: RowGroup;
  /** Why its key, or that of a child row, may be one that a row of the application has by chance. */
  taken: string | undefined;

  constructor(part: OpenPart, record: PendingRecord, { group, key, content }: MappedRecord, isLead: boolean) {
    this.part = part;
    this.record = record;
    this.group = group;
    this.key = key;
    this.content = content;
    this.isLead = isLead;
  }

  get path(): string {
    return this.part.tally.file.path;
  }
}

/** The steps of a record: its own, and the one that goes before it where it has one. */
export interface RecordSteps {
  readonly main: AttemptStep;
  readonly lead: AttemptStep | undefined;
}

export function stepsOf(part: OpenPart, record: PendingRecord): RecordSteps {
  const lead = record.lead && new AttemptStep(part, record, record.lead, true);
  return { main: new AttemptStep(part, record, record, false), lead };
}
