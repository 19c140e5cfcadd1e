import { join } from 'node:path';
import type { ArchiveMover } from '../files/archive.ts';
import type { Listener } from '../report/events.ts';
import type { FileEntry } from '../report/report.ts';
import type { ReportStore } from '../report/report-store.ts';

/** Moves in flight: each waits for the disk to flush. */
const MOVES = 16;

/** A file that was moved, as the ledger keeps it. */
export interface ArchivedFile {
  readonly path: string;
  readonly archivedTo: string;
}

export interface ArchiveOptions {
  readonly reports: ReportStore;
  readonly root: string;
  readonly mover: ArchiveMover;
  /** Rows of the file are gone: it may be the only place where they are. */
  readonly stays: (path: string) => boolean;
  readonly record: (files: readonly ArchivedFile[]) => Promise<void>;
  /** Says that the run still holds the target; throws where it does not. */
  readonly renew: () => Promise<void>;
  readonly throwIfStopped: () => void;
  readonly listener: Listener;
}

/** Moves the files whose rows are committed. One that changed meanwhile stays, or is named. */
export async function archiveFiles(options: ArchiveOptions): Promise<void> {
  const { reports, root, mover, stays, record, renew, throwIfStopped, listener } = options;
  const { files_loaded: loaded, files_unchanged: unchanged } = reports.counts.totals;
  listener({ kind: 'archiving', files: loaded + unchanged });
  let [files, bytes] = [0, 0];
  let moved: ArchivedFile[] = [];
  const move = async ({ path, sha256, bytes }: FileEntry): Promise<void> => {
    if (stays(path)) return;
    const result = await mover.move({ path, absolutePath: join(root, path), sha256: sha256 ?? '', bytes: bytes ?? 0 });
    if (result.moved) {
      reports.setArchived(path, result.to);
      moved.push({ path, archivedTo: result.to });
      return;
    }
    const reason = result.reason === 'vanished' ? 'it is no longer there' : 'it changed after it was loaded';
    reports.sourceChanged = true;
    reports.warn('not-archived', path, `not moved to the archive: ${reason}`);
  };
  try {
    for (
      let page = reports.loadedFiles('', MOVES);
      page.length > 0;
      page = reports.loadedFiles(page.at(-1)?.path ?? '', MOVES)
    ) {
      throwIfStopped();
      await renew();
      await Promise.all(page.map(move));
      files += page.length;
      bytes += page.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
      listener({ kind: 'progress', files, bytes, records: 0, rejected: 0 });
      await record(moved);
      moved = [];
    }
  } catch (error) {
    await mover.abandon();
    throw error;
  }
  const message = 'something wrote to the file after it was moved; what was added is not in the database';
  for (const path of await mover.finish()) {
    reports.sourceChanged = true;
    reports.warn('changed-in-archive', path, message);
  }
}
