import { basename, join } from 'node:path';
import { MigrateError } from '../errors.ts';
import type { BackupWriter } from '../files/backup.ts';
import { showPath } from '../files/disk-error.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Verdict } from '../inventory/source.ts';
import { WHOLE_FILE } from '../reject.ts';
import type { Listener } from '../report/events.ts';
import type { ReportStore } from '../report/report-store.ts';

/** Reasons of files that stay out of a backup: left out by options or for another shard, not the application's, or no plain file. */
const NOT_COPIED = ['own-output', 'tool-files', 'symlink', 'not-a-regular-file', 'excluded'];

export interface BackupOptions {
  readonly inventory: Inventory;
  readonly reports: ReportStore;
  readonly root: string;
  readonly writer: BackupWriter;
  readonly throwIfStopped: () => void;
  readonly listener: Listener;
}

/**
 * Copies the source files before anything is loaded, also those that no dataset knows. What cannot be copied is not loaded: it
 * may be readable again a moment later, and the backup would lack it.
 */
export async function backUpFiles({
  inventory,
  reports,
  root,
  writer,
  throwIfStopped,
  listener,
}: BackupOptions): Promise<void> {
  listener({ kind: 'backing-up', files: filesToCopy(inventory).reduce((count) => count + 1, 0) });
  let [files, bytes] = [0, 0];
  try {
    for (const { path, isRecognised } of filesToCopy(inventory)) {
      throwIfStopped();
      const copied = await writer.add(path, join(root, path));
      if ('refused' in copied) {
        reports.warn('not-backed-up', path, `not in the backup: ${copied.message}`);
        if (isRecognised) inventory.replaceVerdict(path, JSON.stringify(unreadable(copied.message)));
      } else bytes += copied.bytes;
      listener({ kind: 'progress', files: ++files, bytes, records: 0, rejected: 0 });
    }
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  await writer.finish();
}

/** Copies a root that is a zip file, whatever it holds. */
export async function backUpZip({ zip, writer, listener }: ZipBackup): Promise<void> {
  listener({ kind: 'backing-up', files: 1 });
  const copied = await writer.add(basename(zip), zip).catch(async (error: unknown) => {
    await writer.abandon();
    throw error;
  });
  if ('refused' in copied)
    throw new MigrateError('source-changed', `${showPath(zip)} is not in the backup: ${copied.message}`);
  await writer.finish();
  listener({ kind: 'progress', files: 1, bytes: copied.bytes, records: 0, rejected: 0 });
}

type ZipBackup = Pick<BackupOptions, 'writer' | 'listener'> & { readonly zip: string };

function* filesToCopy(inventory: Inventory): Generator<{ readonly path: string; readonly isRecognised: boolean }> {
  for (const { path, verdict: stored } of inventory.files()) {
    const verdict: StoredVerdict | null = stored === null ? null : JSON.parse(stored);
    if (isCopied(verdict) && !path.endsWith('/')) yield { path, isRecognised: verdict?.kind === 'recognised' };
  }
}

type StoredVerdict = { readonly kind: Verdict['kind']; readonly reason?: string };

function isCopied(verdict: StoredVerdict | null): boolean {
  return verdict?.kind !== 'unrecognised' || !NOT_COPIED.includes(verdict.reason ?? '');
}

function unreadable(message: string): Verdict {
  return { kind: 'failed', finding: { code: 'unreadable-file', pointer: '', message }, place: WHOLE_FILE };
}
