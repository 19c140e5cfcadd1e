import { rowCodec } from '../databases/open.ts';
import type { RowFormat } from '../databases/row-codec.ts';
import type { MappingOptions } from '../datasets/dataset.ts';
import type { Registry } from '../datasets/registry.ts';
import type { Origin } from '../inventory/source.ts';
import { bytesOf, type RawRecord } from '../json/split.ts';
import { BlockReaders } from './blocks/block-reader.ts';
import { PackedBlock } from './blocks/packed-block.ts';
import type { Chunk, FileEnd, FileSlice, FileToCheck } from './chunk.ts';
import { collectionsIn } from './collections.ts';
import { OF_ONE_TIME, SUPERSEDED } from './current-states.ts';
import { FileOpener, type OpenFile } from './open-file.ts';
import { endOf, OpenSlice, wholeEnd } from './open-slice.ts';
import type { ReadOptions } from './read.ts';
import type { ValidRecord } from './record.ts';
import { RecordPacker } from './record-packer.ts';
import type { StateFiles } from './state-files.ts';
import {
  finishPlain,
  type LeftOut,
  placeOf as placeInList,
  recordPointer,
  type Validated,
  type ValidateOptions,
  validateRecord,
} from './validate.ts';

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
  private readonly packer: RecordPacker;
  private readonly opener: FileOpener;
  private slices: FileSlice[] = [];
  private bytes = 0;
  private bytesOnDisk = 0;
  private times = { read: 0, validate: 0, map: 0 };

  constructor(settings: CheckSettings, registry: Registry) {
    this.settings = settings;
    this.registry = registry;
    const codec = rowCodec(settings.rowFormat);
    this.opener = new FileOpener(settings, registry, new BlockReaders(codec));
    this.packer = new RecordPacker(codec, registry.tables);
  }

  /** Chunks in the order of the files and their records. */
  async *check(files: readonly FileToCheck[], states: StateFiles): AsyncGenerator<Chunk> {
    this.opener.stateFiles = states;
    for (const file of files) yield* this.checkFile(file);
    if (this.slices.length > 0) yield this.take();
  }

  private async *checkFile(file: FileToCheck): AsyncGenerator<Chunk> {
    const isRefused = this.settings.strict && (await this.hasReject(file));
    if (file.bytes > LARGE && this.slices.length > 0) yield this.take();
    this.opener.begin();
    let told = 0;
    const tell = (position: number): void => {
      this.bytesOnDisk += Math.max(0, position - told);
      told = Math.max(told, position);
    };
    const collections = collectionsIn(file.dataset, file.recognised, this.registry);
    const ends: FileEnd[] = [];
    const taken = new Set<string>();
    let records = 0;
    let foundPlace = false;
    for (const [index, collection] of collections.entries()) {
      const open = await this.opener.open(file, collection, collections);
      let slice = new OpenSlice(file, { index, shared: open.beside }, { isRefused, first: this.packer.count });
      const before = records;
      for await (const group of this.groups(open)) {
        if (this.isFull && file.bytes > LARGE && group.length > 0) {
          tell(Math.min(open.reader.position, file.bytes));
          this.slices.push(slice.closed(this.packer.count, undefined));
          yield this.take();
          slice = new OpenSlice(file, { index, shared: open.beside }, { isRefused, first: 0 });
        }
        for (const { block } of group) records += block?.count ?? 1;
        const numbered = before === 0 ? group : group.map((raw) => ({ ...raw, number: raw.number + before }));
        this.map(this.validate(numbered, open, slice), open, slice);
      }
      if (open.ownerBeside !== undefined) slice.namedOwner = open.ownerBeside;
      open.close();
      ends.push(endOf(open.reader));
      foundPlace ||= open.reader.foundPlace;
      for (const name in open.beside) taken.add(name);
      const end = index === collections.length - 1 ? wholeEnd(ends, taken, foundPlace) : undefined;
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
      const open = await this.opener.open(file, collection, collections);
      for await (const group of this.groups(open)) {
        if (group.some((raw) => raw.block === undefined && isRejected(this.checkRecord(raw, open)))) return true;
      }
      if (endOf(open.reader).finding !== undefined) return true;
    }
    return false;
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

  private checkRecord(raw: RawRecord, open: OpenFile): Validated | LeftOut | undefined {
    const { mapper, source, keyNamesOwner } = open;
    const state = open.states?.stateOf(raw, ++open.read, mapper, source);
    if (state === SUPERSEDED) return { leftOut: SUPERSEDED };
    const own = keyNamesOwner && raw.key !== undefined ? { ...source, shared: undefined } : source;
    const read = raw.plain && mapper.plain && finishPlain(raw.plain, placeInList(raw), mapper.plain, own);
    const validated = read ?? validateRecord(raw, mapper, own, this.settings, open);
    if (state === 'tied' && validated !== undefined && 'valid' in validated)
      validated.account.warn('states-of-one-time', OF_ONE_TIME);
    return validated;
  }

  private validate(group: readonly RawRecord[], open: OpenFile, slice: OpenSlice): readonly GoodRecord[] {
    const began = performance.now();
    const good: GoodRecord[] = [];
    for (const raw of group) {
      this.bytes += raw.length;
      if (raw.block !== undefined) {
        good.push({ raw, valid: undefined });
        continue;
      }
      const validated = this.checkRecord(raw, open);
      if (validated === undefined) continue;
      if ('leftOut' in validated) slice.leaveOut(validated.leftOut);
      else if ('rejects' in validated) this.reject(raw, validated, slice);
      else good.push({ raw, valid: validated });
    }
    this.times.validate += performance.now() - began;
    return good;
  }

  private reject(raw: RawRecord, { rejects, names }: Extract<Validated, { rejects: unknown }>, slice: OpenSlice): void {
    const bytes = this.settings.keepBytes ? new Uint8Array(bytesOf(raw)) : undefined;
    const index = this.settings.keepBytes ? raw.place?.index : undefined;
    slice.rejected.push({ rejects, names, bytes, key: raw.key, pointer: recordPointer(raw), index });
  }

  private map(records: readonly GoodRecord[], { mapper, source }: OpenFile, slice: OpenSlice): void {
    const began = performance.now();
    for (const { raw, valid } of records) {
      if (valid === undefined) {
        this.addBlock(raw, slice);
        continue;
      }
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
        index: this.settings.keepBytes ? raw.place?.index : undefined,
        account: valid.account.summary,
        source: this.settings.keepBytes ? new Uint8Array(bytesOf(raw)) : undefined,
      });
    }
    this.times.map += performance.now() - began;
  }

  private addBlock({ block, number }: RawRecord, slice: OpenSlice): void {
    if (!(block instanceof PackedBlock)) throw new TypeError('records that nobody has packed');
    const { group } = block.columns.example;
    if (group.namesOwner) slice.namedOwner = group.owner;
    this.packer.addBlock(block, number, this.settings.keepBytes);
  }

  private get isFull(): boolean {
    return this.packer.count >= CHUNK_RECORDS || this.bytes >= Math.min(CHUNK_BYTES, this.settings.batchBytes);
  }

  private take(): Chunk {
    const { slices, bytes, bytesOnDisk, times } = this;
    const chunk = { packed: this.packer.take(), slices, seen: this.opener.takeSeen(), bytes, bytesOnDisk, times };
    this.slices = [];
    this.bytes = 0;
    this.bytesOnDisk = 0;
    this.times = { read: 0, validate: 0, map: 0 };
    return chunk;
  }
}

function isRejected(validated: Validated | LeftOut | undefined): boolean {
  return validated !== undefined && 'rejects' in validated;
}

/** A record in a file of its own, as it was numbered and named in the file around it. */
function asInItsFile(raw: RawRecord, { record, key, place }: Origin): RawRecord {
  return { ...raw, number: record ?? raw.number, key: key ?? undefined, place: place ?? undefined };
}

interface GoodRecord {
  readonly raw: RawRecord;
  /** Of a block, which was validated when it was read, nothing. */
  readonly valid: ValidRecord | undefined;
}
