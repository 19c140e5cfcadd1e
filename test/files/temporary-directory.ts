import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ManifestFile, ManifestHead } from '../../src/files/manifest-entries.ts';
import { type ManifestRefusal, readManifest } from '../../src/files/read-manifest.ts';

/** Names that are legal on Linux and break what was not written for them: newline, ESC, 255 bytes. */
export const HOSTILE_NAMES = [
  'new\nline.json',
  '\u001b[31mred.json',
  'x'.repeat(250).concat('.json'),
  'ü'.repeat(125).concat('.json'),
  ' ',
  '-rf',
  '\u2028.json',
  '"quoted\\.json',
];

/** A file system in memory, and one that is not that of `tmpdir()`. */
export const IN_MEMORY = '/dev/shm';
export const OTHER_FILE_SYSTEM = statSync(tmpdir()).dev === statSync(IN_MEMORY).dev ? '/var/tmp' : IN_MEMORY;

/** A directory that is removed when the test ends. */
export async function temporaryDirectory(parent: string = tmpdir()): Promise<string> {
  const dir = await mkdtemp(join(parent, 'migrate-json-test-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o7777).toString(8);
}

/** Writes files by relative path, with their directories. */
export async function writeTree(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

/** Relative paths of all files below a directory, sorted. */
export async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort();
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The whole manifest, for tests that compare it. */
export async function wholeManifest(
  dir: string,
): Promise<(ManifestHead & { readonly files: readonly ManifestFile[] }) | ManifestRefusal> {
  const files: ManifestFile[] = [];
  const head = await readManifest(dir, (file) => files.push(file));
  return 'refused' in head ? head : { ...head, files };
}
