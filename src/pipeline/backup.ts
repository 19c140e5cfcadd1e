import { join } from 'node:path';
import type { BackupWriter } from '../files/backup.ts';
import type { Inventory } from '../inventory.ts';
import type { Verdict } from '../source.ts';

/** Why a file is not copied: it is not the application's, or it is no file. */
const NOT_COPIED = ['own-output', 'symlink', 'not-a-regular-file', 'excluded'];

/** Copies every source file before anything is loaded, also those that no dataset knows. */
export async function backUpFiles(
  inventory: Inventory,
  root: string,
  writer: BackupWriter,
  goOn: () => void,
  warn: (code: string, path: string, message: string) => void,
): Promise<void> {
  try {
    for (const file of inventory.files()) {
      goOn();
      if (!isCopied(file.verdict) || file.path.endsWith('/')) continue;
      const copied = await writer.add(file.path, join(root, file.path));
      if ('refused' in copied) warn('not-backed-up', file.path, `not in the backup: ${copied.message}`);
    }
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  await writer.finish();
}

function isCopied(stored: string | null): boolean {
  if (stored === null) return true;
  const verdict: { readonly kind: Verdict['kind']; readonly reason?: string } = JSON.parse(stored);
  return verdict.kind !== 'unrecognised' || !NOT_COPIED.includes(verdict.reason ?? '');
}
