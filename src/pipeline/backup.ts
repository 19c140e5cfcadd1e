import { join } from 'node:path';
import type { BackupWriter } from '../files/backup.ts';
import type { Inventory } from '../inventory.ts';
import { WHOLE_FILE } from '../reject.ts';
import type { Verdict } from '../source.ts';

/** Why a file is not copied: it is not the application's, or it is no file. */
const NOT_COPIED = ['own-output', 'symlink', 'not-a-regular-file', 'excluded'];

/**
 * Copies every source file before anything is loaded, also those that no dataset knows. What cannot be copied is not
 * loaded: it may be readable again a moment later.
 */
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
      const verdict: StoredVerdict | null = file.verdict === null ? null : JSON.parse(file.verdict);
      if (!isCopied(verdict) || file.path.endsWith('/')) continue;
      const copied = await writer.add(file.path, join(root, file.path));
      if (!('refused' in copied)) continue;
      warn('not-backed-up', file.path, `not in the backup: ${copied.message}`);
      if (verdict?.kind === 'recognised')
        inventory.replaceVerdict(file.path, JSON.stringify(unreadable(copied.message)));
    }
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  await writer.finish();
}

type StoredVerdict = { readonly kind: Verdict['kind']; readonly reason?: string };

function isCopied(verdict: StoredVerdict | null): boolean {
  return verdict?.kind !== 'unrecognised' || !NOT_COPIED.includes(verdict.reason ?? '');
}

function unreadable(message: string): Verdict {
  return { kind: 'failed', finding: { code: 'unreadable-file', pointer: '', message }, place: WHOLE_FILE };
}
