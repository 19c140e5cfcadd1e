import { createHash, type Hash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, MigrateError } from '../errors.ts';
import { diskError, showPath } from './disk-error.ts';
import { readJournalLines } from './journal.ts';
import { FILE, HEAD, type ManifestFile, type ManifestHead, VERSION } from './manifest-entries.ts';
import { JOURNAL_NAME, MANIFEST_NAME } from './output-directory.ts';
import { textLines } from './text-lines.ts';

export interface ManifestRefusal {
  readonly refused: 'missing' | 'damaged' | 'unknown-version';
  readonly message: string;
}

const MISSING: ManifestRefusal = { refused: 'missing', message: 'there is no manifest' };
const DAMAGED: ManifestRefusal = { refused: 'damaged', message: 'the manifest was changed after it was written' };
const OTHER: ManifestRefusal = {
  refused: 'unknown-version',
  message: 'the manifest is of another version of migrate-json',
};

/**
 * Reads a manifest line by line and verifies its checksum. What `take` was given counts only when the head is the result.
 * Whether its paths may be followed is for the caller to ask: anybody may have written it.
 */
export async function readManifest(
  dir: string,
  take: (file: ManifestFile) => void,
): Promise<ManifestHead | ManifestRefusal> {
  const path = join(dir, MANIFEST_NAME);
  if (!(await isThere(path))) return MISSING;
  const lines = textLines(path);
  try {
    return await parseManifest(lines, take);
  } finally {
    await lines.return(undefined);
  }
}

async function parseManifest(
  lines: AsyncGenerator<string>,
  take: (file: ManifestFile) => void,
): Promise<ManifestHead | ManifestRefusal> {
  const first = await lines.next();
  const opening = first.done === true ? '' : first.value;
  const given = parseLine(`${opening}]}`);
  const head = HEAD.safeParse(given);
  if (!head.success) return (VERSION.safeParse(given).data?.manifest_version ?? 1) === 1 ? DAMAGED : OTHER;
  const checksum = createHash('sha256').update(opening);
  for await (const line of lines) {
    if (line === '],') return (await isEnd(lines, checksum.update(']}'))) ? head.data : DAMAGED;
    checksum.update(line);
    const file = FILE.safeParse(parseLine(line.replace(/,$/, '')));
    if (!file.success) return DAMAGED;
    take(file.data);
  }
  return DAMAGED;
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw diskError('read', path, error);
  }
}

/** What comes behind the files: the checksum, and nothing else. */
async function isEnd(rest: AsyncIterable<string>, checksum: Hash): Promise<boolean> {
  const expected = [`"checksum":"${checksum.digest('hex')}"}`];
  for await (const line of rest) if (line !== expected.pop()) return false;
  return expected.length === 0;
}

function parseLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The head of a journal, for a directory whose run was killed. */
export async function readJournalHead(dir: string): Promise<ManifestHead | ManifestRefusal> {
  const path = join(dir, JOURNAL_NAME);
  if (!(await isThere(path))) return MISSING;
  for await (const line of readJournalLines(path)) return HEAD.safeParse(line).data ?? DAMAGED;
  return DAMAGED;
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
    if (number > 0 && !isReturn(line) && !returned.has(number)) yield fileOf(line, path);
    number++;
  }
}

function fileOf(line: unknown, path: string): ManifestFile {
  const file = FILE.safeParse(line);
  if (file.success) return file.data;
  throw new MigrateError('disk-failed', `Cannot read ${showPath(path)}: a line in it is damaged.`);
}

function isReturn(line: unknown): line is { returned: number } {
  return typeof line === 'object' && line !== null && 'returned' in line;
}
