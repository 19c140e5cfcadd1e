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

/** Whether the root is a zip file: by its first bytes, or where these are damaged by its name. */
export function isZip(root: string): boolean {
  if (statSync(root, { throwIfNoEntry: false })?.isFile() !== true) return false;
  if (/\.zip$/i.test(root)) return true;
  const file = openSync(root, 'r');
  try {
    const head = Buffer.alloc(4);
    readSync(file, head, 0, head.length, 0);
    return SIGNATURES.includes(head.toString('hex'));
  } finally {
    closeSync(file);
  }
}
