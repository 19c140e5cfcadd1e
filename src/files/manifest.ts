import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { onDisk } from './disk-error.ts';
import type { FileStamp } from './file-stamp.ts';
import { Journal } from './journal.ts';
import type { ManifestFile, ManifestHead } from './manifest-entries.ts';
import { JOURNAL_NAME, MANIFEST_NAME } from './output-directory.ts';
import { readJournal } from './read-manifest.ts';
import { syncDirectory, writeFileSafely } from './safe-write.ts';
import type { HashedBytes } from './source-file.ts';

/** What a caller knows about the run that fills a directory. */
export interface OutputHead {
  readonly runId: string;
  readonly toolVersion: string;
  readonly root: string;
}

export function manifestHead(kind: ManifestHead['kind'], head: OutputHead, encryption?: 'age'): ManifestHead {
  const created_at = new Date().toISOString();
  const { runId: run_id, toolVersion: tool_version, root } = head;
  return { manifest_version: 1, kind, run_id, tool_version, created_at, root, ...(encryption && { encryption }) };
}

export function manifestFile(
  path: string,
  { bytes, sha256 }: HashedBytes,
  source: {
    readonly mode: number;
    readonly stat: FileStamp;
  },
): ManifestFile {
  const mode = source.mode.toString(8).padStart(4, '0');
  return { path, bytes, sha256, mode, mtime: isoNanoseconds(source.stat.mtimeNs) };
}

export function isoNanoseconds(nanoseconds: string): string {
  const total = BigInt(nanoseconds);
  const fraction = ((total % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const milliseconds = Number((total - fraction) / 1_000_000n);
  // Some file systems hold years that Date does not.
  const date = new Date(Math.max(-8.64e15, Math.min(8.64e15, milliseconds)));
  return date.toISOString().replace(/\.\d{3}Z$/, `.${String(fraction).padStart(9, '0')}Z`);
}

/**
 * Writes the manifest, one file a line, without holding more than a few of them. It comes last: it says "complete". Its
 * `checksum` is the SHA-256 of the document without it, as JSON.stringify writes that without white space.
 */
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

/** Begins the journal of a directory, which also marks it as own output. */
export async function beginJournal(dir: string, head: ManifestHead): Promise<Journal> {
  const journal = await Journal.begin(join(dir, JOURNAL_NAME), head, head.kind === 'archive');
  await syncDirectory(dir);
  return journal;
}

/** Writes the manifest from the journal and removes the journal. */
export async function finishManifest(dir: string, head: ManifestHead, journal: Journal): Promise<void> {
  await journal.close();
  await writeManifest(dir, head, readJournal(dir));
  await onDisk('remove', join(dir, JOURNAL_NAME), () => rm(join(dir, JOURNAL_NAME)));
  await syncDirectory(dir);
}
