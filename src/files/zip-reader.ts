import { readSync } from 'node:fs';
import { RandomAccessReader } from 'yauzl';

/** Reads the list of entries in large pieces: the library asks for a few bytes at a time. */
export class ZipReader extends RandomAccessReader {
  private readonly file: number;
  private readonly buffer = Buffer.allocUnsafeSlow(64 * 1024);
  private start = 0;
  private length = 0;
  /** Where the last piece ended that was asked for. */
  private end = 0;

  constructor(file: number) {
    super();
    this.file = file;
  }

  override read(
    into: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, read?: number) => void,
  ): void {
    for (let done = 0; done < length; ) {
      const at = position + done;
      if (at < this.start || at >= this.start + this.length) this.fill(at);
      const copied = this.buffer.copy(
        into,
        offset + done,
        at - this.start,
        Math.min(this.length, at - this.start + length - done),
      );
      if (copied === 0) {
        callback(new Error('it is cut off'));
        return;
      }
      done += copied;
    }
    this.end = position + length;
    callback(null, length);
  }

  /** Whether these bytes follow what was read last. */
  isFollowedBy(signature: string): boolean {
    const bytes = Buffer.alloc(signature.length);
    readSync(this.file, bytes, 0, bytes.length, this.end);
    return bytes.toString('latin1') === signature;
  }

  private fill(position: number): void {
    this.start = position;
    this.length = readSync(this.file, this.buffer, 0, this.buffer.length, position);
  }
}
