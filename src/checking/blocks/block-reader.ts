import type { RowCodec } from '../../databases/row-codec.ts';
import type { RecordMapper, SourceContext, UniformRows } from '../../datasets/dataset.ts';
import type { BlockReader, BlockStart } from '../../json/block-reader.ts';
import type { ExampleMember } from '../../json/plain-rules.ts';
import type { PlainValues } from '../../json/raw-record.ts';
import type { RecordBlock } from '../../json/record-block.ts';
import { isOpen } from '../../schema/row-group.ts';
import type { Row } from '../../schema/table.ts';
import { PLACES, WORDS } from '../packed-records.ts';
import { finishPlain } from '../validate.ts';
import * as at from './layout.ts';
import { type RecordsModule, startModule } from './module.ts';
import { type BlockExample, PackedBlock } from './packed-block.ts';
import { compileProgram } from './program.ts';

interface Program {
  readonly like: BlockExample;
  readonly bytes: Uint8Array;
}

/** Makes readers of blocks. They share one memory, so one file is read after the other. */
export class BlockReaders {
  private readonly codec: RowCodec;
  private opened: { readonly memory: BlockMemory | undefined } | undefined;

  constructor(codec: RowCodec) {
    this.codec = codec;
  }

  /** For records of a file, in a list or in lines; undefined where each of them must be looked at. */
  readerFor(mapper: RecordMapper, source: SourceContext): BlockReader | undefined {
    const { codec } = this;
    if (mapper.plain?.uniform === undefined) return undefined;
    return new FileBlocks({ mapper, source, codec, memory: () => this.memory });
  }

  /** Made when the first block is read. */
  private get memory(): BlockMemory | undefined {
    if (this.opened === undefined) {
      const module = startModule();
      this.opened = { memory: module && new BlockMemory(module) };
    }
    return this.opened.memory;
  }
}

interface FileParts {
  readonly mapper: RecordMapper;
  readonly source: SourceContext;
  readonly codec: RowCodec;
  readonly memory: () => BlockMemory | undefined;
}

/** The blocks of one file. */
class FileBlocks implements BlockReader {
  private readonly parts: FileParts;
  private readonly programs = new Map<readonly ExampleMember[], Program | undefined>();
  private memory: BlockMemory | undefined;
  private chunk: Buffer = Buffer.alloc(0);

  constructor(parts: FileParts) {
    this.parts = parts;
  }

  enter(chunk: Buffer): void {
    this.chunk = chunk;
    this.memory?.leave();
  }

  learn(example: readonly ExampleMember[], values: Omit<PlainValues, 'from'>): void {
    const { plain } = this.parts.mapper;
    if (plain?.uniform === undefined || this.programs.has(example)) return;
    if (isTypical(example, values.row, plain.uniform)) this.programs.set(example, this.programOf(example, values));
  }

  read(example: readonly ExampleMember[], start: BlockStart): RecordBlock | undefined {
    const program = this.programs.get(example);
    return program && this.memory?.read(program, this.chunk, start);
  }

  private programOf(example: readonly ExampleMember[], values: Omit<PlainValues, 'from'>): Program | undefined {
    const { mapper, source, codec } = this.parts;
    const { plain } = mapper;
    const valid = plain && finishPlain({ ...values, from: 0 }, ANYWHERE, plain, source);
    if (valid === undefined || plain?.uniform === undefined || values.kept > 0) return undefined;
    const group = mapper.map(valid.valid, source, valid.account);
    if (isOpen(group) || group.children.length > 0) return undefined;
    const parts = { example, uniform: plain.uniform, group, codec, encoder: codec.encoder() };
    const bytes = compileProgram(parts);
    if (bytes !== undefined && this.memory === undefined) {
      this.memory = this.parts.memory();
      this.memory?.leave();
    }
    return bytes && { like: { group, account: valid.account.summary }, bytes };
  }
}

/** Whether the members of a record have no value that changes more than their columns. */
function isTypical(example: readonly ExampleMember[], row: Row, { nullable, exceptions }: UniformRows): boolean {
  return example.every(({ place }) => {
    const value = row[place] ?? null;
    return value === null ? nullable.has(place) : exceptions.get(place) !== value;
  });
}

/** Nothing of a row follows from where its record lies. */
const ANYWHERE = { captures: [], index: 0, pointer: '' };

/** The module with a chunk and what was read of it. */
class BlockMemory {
  private readonly module: RecordsModule;
  private readonly bytes: Uint8Array;
  private readonly result: Int32Array;
  private readonly words: Int32Array;
  private readonly places: Float64Array;
  private readonly lengths: Int32Array;
  private program: Program | undefined;
  /** The chunk was copied. */
  private isEntered = false;
  /** Records that were read of it, and where their rows end. */
  private records = 0;
  private rowsEnd = 0;

  constructor(module: RecordsModule) {
    const { buffer } = module.memory;
    this.module = module;
    this.bytes = new Uint8Array(buffer);
    this.result = new Int32Array(buffer, at.RESULT, 4);
    this.words = new Int32Array(buffer, at.WORDS_AT, at.MOST_RECORDS * WORDS);
    this.places = new Float64Array(buffer, at.PLACES_AT, at.MOST_RECORDS * PLACES);
    this.lengths = new Int32Array(buffer, at.LENGTHS_AT, at.MOST_RECORDS);
  }

  /** Another chunk follows. */
  leave(): void {
    this.isEntered = false;
  }

  read(program: Program, chunk: Buffer, start: BlockStart): PackedBlock | undefined {
    if (chunk.length > at.MOST_SOURCE - at.SLACK) return undefined;
    if (!this.isEntered) this.enter(chunk);
    if (this.program !== program) {
      this.bytes.set(program.bytes, at.PROGRAM);
      this.program = program;
    }
    const { from, place, areLines, number, maxRecordBytes } = start;
    const longest = Math.min(maxRecordBytes, at.MOST_SOURCE);
    const { records: first, rowsEnd: rowsAt } = this;
    const base = place.byte - from;
    const count = this.module.readRecords(
      from,
      longest,
      areLines ? 1 : 0,
      first,
      rowsAt,
      base,
      number,
      place.line,
      place.column,
    );
    if (count === 0) return undefined;
    const [end = 0, newlines = 0, lastNewline = 0, rowsEnd = 0] = this.result;
    this.records += count;
    this.rowsEnd = rowsEnd;
    return new PackedBlock(
      { count, end, newlines, lastNewline },
      {
        example: program.like,
        rows: this.bytes.subarray(rowsAt, rowsEnd),
        words: this.words.subarray(WORDS * first, WORDS * this.records),
        places: this.places.subarray(PLACES * first, PLACES * this.records),
        lengths: this.lengths.subarray(first, this.records),
        chunk,
        from,
      },
    );
  }

  private enter(chunk: Buffer): void {
    this.bytes.set(chunk, at.SOURCE);
    this.bytes[at.SOURCE + chunk.length] = 0;
    this.isEntered = true;
    this.records = 0;
    this.rowsEnd = at.ROWS;
  }
}
