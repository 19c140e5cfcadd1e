import { basename } from 'node:path';
import { isUnexplained } from '../datasets/recognise.ts';
import { type FileStamp, sameStamp } from '../files/file-stamp.ts';
import { hashFile } from '../files/source-file.ts';
import type { FileEntry } from '../report/report.ts';
import type { ArchivedFile, ArchiveOptions } from './archive-loaded.ts';

/** Entries that are recorded at once. */
const PAGE = 500;

interface ZipOptions extends Omit<ArchiveOptions, 'throwIfStopped'> {
  /** Of the zip file when its entries were listed. */
  readonly stamp: FileStamp;
}

/** Moves a root that is a zip file, once the rows of all its entries are committed. */
export async function archiveZip({
  reports,
  root,
  stamp,
  mover,
  stays,
  record,
  renew,
  listener,
}: ZipOptions): Promise<void> {
  listener({ kind: 'archiving', files: 1 });
  try {
    await renew();
    const reason = reasonToStay(reports.fileReports(), stays) ?? (await move());
    if (reason !== undefined)
      reports.warn('zip-not-archived', null, `the zip file is not moved to the archive: ${reason}`);
  } catch (error) {
    await mover.abandon();
    throw error;
  }
  const late = await mover.finish();
  if (late.length === 0) return;
  reports.sourceChanged = true;
  reports.warn('changed-in-archive', null, 'something wrote to the zip file after it was moved');

  async function move(): Promise<string | undefined> {
    const hashed = await hashFile(root);
    const isSame = !('refused' in hashed) && sameStamp(hashed.stamp, stamp);
    const moved = isSame ? await mover.move({ path: basename(root), absolutePath: root, ...hashed }) : undefined;
    if (moved?.moved === true) {
      await recordMoved(moved.to);
      return undefined;
    }
    reports.sourceChanged = true;
    return 'it changed after it was read, or is no longer there';
  }

  /** Each entry lies where it lay in the zip file. */
  async function recordMoved(to: string): Promise<void> {
    for (
      let page = reports.loadedFiles('', PAGE);
      page.length > 0;
      page = reports.loadedFiles(page.at(-1)?.path ?? '', PAGE)
    ) {
      const moved: ArchivedFile[] = page.map(({ path }) => ({ path, archivedTo: `${to}/${path}` }));
      for (const { path, archivedTo } of moved) reports.setArchived(path, archivedTo);
      await record(moved);
    }
  }
}

/** What this run left out, another one may want. */
const LEFT_OUT: readonly unknown[] = ['only', 'include-exclude', 'shard'];

function reasonToStay(entries: Iterable<FileEntry>, stays: (path: string) => boolean): string | undefined {
  for (const { path, status, reason, skipped_by: skippedBy } of entries) {
    const isExplained = status === 'unrecognised' && !isUnexplained(reason) && !LEFT_OUT.includes(skippedBy);
    const isIn = status === 'loaded' || status === 'unchanged';
    if ((isIn && !stays(path)) || isExplained) continue;
    return `${path} is not loaded`;
  }
  return undefined;
}
