// Prints of rows and keys: MurmurHash3_x86_128 over pieces, as src/hash/fingerprint.ts says it.

let a: u32 = 0;
let b: u32 = 0;
let c: u32 = 0;
let d: u32 = 0;

/** Begins with a state of four words. */
export function beginPrint(state: usize): void {
  a = load<u32>(state);
  b = load<u32>(state, 4);
  c = load<u32>(state, 8);
  d = load<u32>(state, 12);
}

/** Adds a piece by its length, in whatever units, and its bytes. Zeros up to the end of a block stand behind it. */
export function addPiece(length: u32, from: usize, to: usize): void {
  let one = length;
  let two = load<u32>(from);
  let three = load<u32>(from, 4);
  let four = load<u32>(from, 8);
  let at = from + 12;
  let p = a;
  let q = b;
  let r = c;
  let s = d;
  for (;;) {
    p ^= rotl<u32>(one * 0x239b961b, 15) * 0xab0e9789;
    p = (rotl<u32>(p, 19) + q) * 5 + 0x561ccd1b;
    q ^= rotl<u32>(two * 0xab0e9789, 16) * 0x38b34ae5;
    q = (rotl<u32>(q, 17) + r) * 5 + 0x0bcaa747;
    r ^= rotl<u32>(three * 0x38b34ae5, 17) * 0xa1e38b93;
    r = (rotl<u32>(r, 15) + s) * 5 + 0x96cd1c35;
    s ^= rotl<u32>(four * 0xa1e38b93, 18) * 0x239b961b;
    s = (rotl<u32>(s, 13) + p) * 5 + 0x32ac3b17;
    if (at >= to) break;
    one = load<u32>(at);
    two = load<u32>(at, 4);
    three = load<u32>(at, 8);
    four = load<u32>(at, 12);
    at += 16;
  }
  a = p;
  b = q;
  c = r;
  d = s;
}

/** Writes the print. */
export function endPrint(to: usize): void {
  spread();
  a = avalanche(a);
  b = avalanche(b);
  c = avalanche(c);
  d = avalanche(d);
  spread();
  store<u32>(to, a);
  store<u32>(to, b, 4);
  store<u32>(to, c, 8);
  store<u32>(to, d, 12);
}

function spread(): void {
  a += b + c + d;
  b += a;
  c += a;
  d += a;
}

function avalanche(hash: u32): u32 {
  let mixed = (hash ^ (hash >> 16)) * 0x85ebca6b;
  mixed = (mixed ^ (mixed >> 13)) * 0xc2b2ae35;
  return mixed ^ (mixed >> 16);
}
