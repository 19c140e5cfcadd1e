const MAGIC_BYTES = 4;
const BLOCK_HEADER = 3;
const CHECKSUM = 4;

/**
 * Finds the end of a zstd frame while its bytes arrive: the decoder of Node does not tell it.
 * https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1
 */
export class ZstdFrame {
  isComplete = false;
  private readonly hasChecksum: boolean;
  /** Bytes that come before the next header of a block, or before the end. */
  private left: number;
  private isLast = false;
  private header: number[] = [];

  /** @param head at least the descriptor of the frame. */
  constructor(head: Buffer) {
    const descriptor = head[MAGIC_BYTES] ?? 0;
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const content = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
    const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
    this.hasChecksum = (descriptor & 4) !== 0;
    this.left = MAGIC_BYTES + 1 + (isSingleSegment ? 0 : 1) + dictionary + content;
  }

  /** How many of the next bytes belong to the frame. */
  take(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && !this.isComplete) {
      const skipped = Math.min(this.left, bytes.length - at);
      at += skipped;
      this.left -= skipped;
      if (this.left > 0) break;
      if (this.isLast) this.isComplete = true;
      else if (at < bytes.length) this.readHeader(bytes[at++] as number);
    }
    return at;
  }

  private readHeader(byte: number): void {
    this.header.push(byte);
    if (this.header.length < BLOCK_HEADER) return;
    const [low = 0, middle = 0, high = 0] = this.header;
    const word = low | (middle << 8) | (high << 16);
    const isRun = ((word >> 1) & 3) === 1;
    this.header = [];
    this.isLast = (word & 1) === 1;
    this.left = (isRun ? 1 : word >> 3) + (this.isLast && this.hasChecksum ? CHECKSUM : 0);
    this.isComplete = this.isLast && this.left === 0;
  }
}
