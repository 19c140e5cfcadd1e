import { dirname } from 'node:path';
import { type ArchivedFile, archiveFiles } from '../copies/archive-loaded.ts';
import { archiveZip } from '../copies/archive-zip.ts';
import { backUpFiles, backUpZip } from '../copies/backup-sources.ts';
import { ArchiveMover } from '../files/archive.ts';
import { BackupWriter } from '../files/backup.ts';
import { backupWarnings } from '../files/backup-warnings.ts';
import { removeOldCopies } from '../files/old-copies.ts';
import { removeStaleTemporaryFiles } from '../files/stale-temporary-files.ts';
import { knownRuns } from '../ledger/ledger.ts';
import { backupEncryption } from './preconditions.ts';
import type { RunContext } from './run-context.ts';

/** `--backup`: before anything is loaded. */
export async function backUp(parts: RunContext): Promise<void> {
  const { settings, root, outputs, pass, warn } = parts;
  const { backup } = outputs;
  if (backup === null) return;
  for (const warning of await backupWarnings(root.path, backup)) warn(warning.code, warning.message);
  if (settings.dryRun) return;
  await tidyBeside(backup, parts);
  const writer = await BackupWriter.begin(backup, copyHead(parts), await backupEncryption(settings));
  if (root.zip !== undefined) await backUpZip({ ...parts, zip: root.path, writer });
  else await backUpFiles({ ...parts, inventory: pass.inventory, root: root.path, writer });
}

/** `--archive`: after everything is loaded. */
export async function archive(parts: RunContext): Promise<void> {
  const { settings, database, root, gone, outputs } = parts;
  if (outputs.archive === null || settings.dryRun) return;
  await tidyBeside(outputs.archive, parts);
  const mover = await ArchiveMover.begin(outputs.archive, copyHead(parts));
  const options = {
    ...parts,
    root: root.path,
    mover,
    stays: (path: string) => gone.hasSkipped(path),
    record: (files: readonly ArchivedFile[]) => database.recordArchived(files),
    // Each transaction renews the lease, and ends the stage where it is lost.
    renew: () => database.transaction(undefined, async () => undefined),
  };
  if (root.zip === undefined) await archiveFiles(options);
  else await archiveZip({ ...options, stamp: root.zip });
}

/** What is copied of a zip file is the file itself, out of the directory in which it lies. */
function copyHead({ root, outputHead }: RunContext): RunContext['outputHead'] {
  return root.zip === undefined ? outputHead : { ...outputHead, root: dirname(root.path) };
}

/** `--keep`: after a run that left nothing to look at. */
export async function removeOld({ settings, database, outputs, warn }: RunContext, keep: number): Promise<void> {
  if (settings.dryRun) return;
  for (const copy of [outputs.backup, outputs.archive]) {
    if (copy === null) continue;
    const removed = await removeOldCopies(copy, keep, await knownRuns(database));
    for (const path of removed) warn('removed-old-copy', `removed ${path}: --keep ${keep}`);
  }
}

/** Runs of this target that are not shards of this one are over: it works alone. */
async function tidyBeside(copy: string, parts: RunContext): Promise<void> {
  const { database, runId } = parts;
  const runs = await knownRuns(database);
  await removeStaleTemporaryFiles(copy, copyHead(parts).root, new Set([...runs].filter((run) => run !== runId)));
}
