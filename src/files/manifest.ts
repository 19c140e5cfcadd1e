import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../errors.ts';
import { diskError, onDisk } from './disk-error.ts';
import { Journal, readJournalLines } from './journal.ts';
import { isInside, JOURNAL_NAME, MANIFEST_NAME } from './output-directory.ts';
import { syncDirectory, writeFileSafely } from './safe-write.ts';
import type { FileStamp } from './source-file.ts';

export { isOwnDirectory } from './output-directory.ts';

export interface ManifestHead {
  readonly manifest_version: 1;
  readonly kind: 'backup' | 'archive';
  readonly run_id: string;
  readonly tool_version: string;
  readonly created_at: string;
  readonly root: string;
}

/** One file: `mode` are octal permission bits as text, `mtime` is ISO in UTC with nanoseconds, both of the source. */
export interface ManifestFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly mode: string;
  readonly mtime: string;
}

/** `checksum` is the SHA-256 of the document without it, as JSON.stringify writes that without white space. */
export interface Manifest extends ManifestHead {
  readonly files: readonly ManifestFile[];
  readonly checksum: string;
}

/** What a caller knows about the run that fills a directory. */
export interface OutputHead {
  readonly runId: string;
  readonly toolVersion: string;
  readonly root: string;
}

export interface ManifestRefusal {
  readonly refused: 'missing' | 'damaged' | 'unknown-version';
  readonly message: string;
}

export function manifestHead(kind: ManifestHead['kind'], head: OutputHead): ManifestHead {
  const created_at = new Date().toISOString();
  return { manifest_version: 1, kind, run_id: head.runId, tool_version: head.toolVersion, created_at, root: head.root };
}

export function manifestFile(
  path: string,
  content: { bytes: number; sha256: string },
  source: {
    readonly mode: number;
    readonly stat: FileStamp;
  },
): ManifestFile {
  const mode = source.mode.toString(8).padStart(4, '0');
  return { path, bytes: content.bytes, sha256: content.sha256, mode, mtime: isoNanoseconds(source.stat.mtimeNs) };
}

function isoNanoseconds(nanoseconds: string): string {
  const total = BigInt(nanoseconds);
  const fraction = ((total % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const milliseconds = Number((total - fraction) / 1_000_000n);
  // Some file systems hold years that Date does not.
  const date = new Date(Math.max(-8.64e15, Math.min(8.64e15, milliseconds)));
  return date.toISOString().replace(/\.\d{3}Z$/, `.${String(fraction).padStart(9, '0')}Z`);
}

/** Writes the manifest, one file a line, without holding more than a few of them. It comes last: it says "complete". */
export async function writeManifest(
  dir: string,
  head: ManifestHead,
  files: Iterable<ManifestFile> | AsyncIterable<ManifestFile>,
): Promise<void> {
  await writeFileSafely(join(dir, MANIFEST_NAME), manifestText(head, files));
}

async function* manifestText(
  head: ManifestHead,
  files: Iterable<ManifestFile> | AsyncIterable<ManifestFile>,
): AsyncGenerator<string> {
  const checksum = createHash('sha256');
  const opening = `${JSON.stringify(head).slice(0, -1)},"files":[`;
  checksum.update(opening);
  yield opening;
  let comma = '';
  for await (const file of files) {
    const line = JSON.stringify(file);
    checksum.update(comma).update(line);
    yield `${comma}\n${line}`;
    comma = ',';
  }
  yield `\n],\n"checksum":"${checksum.update(']}').digest('hex')}"}\n`;
}

/** Reads a manifest and verifies its checksum and that its paths stay below the directory. */
export async function readManifest(dir: string): Promise<Manifest | ManifestRefusal> {
  const path = join(dir, MANIFEST_NAME);
  try {
    return parseManifest(await readFile(path, 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { refused: 'missing', message: 'there is no manifest' };
    throw diskError('read', path, error);
  }
}

const DAMAGED: ManifestRefusal = { refused: 'damaged', message: 'the manifest was changed after it was written' };

function parseManifest(text: string): Manifest | ManifestRefusal {
  const parsed = parseObject(text);
  if (parsed === undefined) return DAMAGED;
  if (parsed.manifest_version !== 1) {
    return { refused: 'unknown-version', message: 'the manifest is of another version of migrate-json' };
  }
  const { checksum, ...rest } = parsed;
  if (checksum !== createHash('sha256').update(JSON.stringify(rest)).digest('hex')) return DAMAGED;
  return Array.isArray(parsed.files) && parsed.files.every(isManifestFile) ? parsed : DAMAGED;
}

function parseObject(text: string): Manifest | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Manifest) : undefined;
  } catch {
    return undefined;
  }
}

function isManifestFile(value: Partial<ManifestFile> | null): boolean {
  if (typeof value?.path !== 'string' || !isInside(value.path) || !Number.isSafeInteger(value.bytes)) return false;
  return [value.sha256, value.mode, value.mtime].every((text) => typeof text === 'string');
}

/** Begins the journal of a directory, which also marks it as own output. */
export async function beginJournal(dir: string, head: ManifestHead): Promise<Journal> {
  const journal = await Journal.begin(join(dir, JOURNAL_NAME), head, head.kind === 'archive');
  await syncDirectory(dir);
  return journal;
}

/**
 * The files that a journal tells of, for a directory whose run was killed. The last ones of an archive may not have
 * been moved: the source then still has them.
 */
export async function* readJournal(dir: string): AsyncGenerator<ManifestFile> {
  const path = join(dir, JOURNAL_NAME);
  const returned = new Set<number>();
  for await (const line of readJournalLines(path)) if (isReturn(line)) returned.add(line.returned);
  let number = 0;
  for await (const line of readJournalLines(path)) {
    if (number > 0 && !isReturn(line) && !returned.has(number)) yield line as ManifestFile;
    number++;
  }
}

function isReturn(line: unknown): line is { returned: number } {
  return typeof line === 'object' && line !== null && 'returned' in line;
}

/** Writes the manifest from the journal and removes the journal. */
export async function finishManifest(dir: string, head: ManifestHead, journal: Journal): Promise<void> {
  await journal.close();
  await writeManifest(dir, head, readJournal(dir));
  await onDisk('remove', join(dir, JOURNAL_NAME), () => rm(join(dir, JOURNAL_NAME)));
  await syncDirectory(dir);
}
