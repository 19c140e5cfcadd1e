import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { openScratch, type Scratch } from './scratch.ts';
import { DirectoryTree, type SourceTree } from './source-tree.ts';

/** The tree of a root. What a zip file holds is kept in the scratch store. */
export async function openTree(root: string, { scratch, tempDir }: TreeOptions = {}): Promise<SourceTree> {
  if (!isZip(root)) return new DirectoryTree(root, tempDir);
  // The library is loaded only where it is needed.
  const { readZip } = await import('./zip-tree.ts');
  return readZip(root, scratch ?? openScratch(tempDir));
}

export interface TreeOptions {
  readonly scratch?: Scratch;
  readonly tempDir?: string | undefined;
}

/** The first entry of a zip file; the end of an empty one; and of one in several parts. */
const SIGNATURES = ['504b0304', '504b0506', '504b0708'];

/** Whether a file is a zip file by its name. */
export function isZipName(name: string): boolean {
  return /\.zip$/i.test(name);
}

/** Whether the root is a zip file: by its first bytes, or where these are damaged by its name. What cannot be read is none. */
export function isZip(root: string): boolean {
  try {
    return statSync(root).isFile() && (isZipName(root) || SIGNATURES.includes(firstBytes(root)));
  } catch {
    return false;
  }
}

function firstBytes(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(4);
    readSync(file, bytes, 0, bytes.length, 0);
    return bytes.toString('hex');
  } finally {
    closeSync(file);
  }
}
