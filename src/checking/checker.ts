import { rowCodec } from '../databases/open.ts';
import type { RowFormat } from '../databases/row-codec.ts';
import type { MappingContext, MappingOptions, RecordMapper, SourceContext } from '../datasets/dataset.ts';
import type { Registry } from '../datasets/registry.ts';
import { openScratch } from '../files/scratch.ts';
import { nameOf } from '../inventory/recognise-file.ts';
import { fileType, type NamedCollection, type Origin, originOf } from '../inventory/source.ts';
import { bytesOf, type RawRecord } from '../json/split.ts';
import type { Reject } from '../reject.ts';
import { compileTimeReader } from '../time/time.ts';
import type { Chunk, FileEnd, FileSlice, FileToCheck } from './chunk.ts';
import { collectionsIn, membersElsewhere } from './collections.ts';
import { OccurrenceCounter } from './occurrence-counter.ts';
import { endOf, OpenSlice, wholeEnd } from './open-slice.ts';
import { type ReadOptions, RecordReader } from './read.ts';
import type { ValidRecord } from './record.ts';
import { RecordPacker } from './record-packer.ts';
import { sharedMembers } from './shared-members.ts';
import { finishPlain, recordPointer, type Validated, type ValidateOptions, validateRecord } from './validate.ts';

/** What checking depends on. Goes to other threads as it is. */
export interface CheckSettings
  extends ValidateOptions,
    MappingOptions,
    Pick<ReadOptions, 'encoding' | 'maxRecordBytes'> {
  /** Keep the bytes of records, for `--rejects`. */
  readonly keepBytes: boolean;
  readonly rowFormat: RowFormat;
  /** Source bytes per transaction. */
  readonly batchBytes: number;
  readonly tempDir: string | undefined;
}

/** Picked one by one: what else there is in the settings of a run does not fit through the door of a thread. */
export function checkSettings(
  run: Omit<CheckSettings, 'keepBytes' | 'rowFormat'>,
  own: Pick<CheckSettings, 'keepBytes' | 'rowFormat'>,
): CheckSettings {
  const { repair, strict, naiveTime, source, hashSecrets, keepPlainKeys, encoding, maxRecordBytes } = run;
  const { batchBytes, tempDir } = run;
  const mapping = { repair, strict, naiveTime, source, hashSecrets, keepPlainKeys };
  return { ...mapping, encoding, maxRecordBytes, batchBytes, tempDir, ...own };
}

/** A chunk is complete when it has as many records or bytes of its files, or the bytes of a whole batch. */
const CHUNK_RECORDS = 4096;
const CHUNK_BYTES = 512 * 1024;

/**
 * A larger file may be cut into several chunks, and then commits in several batches. It begins a chunk of its own, so that
 * what is left of it can be dropped when it changes meanwhile.
 */
const LARGE = 256 * 1024;

/** Takes files through the stages read → validate → map, and packs what can be loaded. */
export class Checker {
  private readonly settings: CheckSettings;
  private readonly registry: Registry;
  private readonly context: MappingContext;
  private readonly packer: RecordPacker;
  private readonly mappers = new Map<string, RecordMapper>();
  private openedOccurrences: OccurrenceCounter | undefined;
  private slices: FileSlice[] = [];
  private bytes = 0;
  private bytesOnDisk = 0;
  private times = { read: 0, validate: 0, map: 0 };

  constructor(settings: CheckSettings, registry: Registry) {
    this.settings = settings;
    this.registry = registry;
    this.context = { ...settings, readTime: compileTimeReader(settings.naiveTime) };
    this.packer = new RecordPacker(rowCodec(settings.rowFormat), registry.tables);
  }

  /** Chunks in the order of the files and their records. */
  async *check(files: readonly FileToCheck[]): AsyncGenerator<Chunk> {
    for (const file of files) yield* this.checkFile(file);
    if (this.slices.length > 0) yield this.take();
  }

  private async *checkFile(file: FileToCheck): AsyncGenerator<Chunk> {
    const isRefused = this.settings.strict && (await this.hasReject(file));
    if (file.bytes > LARGE && this.slices.length > 0) yield this.take();
    this.openedOccurrences?.begin();
    let told = 0;
    const tell = (position: number): void => {
      this.bytesOnDisk += Math.max(0, position - told);
      told = Math.max(told, position);
    };
    const collections = collectionsIn(file.dataset, file.recognised, this.registry);
    const ends: FileEnd[] = [];
    const taken = new Set<string>();
    let records = 0;
    for (const [index, collection] of collections.entries()) {
      const open = await this.open(file, collection, collections);
      let slice = new OpenSlice(file, { index, shared: open.beside }, { isRefused, first: this.packer.count });
      const before = records;
      for await (const group of this.groups(open)) {
        if (this.isFull && file.bytes > LARGE && group.length > 0) {
          tell(Math.min(open.reader.position, file.bytes));
          this.slices.push(slice.closed(this.packer.count, undefined));
          yield this.take();
          slice = new OpenSlice(file, { index, shared: open.beside }, { isRefused, first: 0 });
        }
        records += group.length;
        const numbered = before === 0 ? group : group.map((raw) => ({ ...raw, number: raw.number + before }));
        this.map(this.validate(numbered, open, slice), open, slice);
      }
      if (open.ownerBeside !== undefined) slice.namedOwner = open.ownerBeside;
      ends.push(endOf(open.reader));
      for (const name in open.beside) taken.add(name);
      const end = index === collections.length - 1 ? wholeEnd(ends, taken) : undefined;
      if (end?.finding?.code === 'source-changed' && this.slices.length === 0) this.packer.take();
      if (end) tell(file.bytes);
      this.slices.push(slice.closed(this.packer.count, end));
    }
    if (this.isFull) yield this.take();
  }

  /** `--strict` loads nothing of a file with a reject, so each file is read once to find out. */
  private async hasReject(file: FileToCheck): Promise<boolean> {
    const collections = collectionsIn(file.dataset, file.recognised, this.registry);
    for (const collection of collections) {
      const open = await this.open(file, collection, collections);
      for await (const group of this.groups(open)) {
        if (group.some((raw) => 'rejects' in this.checkRecord(raw, open))) return true;
      }
      if (endOf(open.reader).finding !== undefined) return true;
    }
    return false;
  }

  private async open(
    { path, absolutePath, recognised }: FileToCheck,
    { dataset: name, container }: NamedCollection,
    all: readonly NamedCollection[],
  ): Promise<OpenFile> {
    const { compression, owner } = recognised;
    const origin = originOf(path, { ...recognised, container });
    const dataset = this.registry.get(name);
    const mapper = this.mappers.get(name) ?? dataset.compile(this.context);
    this.mappers.set(name, mapper);
    // A record was decoded when it was taken out of its file.
    const encoding = origin.record === null ? this.settings.encoding : 'utf-8';
    const elsewhere = membersElsewhere(all, { dataset: name, container }, recognised.elsewhere);
    const reading = { ...this.settings, encoding, container, compression, elsewhere };
    const beside = origin.shared ?? (await sharedMembers(absolutePath, reading, dataset));
    const ownerBeside = dataset.isOwnedBeside ? Object.values(beside ?? {})[0] : undefined;
    const shared = dataset.isOwnedBeside ? undefined : beside;
    const source: SourceContext = {
      stem: fileType(nameOf(origin.path))?.stem ?? origin.path,
      container: origin.container,
      member: origin.member ?? undefined,
      owner: ownerBeside ?? owner.owner,
      shared,
      occurrenceOf: (content) => this.occurrences.of(content),
    };
    const plain = shared === undefined ? mapper.plain : undefined;
    const reader = new RecordReader(absolutePath, { ...reading, plain });
    return { reader, mapper, source, origin, beside, ownerBeside, keyNamesOwner: dataset.keyNamesOwner === true };
  }

  /** Most datasets ask for none. */
  private get occurrences(): OccurrenceCounter {
    this.openedOccurrences ??= new OccurrenceCounter(openScratch(this.settings.tempDir));
    return this.openedOccurrences;
  }

  private async *groups({ reader, origin }: OpenFile): AsyncGenerator<readonly RawRecord[]> {
    let began = performance.now();
    for await (const group of reader.records()) {
      this.times.read += performance.now() - began;
      yield origin.record === null ? group : group.map((raw) => asInItsFile(raw, origin));
      began = performance.now();
    }
    this.times.read += performance.now() - began;
  }

  private checkRecord(raw: RawRecord, { mapper, source, keyNamesOwner }: OpenFile): Validated {
    const own = keyNamesOwner && raw.key !== undefined ? { ...source, shared: undefined } : source;
    const read = raw.plain && mapper.plain && finishPlain(raw.plain, mapper.plain, own);
    return read ?? validateRecord(raw, mapper, own, this.settings);
  }

  private validate(group: readonly RawRecord[], open: OpenFile, slice: OpenSlice): readonly GoodRecord[] {
    const began = performance.now();
    const good: GoodRecord[] = [];
    for (const raw of group) {
      this.bytes += raw.length;
      const validated = this.checkRecord(raw, open);
      if ('rejects' in validated) this.reject(raw, validated.rejects, slice);
      else good.push({ raw, valid: validated });
    }
    this.times.validate += performance.now() - began;
    return good;
  }

  private reject(raw: RawRecord, rejects: readonly Reject[], slice: OpenSlice): void {
    const bytes = this.settings.keepBytes ? new Uint8Array(bytesOf(raw)) : undefined;
    slice.rejected.push({ rejects, bytes, key: raw.key });
  }

  private map(records: readonly GoodRecord[], { mapper, source }: OpenFile, slice: OpenSlice): void {
    const began = performance.now();
    for (const { raw, valid } of records) {
      const group = mapper.map(valid.valid, source, valid.account);
      if (group.namesOwner) slice.namedOwner = group.owner;
      const { number, line, column, byte } = raw;
      this.packer.add(group, {
        number,
        line,
        column,
        byte,
        isMember: raw.key !== undefined,
        pointer: recordPointer(raw),
        account: valid.account.summary,
        source: this.settings.keepBytes ? new Uint8Array(bytesOf(raw)) : undefined,
      });
    }
    this.times.map += performance.now() - began;
  }

  private get isFull(): boolean {
    return this.packer.count >= CHUNK_RECORDS || this.bytes >= Math.min(CHUNK_BYTES, this.settings.batchBytes);
  }

  private take(): Chunk {
    const { slices, bytes, bytesOnDisk, times } = this;
    const chunk = { packed: this.packer.take(), slices, bytes, bytesOnDisk, times };
    this.slices = [];
    this.bytes = 0;
    this.bytesOnDisk = 0;
    this.times = { read: 0, validate: 0, map: 0 };
    return chunk;
  }
}

interface OpenFile {
  readonly reader: RecordReader;
  readonly mapper: RecordMapper;
  readonly source: SourceContext;
  readonly origin: Origin;
  /** Members beside the records of which each has them. */
  readonly beside: SourceContext['shared'];
  readonly ownerBeside: string | undefined;
  readonly keyNamesOwner: boolean;
}

/** A record in a file of its own, as it was numbered and named in the file around it. */
function asInItsFile(raw: RawRecord, { record, key }: Origin): RawRecord {
  return { ...raw, number: record ?? raw.number, key: key ?? undefined };
}

interface GoodRecord {
  readonly raw: RawRecord;
  readonly valid: ValidRecord;
}
