import type { RecordMapper, SourceContext } from '../datasets/dataset.ts';
import type { SourcePlace } from '../files/source-place.ts';
import { UNKNOWN_SIGNS } from '../json/parse.ts';
import type { RawRecord } from '../json/split.ts';
import { type ReadOptions, RecordReader } from './read.ts';
import { parseRecord } from './validate.ts';

export interface ContainedFrom {
  readonly contain: NonNullable<RecordMapper['contain']>;
  readonly source: SourceContext;
  /** Repairs that are allowed. */
  readonly repair: readonly string[];
}

/** A file whose documents each hold records that a function of the declaration finds. */
export class ContainedRecords extends RecordReader {
  private readonly contain: NonNullable<RecordMapper['contain']>;
  private readonly source: SourceContext;
  private readonly repair: readonly string[];
  private count = 0;

  constructor(place: SourcePlace, options: ReadOptions, { contain, source, repair }: ContainedFrom) {
    super(place, options);
    this.contain = contain;
    this.source = source;
    this.repair = repair;
  }

  override async *records(): AsyncGenerator<readonly RawRecord[]> {
    this.count = 0;
    for await (const group of super.records()) yield group.flatMap((raw) => this.recordsIn(raw));
  }

  private recordsIn(raw: RawRecord): readonly RawRecord[] {
    const parsed = parseRecord(raw, this.repair);
    // What is wrong with it is told when it is looked at as a record.
    if ('rejects' in parsed) return [{ ...raw, number: ++this.count }];
    const contained = this.contain(parsed.record.value, this.source);
    if ('code' in contained) return [{ ...raw, number: ++this.count, finding: contained }];
    return contained.map((text, index): RawRecord => {
      const bytes = Buffer.from(text);
      const place = { captures: [], index, pointer: '' };
      return { ...raw, ...UNKNOWN_SIGNS, number: ++this.count, place, bytes, length: bytes.length, isMade: true };
    });
  }
}
