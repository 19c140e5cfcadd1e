import type { Fingerprint } from '../hash/fingerprint.ts';

/** Texts up to this length are written character by character, which is faster than a call into native code. */
const SHORT = 48;

/** Bytes that grow while they are written. */
export class ByteWriter {
  protected bytes = Buffer.allocUnsafeSlow(64 * 1024);
  protected view = new DataView(this.bytes.buffer);
  protected at = 0;

  get length(): number {
    return this.at;
  }

  print(print: Fingerprint, from: number): void {
    print.addBytes(this.bytes, from, this.at);
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  clear(): void {
    this.at = 0;
  }

  take(): Uint8Array<ArrayBuffer> {
    const taken = new Uint8Array(this.bytes.buffer.slice(0, this.at));
    this.at = 0;
    return taken;
  }

  protected reserve(length: number): void {
    if (this.at + length <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, this.at + length));
    this.bytes.copy(grown, 0, 0, this.at);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  /** UTF-8 at the current position. Returns true when all of it is ASCII, as far as that is known. */
  protected writeText(text: string): boolean {
    const { length } = text;
    this.reserve(3 * length);
    if (length > SHORT) {
      const written = this.bytes.write(text, this.at, 'utf8');
      this.at += written;
      return written === length;
    }
    const { bytes, at } = this;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) {
        this.at += bytes.write(text, at, 'utf8');
        return false;
      }
      bytes[at + i] = unit;
    }
    this.at += length;
    return true;
  }
}
