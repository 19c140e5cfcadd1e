import type { FileStamp } from './file-stamp.ts';

/** Where the bytes of a source file lie: the absolute path of a file, or an entry of a zip file. */
export type SourcePlace = string | ZipEntry;

/** An entry of a zip file, as its central directory tells of it. Goes to other threads as it is. */
export interface ZipEntry {
  /** The absolute path of the zip file. */
  readonly archive: string;
  /** Of the entry in this state of the zip file; `bytes` are those of its content. */
  readonly stamp: FileStamp;
  /** Where its header begins. */
  readonly header: number;
  readonly method: number;
  readonly packedBytes: number;
  readonly crc32: number;
}

export function isEntry(place: SourcePlace): place is ZipEntry {
  return typeof place !== 'string';
}

/** What an entry has of the zip file around it: where that changes in any way, all its entries may have. */
export function stampOfEntry(
  archive: FileStamp,
  entry: { readonly bytes: number; readonly mtimeNs: string; readonly crc32: number },
): FileStamp {
  const { bytes, mtimeNs, crc32 } = entry;
  const inode = [archive.inode, archive.bytes, archive.mtimeNs, crc32].join(':');
  return { bytes, mtimeNs, ctimeNs: archive.ctimeNs, inode };
}
