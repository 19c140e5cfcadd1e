import type { PendingRecord } from './batch/batch.ts';
import type { RecordMapper, SourceContext } from './datasets/dataset.ts';
import type { RawRecord } from './json/split.ts';
import type { Ordinals } from './ordinals.ts';
import { mapRecord } from './pipeline/map.ts';
import { type ReadOptions, RecordReader } from './pipeline/read.ts';
import { recordPointer, type ValidateOptions, validateRecord } from './pipeline/validate.ts';
import { type Reject, rejectAt } from './reject.ts';
import { fileType, type RecognisedFile, type SourceFile } from './source.ts';

/** A record that can be loaded, or why not. `raw.bytes` is valid until the next group is asked for. */
export interface Checked {
  readonly raw: RawRecord;
  readonly result: PendingRecord | { readonly rejects: readonly Reject[] };
}

export interface CheckOptions extends ValidateOptions, Pick<ReadOptions, 'encoding' | 'maxRecordBytes'> {
  /** Keep a copy of each record's bytes until its batch is loaded. */
  readonly keepBytes: boolean;
  readonly ordinals: Ordinals;
}

/** One file through the stages read → validate → map. Nothing is loaded. */
export class CheckedRecords {
  private readonly reader: RecordReader;
  private readonly mapper: RecordMapper;
  private readonly source: SourceContext;
  private readonly options: CheckOptions;

  constructor(file: SourceFile, recognised: RecognisedFile, mapper: RecordMapper, options: CheckOptions) {
    const { container, compression } = recognised;
    this.reader = new RecordReader(file.absolutePath, { ...options, container, compression });
    this.mapper = mapper;
    this.options = options;
    this.source = {
      stem: fileType(file.path.slice(file.path.lastIndexOf('/') + 1))?.stem ?? file.path,
      container: container.kind,
      member: container.kind === 'member' ? container.name : undefined,
      owner: recognised.owner.owner,
      ordinalOf: options.ordinals.of,
    };
  }

  async *groups(): AsyncGenerator<readonly Checked[]> {
    this.options.ordinals.begin();
    for await (const group of this.reader.records()) {
      yield group.map((raw) => ({ raw, result: this.check(raw) }));
    }
  }

  /** What is wrong with the file as a whole. Known, like the rest, when all groups were taken. */
  get finding(): Reject | undefined {
    const { finding } = this.reader;
    return finding && rejectAt(finding.place, finding);
  }

  get sha256(): string | null {
    return this.reader.sha256 ?? null;
  }

  /** Members of the root beside the records. */
  get envelopeMembers(): number {
    return [...this.reader.envelope.values()].reduce((sum, times) => sum + times, 0);
  }

  private check(raw: RawRecord): Checked['result'] {
    const checked = validateRecord(raw, this.mapper, this.source, this.options);
    if ('rejects' in checked) return checked;
    const { account } = checked;
    const mapped = mapRecord(checked, this.mapper, this.source);
    return {
      ...mapped,
      number: raw.number,
      isMember: raw.key !== undefined,
      pointer: recordPointer(raw),
      place: { record: raw.number, line: raw.line, column: raw.column, byte: raw.byte },
      bytes: this.options.keepBytes ? Buffer.from(raw.bytes) : undefined,
      account: account.summary,
    };
  }
}
