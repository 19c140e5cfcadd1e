import type { Transform } from 'node:stream';
import { constants, crc32, createInflateRaw, createZstdDecompress, type Zlib } from 'node:zlib';
import { WINDOW_TOO_LARGE } from './file-head.ts';
import { fitsTrailer, GZIP_TRAILER, type Member, memberAt, WINDOW_LOG } from './members.ts';
import { ZstdFrame } from './zstd-frame.ts';

/** Why compressed bytes could not be read to their end. */
export class DamagedCompression extends Error {
  readonly code: 'damaged-compression' | 'window-too-large';
  /** What came before is whole: members that end where the damage begins. */
  readonly isBetweenMembers: boolean;

  constructor(message: string, isBetweenMembers: boolean, code: DamagedCompression['code'] = 'damaged-compression') {
    super(message);
    this.code = code;
    this.isBetweenMembers = isBetweenMembers;
  }
}

const OUTPUT_BYTES = 64 * 1024;

/**
 * The content of every member of a gzip file, of every frame of a zstd file, in order.
 * @throws DamagedCompression after what came before the damage.
 */
export async function* inflate(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const input = new Input(chunks);
  try {
    while (await input.holds(1)) {
      const member = await nextMember(input);
      if (member === undefined) return;
      if (member.kind === 'skip') await input.skip(member.bytes);
      else if (member.kind === 'zstd') yield* frame(input);
      else if (member.kind === 'gzip') yield* gzipMember(input, member.header);
    }
  } finally {
    await input.close();
  }
}

/** Undefined where only zeros follow, with which tapes and disks fill up. */
async function nextMember(
  input: Input,
): Promise<Exclude<Member, { kind: 'rubbish' | 'window-too-large' }> | undefined> {
  let member = memberAt(input.bytes, false);
  for (let wanted = 32; member === undefined; wanted = input.bytes.length + 1) {
    const isMore = await input.holds(wanted);
    member = memberAt(input.bytes, !isMore);
    if (!isMore) break;
  }
  if (member === undefined) throw new DamagedCompression('the compressed data is cut off', true);
  if (member.kind === 'window-too-large') {
    throw new DamagedCompression(WINDOW_TOO_LARGE, true, 'window-too-large');
  }
  if (member.kind !== 'rubbish') return member;
  if (await input.isZeros()) return undefined;
  throw new DamagedCompression('something that is not compressed follows the compressed data', true);
}

async function* frame(input: Input): AsyncGenerator<Buffer> {
  const end = new ZstdFrame(input.bytes);
  const engine = new Engine(
    createZstdDecompress({ chunkSize: OUTPUT_BYTES, params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG } }),
  );
  try {
    while (!end.isComplete) {
      if (!(await input.holds(1))) throw cutOff();
      const bytes = input.take(end.take(input.bytes));
      yield* engine.feed(bytes);
    }
  } finally {
    engine.close();
  }
}

async function* gzipMember(input: Input, header: number): AsyncGenerator<Buffer> {
  await input.skip(header);
  const engine = new Engine(createInflateRaw({ chunkSize: OUTPUT_BYTES }));
  let [checksum, length] = [0, 0];
  try {
    for (let isComplete = false; !isComplete; ) {
      if (!(await input.holds(1))) throw cutOff();
      const before = engine.consumed;
      const { bytes } = input;
      for await (const piece of engine.feed(bytes)) {
        checksum = crc32(piece, checksum);
        length += piece.length;
        yield piece;
      }
      const consumed = engine.consumed - before;
      isComplete = consumed < bytes.length;
      input.take(consumed);
      // Where the data ends with the chunk, its trailer is what nothing is consumed of.
    }
  } finally {
    engine.close();
  }
  if (!(await input.holds(GZIP_TRAILER))) throw cutOff();
  if (!fitsTrailer(input.take(GZIP_TRAILER), checksum, length)) {
    throw new DamagedCompression('the checksum of the compressed data does not fit', true);
  }
}

function cutOff(): DamagedCompression {
  return new DamagedCompression('the compressed data is cut off', false);
}

/** Bytes that arrive in chunks, each valid until the next one is asked for. */
class Input {
  bytes: Buffer = Buffer.alloc(0);
  private readonly chunks: AsyncIterator<Buffer>;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  /** Whether at least so many bytes are left; they are then in `bytes`. */
  async holds(count: number): Promise<boolean> {
    while (this.bytes.length < count) {
      const kept = Buffer.from(this.bytes);
      const { done, value } = await this.chunks.next();
      if (done) {
        this.bytes = kept;
        return false;
      }
      this.bytes = kept.length === 0 ? value : Buffer.concat([kept, value]);
    }
    return true;
  }

  take(count: number): Buffer {
    const taken = this.bytes.subarray(0, count);
    this.bytes = this.bytes.subarray(count);
    return taken;
  }

  async skip(count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      if (!(await this.holds(1))) throw cutOff();
      left -= this.take(Math.min(left, this.bytes.length)).length;
    }
  }

  async isZeros(): Promise<boolean> {
    while (await this.holds(1)) if (this.take(this.bytes.length).some((byte) => byte !== 0)) return false;
    return true;
  }

  async close(): Promise<void> {
    await this.chunks.return?.();
  }
}

/** A decoder of Node, given one chunk after the other. */
class Engine {
  private readonly stream: Transform & Zlib;
  private failure: Error | undefined;
  private wake = (): void => undefined;

  constructor(stream: Transform & Zlib) {
    this.stream = stream;
    stream.on('readable', () => this.wake());
    stream.on('error', (error) => {
      this.failure = error;
      this.wake();
    });
  }

  /** Bytes that the decoder wanted so far. */
  get consumed(): number {
    return this.stream.bytesWritten;
  }

  async *feed(bytes: Buffer): AsyncGenerator<Buffer> {
    let isDone = false;
    this.stream.write(bytes, () => {
      isDone = true;
      this.wake();
    });
    for (;;) {
      const piece: Buffer | null = this.stream.read();
      if (piece !== null) yield piece;
      else if (this.failure) throw new DamagedCompression('the compressed data is damaged', false);
      else if (isDone) return;
      else {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    }
  }

  close(): void {
    this.stream.destroy();
  }
}
