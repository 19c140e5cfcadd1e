import { existsSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { type Check, type Finding, ok, problem } from '../databases/inspection.ts';
import type { Target } from '../databases/target.ts';
import type { RunSettings } from '../settings/settings.ts';
import { formatBytes } from '../system/quantities.ts';

/** A database, with its indexes and its journal, takes about this many times the bytes of its sources. */
const TIMES_IN_A_DATABASE = 3;

/** What a run remembers takes at most about this part of the sources. */
const PART_FOR_MEMORY = 0.2;

/** Looks at each place that a run with these settings would write to. */
export function diskSpaceChecks(
  settings: RunSettings,
  target: Target,
  sources: { readonly root: string; readonly inputBytes: number },
): readonly Check<void>[] {
  const { inputBytes: bytes, root } = sources;
  const backup = settings.backup ? resolve(settings.backupDir ?? '.') : undefined;
  const archive = settings.archive ? resolve(settings.archiveDir ?? '.') : undefined;
  const places: readonly (readonly [name: string, path: string | undefined, needed: number])[] = [
    ['database', target.kind === 'sqlite' ? target.path : undefined, bytes * TIMES_IN_A_DATABASE],
    ['backup', backup, bytes],
    // On the same disk files are only renamed.
    ['archive', archive, archive !== undefined && deviceOf(archive) === deviceOf(root) ? 0 : bytes],
    ['temporary files', settings.tempDir ?? tmpdir(), bytes * PART_FOR_MEMORY],
  ];
  return places.flatMap(([name, path, needed]) =>
    path === undefined ? [] : [{ name: `disk space for ${name}`, look: () => checkSpace(path, Math.ceil(needed)) }],
  );
}

function checkSpace(path: string, needed: number): Finding {
  const { bavail, bsize } = statfsSync(nearestExisting(path));
  const free = bavail * bsize;
  const message = `${formatBytes(free)} free, about ${formatBytes(needed)} needed`;
  return free >= needed ? ok(message) : problem(message, 'Free some space, or name a directory on another disk.');
}

function deviceOf(path: string): number {
  return statSync(nearestExisting(path)).dev;
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}
