import { lstat, readdir, rm, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CopyListing } from './copy-listing.ts';
import { onDisk } from './disk-error.ts';
import type { ManifestHead } from './manifest-entries.ts';
import { MANIFEST_NAME } from './output-directory.ts';
import { readManifest } from './read-manifest.ts';
import { syncDirectory } from './safe-write.ts';
import { openScratch } from './scratch.ts';
import { walk } from './walk.ts';

interface OldCopy {
  readonly path: string;
  readonly head: ManifestHead;
}

/** Files that are removed between two looks at the list. */
const PAGE = 1000;

/**
 * Removes all but the newest `keep` of the backups, or archives, beside this one. Only what is certainly ours and done: a
 * directory with a whole manifest, called after its run, of the same kind and the same root, with files in it and nothing
 * besides, of a run that is among `runs`. Resolves with the paths that are gone.
 */
export async function removeOldCopies(
  newest: string,
  keep: number,
  runs: ReadonlySet<string>,
): Promise<readonly string[]> {
  const own = await copyAt(newest);
  if (own === undefined) return [];
  const parent = dirname(newest);
  const names = await onDisk('list', parent, () => readdir(parent));
  const found = await Promise.all(names.map((name) => copyAt(join(parent, name))));
  const old = found
    .filter((each) => each !== undefined)
    .filter(({ head }) => head.kind === own.head.kind && head.root === own.head.root && runs.has(head.run_id))
    .toSorted((one, other) => (one.head.created_at < other.head.created_at ? 1 : -1))
    .slice(keep)
    .filter(({ path }) => path !== newest);
  const removed: string[] = [];
  for (const { path } of old) if (await removeCopy(path)) removed.push(path);
  return removed;
}

/** Undefined for everything else, and for one without files: it is worth nothing, and must not push out one that has some. */
async function copyAt(path: string): Promise<OldCopy | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isDirectory() !== true) return undefined;
  let files = 0;
  const head = await readManifest(path, () => {
    files++;
  }).catch(() => undefined);
  if (head === undefined || 'refused' in head || head.run_id !== basename(path) || files === 0) return undefined;
  return { path, head };
}

/** The manifest goes last, so that the next run goes on with what a killed one left. */
async function removeCopy(path: string): Promise<boolean> {
  const scratch = openScratch();
  try {
    const listing = new CopyListing(scratch);
    await readManifest(path, listing.add);
    if (listing.unsafe !== undefined) return false;
    for (const entry of walk(path)) {
      const isOurs = entry.kind === 'file' && (entry.path === MANIFEST_NAME || listing.mark(entry.path, 'found'));
      if (!isOurs) return false;
    }
    await onDisk('remove', path, async () => {
      for (const page of listing.pages('found', PAGE)) for (const { stored } of page) await unlink(join(path, stored));
      await removeEmpty(path);
      await rm(join(path, MANIFEST_NAME));
      await rmdir(path);
    });
    await syncDirectory(dirname(path));
    return true;
  } finally {
    scratch.close();
  }
}

async function removeEmpty(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    await removeEmpty(join(directory, entry.name));
    await rmdir(join(directory, entry.name));
  }
}
