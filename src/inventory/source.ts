import type { PathOwner } from '../datasets/owner.ts';
import type { FileStamp } from '../files/file-stamp.ts';
import type { SourcePlace } from '../files/source-place.ts';
import type { Container, RecordPlace } from '../json/split.ts';
import type { Finding, Place } from '../reject.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** A file under the root, as the scan left it. */
export interface SourceFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly place: SourcePlace;
  readonly bytes: number | null;
  readonly stamp: FileStamp | null;
  readonly verdict: Verdict;
}

/** What is to be done with a file, and why. */
export type Verdict =
  | RecognisedFile
  | (NotLoaded & { readonly kind: 'unrecognised'; readonly reason: string; readonly skippedBy: string | null })
  | (NotLoaded & {
      readonly kind: 'failed';
      readonly finding: Finding;
      readonly place: Place;
      readonly originalPath?: string;
    });

interface NotLoaded {
  /** An earlier run has loaded the file for good: what the ledger says of it stays the newest that it says. */
  readonly staysLoaded?: true;
}

/**
 * Where the content of a file lay before it was rejected: the path by which it was recognised, and for a single record what
 * a mapping may know of the file around it.
 */
export interface Origin {
  readonly path: string;
  readonly container: Container['kind'];
  /** The member that holds the records, where one does. */
  readonly member: string | null;
  /** The number of the record; null for a file as a whole. */
  readonly record: number | null;
  /** The name of the record, where records are members. */
  readonly key: string | null;
  /** Where it lay in its document, where that matters. */
  readonly place?: RecordPlace;
  /** Members that stood beside the records, of which each had them. */
  readonly shared?: Readonly<Record<string, string>>;
}

/** What `retry` must know of a rejected file or record to take it for the same again. */
export type ReasonSource = { readonly path: string } | RecordSource;

export interface RecordSource extends Origin {
  readonly dataset: string;
  readonly owner: string;
  readonly owner_from: PathOwner['from'];
}

/** Records of one dataset in a file that holds several. */
export interface NamedCollection {
  readonly dataset: string;
  readonly container: Container;
}

export interface RecognisedFile {
  readonly kind: 'recognised';
  readonly dataset: string;
  readonly container: Container;
  readonly compression: Compression;
  readonly reason: string;
  readonly owner: PathOwner;
  /** Where the file holds records of several datasets: the others. */
  readonly others?: readonly NamedCollection[];
  /** Members of the root that hold no records, or those of datasets that --only leaves out. */
  readonly elsewhere?: readonly string[];
  /** Records of this file are left out by --only. */
  readonly isPart?: boolean;
  /** Only where it lies elsewhere now. */
  readonly origin?: Origin;
}

/** The names of all datasets of which the file holds records. */
export function datasetsOf({ dataset, others = [] }: Pick<RecognisedFile, 'dataset' | 'others'>): readonly string[] {
  return [...new Set([dataset, ...others.map((other) => other.dataset)])];
}

/** Endings of compressed files. Which of them can be read, their first bytes say. */
const NAME = /^(.*)\.(json|jsonl|ndjson)(?:\.(gz|gzip|zst|zstd|bz2|xz|lzma|lz4|br|sz|z|zip|7z))?$/is;

/** What the name says, or nothing where it is no JSON. How the file is packed, its first bytes say. */
export function fileType(
  name: string,
): { readonly stem: string; readonly lines: boolean; readonly isPacked: boolean } | undefined {
  const match = NAME.exec(name);
  if (match === null) return undefined;
  const [, stem = '', ending = '', packed] = match;
  return { stem, lines: ending.toLowerCase() !== 'json', isPacked: packed !== undefined };
}

/** The name without its ending, whatever that is. */
export function stemOf(name: string): string {
  return fileType(name)?.stem ?? name.replace(/(?<=.)\.[^.]*$/s, '');
}

/** Endings that JSON has elsewhere, and what lies in packed archives of it. */
const LIKE_JSON =
  /\.(?:jsonlines|jsonseq|json-seq|jl|ldjson|json5|jsonc|hjson|geojson|geojsonl|bson|har|ipynb|webmanifest|(?:json|jsonl|ndjson)(?:~|\..+))$/i;

/** Whether a file that is no JSON by its ending may well hold some. */
export function looksLikeJson(name: string): boolean {
  return LIKE_JSON.test(name);
}

/** The container of a file as an origin has it. */
export function containerOf({ container }: Pick<RecognisedFile, 'container'>): Pick<Origin, 'container' | 'member'> {
  return { container: container.kind, member: container.kind === 'member' ? container.name : null };
}

/** What a mapping may know of the file: of the one in which the records were found first. */
export function originOf(path: string, file: Pick<RecognisedFile, 'container' | 'origin'>): Origin {
  return file.origin ?? { path, ...containerOf(file), record: null, key: null };
}
