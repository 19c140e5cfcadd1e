import { lstat, readdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { onDisk } from './disk-error.ts';
import { readJournal, readJournalHead } from './read-manifest.ts';
import { isTemporary } from './safe-write.ts';
import { walk } from './walk.ts';

/**
 * Removes what killed runs were about to write into the backups, or archives, beside this one: temporary files in a
 * directory with a journal, called after its run, of the same root. `runs` are those of which none is at work any more.
 */
export async function removeStaleTemporaryFiles(own: string, root: string, runs: ReadonlySet<string>): Promise<void> {
  const parent = dirname(own);
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    const path = join(parent, name);
    if (path !== own && runs.has(name) && (await isKilled(path, root))) await tidy(path);
  }
}

async function isKilled(path: string, root: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isDirectory() !== true) return false;
  const head = await readJournalHead(path).catch(() => undefined);
  return head !== undefined && !('refused' in head) && head.run_id === basename(path) && head.root === root;
}

async function tidy(path: string): Promise<void> {
  const found = new Set<string>();
  for (const entry of walk(path)) {
    if (entry.kind === 'file' && isTemporary(basename(entry.path))) found.add(entry.path);
  }
  // A source may be called like that.
  if (found.size > 0) for await (const file of readJournal(path)) found.delete(file.path);
  for (const each of found) await onDisk('remove', each, () => unlink(join(path, each)));
}
