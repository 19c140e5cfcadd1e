const SEEDS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d] as const;

/**
 * Hashes texts and bytes to 96 bits, in a fraction of the time that a call of a cryptographic hash takes. Equal input
 * gives equal prints on every machine; nobody is kept from finding two inputs with the same print on purpose.
 * The mixing steps are those of MurmurHash3: https://github.com/aappleby/smhasher/wiki/MurmurHash3
 */
export class Fingerprint {
  a = 0;
  b = 0;
  c = 0;

  begin(): void {
    [this.a, this.b, this.c] = SEEDS;
  }

  /** UTF-16 units, with the length, so that the border between two texts counts. */
  addText(text: string): void {
    let { a, b, c } = this;
    const { length } = text;
    for (let i = 0; i < length; i += 2) {
      const word = text.charCodeAt(i) | ((i + 1 < length ? text.charCodeAt(i + 1) : 0) << 16);
      a = mix(a, word, 15);
      b = mix(b, word, 13);
      c = mix(c, word, 11);
    }
    this.a = mix(a, length, 15);
    this.b = mix(b, length, 13);
    this.c = mix(c, length, 11);
  }

  addBytes(bytes: Uint8Array, from: number, to: number): void {
    let { a, b, c } = this;
    const words = from + ((to - from) & ~3);
    for (let i = from; i < words; i += 4) {
      const word =
        (bytes[i] as number) |
        ((bytes[i + 1] as number) << 8) |
        ((bytes[i + 2] as number) << 16) |
        ((bytes[i + 3] as number) << 24);
      a = mix(a, word, 15);
      b = mix(b, word, 13);
      c = mix(c, word, 11);
    }
    let rest = to - from;
    for (let i = words; i < to; i++) rest = (rest << 8) ^ (bytes[i] as number);
    this.a = mix(a, rest, 15);
    this.b = mix(b, rest, 13);
    this.c = mix(c, rest, 11);
  }

  end(): void {
    this.a = avalanche(this.a);
    this.b = avalanche(this.b ^ this.a);
    this.c = avalanche(this.c ^ this.b);
  }
}

function mix(hash: number, word: number, turn: number): number {
  const turned = Math.imul(word, 0xcc9e2d51 + turn);
  const mixed = hash ^ Math.imul((turned << turn) | (turned >>> (32 - turn)), 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function avalanche(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
