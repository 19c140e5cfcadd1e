import { resolve } from 'node:path';
import { MigrateError } from '../errors.ts';
import { correctedIn } from '../files/corrected-rejects.ts';
import { isNewOrEmpty, runOfDirectory } from '../files/run-of-directory.ts';
import { quoted } from '../system/quoted.ts';
import { newRunId } from '../system/run-id.ts';
import { runOutputs } from './run-outputs.ts';
import type { RunSettings } from './settings.ts';

/** An output inside of the sources must be asked for. */
export function refuseDefaultsInside(settings: RunSettings, root: string): void {
  if (!`${resolve('.')}/`.startsWith(`${root}/`)) return;
  for (const key of ['backup', 'archive'] as const) {
    if (!settings[key] || settings[`${key}Dir`] !== undefined) continue;
    throw new MigrateError('invalid-option', `the ${key} would be made inside the directory of the sources`, {
      hint: `Name another place with --${key}-dir.`,
    });
  }
}

/**
 * Found out before anything is done: directories that this run shall write must be new or empty, or of the same run, which
 * was begun before.
 */
export function refuseExistingOutputs(settings: RunSettings): void {
  const runId = settings.runId ?? newRunId();
  const { backup, archive, rejects } = runOutputs(settings, runId, new Date());
  for (const path of [backup, archive, rejects]) {
    if (path === null || isNewOrEmpty(path) || runOfDirectory(path) === runId) continue;
    throw new MigrateError('output-exists', `${path} exists and is not an empty directory`);
  }
  // The same command again would write what was rejected over what somebody has corrected.
  const corrected = rejects !== null && runOfDirectory(rejects) === runId ? correctedIn(rejects) : undefined;
  if (corrected !== undefined)
    throw new MigrateError('rejects-corrected', `${corrected} was changed since run ${runId} wrote it`, {
      hint: `Load what was corrected with \`migrate-json retry ${quoted(rejects ?? '')}\`, or name another --run-id and another --rejects.`,
    });
}
