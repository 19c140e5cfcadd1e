import { createHash } from 'node:crypto';
import type { TextDecoder } from 'node:util';
import { readSmall } from '../files/small-source.ts';
import { hashedChunks, isUnchanged, type OpenedSource, openSource, readAtOnce } from '../files/source-file.ts';
import type { SourcePlace } from '../files/source-place.ts';
import { DamagedEntry } from '../files/zip-entry.ts';
import { DamagedCompression, inflate } from '../inventory/inflate.ts';
import type { Compression } from '../inventory/source.ts';
import { BesideRecords } from '../json/beside-records.ts';
import type { BlockReader } from '../json/block-reader.ts';
import { PlainReader } from '../json/plain-reader.ts';
import type { PlainRules } from '../json/plain-rules.ts';
import { type Container, type RawRecord, RecordSplitter } from '../json/split.ts';
import { detectEncoding } from '../json/text-encoding.ts';
import type { Finding, Place } from '../reject.ts';

/** Files up to this size are read with one synchronous call, which for thousands of small files is several times faster. */
const SMALL = 256 * 1024;

export interface ReadOptions {
  readonly container: Container;
  readonly compression: Compression;
  readonly encoding: string;
  readonly maxRecordBytes: number;
  /** Members of the root that are read another time. */
  readonly elsewhere?: readonly string[] | undefined;
  /** Pointers to values beside the records that these take. */
  readonly asked?: readonly string[] | undefined;
  /** Records that fit are read into rows at once; nobody then sees their bytes. */
  readonly plain?: PlainRules | undefined;
  /** Those that follow one another are read at once. */
  readonly blocks?: BlockReader | undefined;
}

/** A finding about the file as a whole: its container is damaged, or it cannot be read. */
export interface FileFinding extends Finding {
  readonly place: Place;
}

/** Reads a source file once: its records while they arrive, and afterwards its hash and what is wrong with it. */
export class RecordReader {
  /** Of the bytes on disk; known when all records were read. */
  sha256: string | undefined;
  finding: FileFinding | undefined;
  /** Bytes on disk that were read so far. */
  position = 0;
  /** Members of the root beside the records. */
  beside = new BesideRecords();
  /** Whether the file has what the way to its records begins with. */
  foundPlace = true;
  private readonly place: SourcePlace;
  private readonly options: ReadOptions;

  constructor(place: SourcePlace, options: ReadOptions) {
    this.place = place;
    this.options = options;
  }

  /** Groups of records. The bytes of a record are valid until the next group. */
  async *records(): AsyncGenerator<readonly RawRecord[]> {
    const { container, plain, blocks } = this.options;
    const splitter = new RecordSplitter(container, this.options, plain && new PlainReader(plain, blocks));
    try {
      for await (const chunk of this.decoded(this.unpacked(this.chunks()))) {
        yield splitter.push(chunk);
        if (splitter.failure) break;
      }
      if (this.finding === undefined) yield splitter.end();
    } catch (error) {
      this.note(damage(error));
      // What is whole before the damage is read to its end.
      if (error instanceof DamagedCompression && error.isBetweenMembers) yield splitter.end();
    }
    this.beside = splitter.beside;
    this.foundPlace = splitter.foundPlace;
    const { failure } = splitter;
    if (failure) this.note({ code: failure.code, message: failure.message, pointer: '' }, { record: null, ...failure });
    const { collections, collectionPointers } = splitter.beside;
    if (collections.size > 0) this.note(secondCollection([...collections], collectionPointers));
    if (this.sha256 === undefined) await this.readToEnd();
  }

  private note(finding: Finding, place: Place = { record: null, line: null, column: null, byte: null }): void {
    this.finding ??= { ...finding, place: { record: null, line: place.line, column: place.column, byte: place.byte } };
  }

  private async *chunks(): AsyncGenerator<Buffer> {
    const small = readSmall(this.place, SMALL);
    if (small !== undefined) {
      this.sha256 = createHash('sha256').update(small).digest('hex');
      this.position = small.length;
      yield small;
      return;
    }
    const source = await openSource(this.place);
    if ('refused' in source)
      return this.note({
        code: source.refused === 'source-changed' ? source.refused : 'unreadable-file',
        message: source.message,
        pointer: '',
      });
    try {
      yield* this.largeChunks(source);
    } finally {
      await source.close();
    }
  }

  private async *largeChunks(source: OpenedSource): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    for await (const chunk of hashedChunks(source, hash, readAtOnce)) {
      this.position += chunk.length;
      yield chunk;
    }
    if (await isUnchanged(source)) this.sha256 = hash.digest('hex');
    else this.note({ code: 'source-changed', message: 'the file changed while it was read', pointer: '' });
  }

  private unpacked(chunks: AsyncGenerator<Buffer>): AsyncIterable<Buffer> {
    if (this.options.compression === 'none') return chunks;
    return inflate(chunks);
  }

  private async *decoded(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let decoder: TextDecoder | undefined;
    let first = true;
    for await (const chunk of chunks) {
      if (first) {
        const detected = detectEncoding(chunk, this.options.encoding);
        if ('finding' in detected) return this.note(detected.finding);
        decoder = detected.decoder;
        first = false;
      }
      yield decoder === undefined ? chunk : Buffer.from(decoder.decode(chunk, { stream: true }));
    }
    if (decoder !== undefined) yield Buffer.from(decoder.decode());
  }

  /** The hash is of the whole file, also where its records end early. */
  private async readToEnd(): Promise<void> {
    if (this.finding?.code === 'source-changed' || this.finding?.code === 'unreadable-file') return;
    try {
      for await (const _chunk of this.chunks());
    } catch (error) {
      this.note(damage(error));
    }
  }
}

const MOST_NAMES = 5;

/** Data that would otherwise be lost without a word. */
function secondCollection(names: readonly string[], [pointer = '']: readonly string[]): Finding {
  const named = names.slice(0, MOST_NAMES).map((name) => JSON.stringify(name));
  const others = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  const message = `no dataset takes what is under ${named.join(', ')}${others}`;
  return { code: 'second-collection', pointer, message };
}

function damage(error: unknown): Finding {
  if (error instanceof TypeError && /encod/i.test(error.message)) {
    return { code: 'unsupported-encoding', pointer: '', message: 'the bytes are not text in the given encoding' };
  }
  if (error instanceof DamagedEntry) return { code: error.code, pointer: '', message: error.message };
  if (error instanceof DamagedCompression) return { code: error.code, pointer: '', message: error.message };
  return { code: 'unreadable-file', pointer: '', message: 'the file cannot be read to its end' };
}
