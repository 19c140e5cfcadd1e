import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { plant } from './trees.ts';

/** An entry of a zip file. What is not given is as it should be. */
export interface ZippedFile {
  readonly name: string | Buffer;
  /** Text as it is, everything else as JSON. */
  readonly content?: unknown;
  readonly method?: number;
  /** The content as it is packed. */
  readonly packed?: Buffer;
  readonly flags?: number;
  /** Unix mode. */
  readonly mode?: number;
  readonly crc?: number;
  readonly bytes?: number;
  readonly packedBytes?: number;
  readonly extra?: Buffer;
  /** Where its header is said to be. */
  readonly header?: number;
}

/** What follows the entries. */
export interface ZipEnd {
  readonly disk?: number;
  readonly comment?: Buffer;
  readonly zip64?: boolean;
  /** How many entries it says that it has. */
  readonly count?: number;
}

const IS_UTF8 = 0x800;
const UNIX = 3 << 8;

/** A zip file of these files, names and contents, or of entries as they are given. */
export function zipOf(files: Readonly<Record<string, unknown>> | readonly ZippedFile[], end: ZipEnd = {}): Buffer {
  const entries: readonly ZippedFile[] = Array.isArray(files)
    ? files
    : Object.entries(files).map(([name, content]) => ({ name, content }));
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const file of entries) {
    const { local, central } = headersOf(file, at);
    parts.push(local);
    directory.push(central);
    at += local.length;
  }
  return Buffer.concat([
    ...parts,
    ...directory,
    ending(end.count ?? entries.length, at, Buffer.concat(directory).length, end),
  ]);
}

/** Such a file in a directory that is removed after the test. */
export function zipFile(...given: Parameters<typeof zipOf>): string {
  const path = join(plant(), 'export.zip');
  writeFileSync(path, zipOf(...given));
  return path;
}

function headersOf(file: ZippedFile, at: number): { readonly local: Buffer; readonly central: Buffer } {
  const { method = 8, mode = 0o100644, extra = Buffer.alloc(0), header = at } = file;
  const content = contentOf(file.content ?? '');
  const packed = file.packed ?? (method === 8 ? deflateRawSync(content) : content);
  const name = Buffer.from(file.name as string);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(file.flags ?? IS_UTF8, 2);
  common.writeUInt16LE(method, 4);
  common.writeUInt16LE((45 << 9) | (6 << 5) | 15, 8);
  common.writeUInt32LE(file.crc ?? crc32(content), 10);
  common.writeUInt32LE(file.packedBytes ?? packed.length, 14);
  common.writeUInt32LE(file.bytes ?? content.length, 18);
  common.writeUInt16LE(name.length, 22);
  common.writeUInt16LE(extra.length, 24);
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE((mode << 16) >>> 0, 6);
  tail.writeUInt32LE(header, 10);
  const made = Buffer.alloc(2);
  made.writeUInt16LE(UNIX | 20);
  return {
    local: Buffer.concat([Buffer.from('PK\x03\x04'), common, name, extra, packed]),
    central: Buffer.concat([Buffer.from('PK\x01\x02'), made, common, tail, name, extra]),
  };
}

function contentOf(content: unknown): Buffer {
  if (Buffer.isBuffer(content)) return content;
  return Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
}

function ending(count: number, at: number, bytes: number, { disk = 0, comment, zip64 = false }: ZipEnd): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(disk, 4);
  end.writeUInt16LE(disk, 6);
  end.writeUInt16LE(zip64 ? 0xffff : count, 8);
  end.writeUInt16LE(zip64 ? 0xffff : count, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : bytes, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : at, 16);
  end.writeUInt16LE(comment?.length ?? 0, 20);
  return Buffer.concat([zip64 ? zip64Ending(count, at, bytes) : Buffer.alloc(0), end, comment ?? Buffer.alloc(0)]);
}

function zip64Ending(count: number, at: number, bytes: number): Buffer {
  const end = Buffer.alloc(76);
  end.write('PK\x06\x06', 'latin1');
  end.writeBigUInt64LE(44n, 4);
  end.writeUInt16LE(45, 12);
  end.writeUInt16LE(45, 14);
  end.writeBigUInt64LE(BigInt(count), 24);
  end.writeBigUInt64LE(BigInt(count), 32);
  end.writeBigUInt64LE(BigInt(bytes), 40);
  end.writeBigUInt64LE(BigInt(at), 48);
  end.write('PK\x06\x07', 56, 'latin1');
  end.writeBigUInt64LE(BigInt(at + bytes), 64);
  end.writeUInt32LE(1, 72);
  return end;
}
