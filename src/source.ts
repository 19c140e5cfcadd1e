import type { Dataset } from './datasets/dataset.ts';
import type { PathOwner } from './datasets/owner.ts';
import type { FileStamp } from './files/source-file.ts';
import type { Container } from './json/split.ts';
import type { Finding, Place } from './reject.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** A file under the root, as the scan left it. */
export interface SourceFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly absolutePath: string;
  readonly bytes: number | null;
  readonly stamp: FileStamp | null;
  readonly verdict: Verdict;
}

/** What is to be done with a file, and why. */
export type Verdict =
  | RecognisedFile
  | { readonly kind: 'unrecognised'; readonly reason: string; readonly skippedBy: string | null }
  | { readonly kind: 'failed'; readonly finding: Finding; readonly place: Place };

export interface RecognisedFile {
  readonly kind: 'recognised';
  readonly dataset: Dataset;
  readonly container: Container;
  readonly compression: Compression;
  readonly reason: string;
  readonly owner: PathOwner;
}

const COMPRESSIONS: Readonly<Record<string, Compression>> = { gz: 'gzip', zst: 'zstd' };

/** What the name says: container and compression, or nothing where it is no JSON. */
export function fileType(name: string): { stem: string; lines: boolean; compression: Compression } | undefined {
  const match = /^(.*)\.(json|jsonl|ndjson)(?:\.(gz|zst))?$/is.exec(name);
  if (match === null) return undefined;
  const [, stem = '', ending = '', packed] = match;
  return {
    stem,
    lines: ending.toLowerCase() !== 'json',
    compression: COMPRESSIONS[packed?.toLowerCase() ?? ''] ?? 'none',
  };
}
