/** How the bytes of a file are packed. `zip` is read as a root only, `other` not at all. */
export type Packing = 'none' | 'gzip' | 'zstd' | 'zip' | 'other';

/** Bytes that `packingOf` looks at. */
const SIGNATURE_BYTES = 6;

/** Beginnings of bzip2, xz, lz4, 7z, compress, lzip and Snappy. No JSON begins like them. */
const OTHERS = ['425a68', 'fd377a585a00', '04224d18', '377abcaf271c', '1f9d', '4c5a4950', 'ff060000'];

const ZIP = '504b0304';

/** How a file is packed, by its first bytes: its ending may say something else. */
export function packingOf(head: Buffer): Packing {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (isZstdMagic(head)) return 'zstd';
  const hex = head.toString('hex', 0, SIGNATURE_BYTES);
  if (hex.startsWith(ZIP)) return 'zip';
  return OTHERS.some((signature) => hex.startsWith(signature)) ? 'other' : 'none';
}

/** The beginning of a frame, or of one that holds no data. */
function isZstdMagic(head: Buffer): boolean {
  if (head.length < 4) return false;
  const magic = head.readUInt32LE();
  return magic === ZSTD_MAGIC || isSkippable(magic);
}

export const ZSTD_MAGIC = 0xfd2fb528;

export function isSkippable(magic: number): boolean {
  return (magic & 0xfffffff0) >>> 0 === 0x184d2a50;
}
