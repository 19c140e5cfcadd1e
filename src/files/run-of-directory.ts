import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { JOURNAL_NAME, MANIFEST_NAME, REJECTS_NAME } from './output-directory.ts';

const HEAD = z.object({ run_id: z.string(), encryption: z.literal('age').optional() });

/** The first line of a manifest, a journal or a marker is shorter, unless somebody else has written it. */
const LONGEST_HEAD = 64 * 1024;

/** The run that wrote a backup, an archive or rejects, finished or not; undefined where it was no run. */
export function runOfDirectory(dir: string): string | undefined {
  return headOfDirectory(dir)?.run_id;
}

/** What the directory says of itself; undefined where no run wrote it. */
export function headOfDirectory(dir: string): z.output<typeof HEAD> | undefined {
  for (const [name, end] of [
    [MANIFEST_NAME, ']}'],
    [JOURNAL_NAME, ''],
    [REJECTS_NAME, ''],
  ] as const) {
    const head = HEAD.safeParse(parsed(firstLine(join(dir, name)) + end));
    if (head.success) return head.data;
  }
  return undefined;
}

export function isNewOrEmpty(dir: string): boolean {
  return !existsSync(dir) || (statSync(dir).isDirectory() && readdirSync(dir).length === 0);
}

/** The directory, or the next one beside it where an attempt of the same run has written it: `night`, `night-2`. */
export function ownDirectory(dir: string, runId: string): string {
  for (let attempt = 1; ; attempt++) {
    const place = attempt === 1 ? dir : `${dir}-${attempt}`;
    if (isNewOrEmpty(place) || runOfDirectory(place) !== runId) return place;
  }
}

function firstLine(path: string): string {
  let file: number;
  try {
    if (!statSync(path).isFile()) return '';
    file = openSync(path, 'r');
  } catch {
    return '';
  }
  try {
    const bytes = Buffer.alloc(LONGEST_HEAD);
    const text = bytes.toString('utf8', 0, readSync(file, bytes));
    return text.slice(0, text.indexOf('\n'));
  } finally {
    closeSync(file);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
