// Installs the dependencies if something is missing or out of date; does nothing, quickly, otherwise.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isStarted, root, run } from './commands.js';

/** Why `npm ci` has to run, or undefined where everything that package-lock.json asks for is in place. */
export function missingInstall(directory = root) {
  const installedLock = join(directory, 'node_modules', '.package-lock.json');
  if (!existsSync(installedLock)) return 'node_modules is missing';
  const wanted = packagesOf(join(directory, 'package-lock.json'));
  const installed = packagesOf(installedLock);
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = installed[path];
    if (found === undefined && entry.optional) continue;
    if (found?.version !== entry.version || found.integrity !== entry.integrity)
      return `${path} is not the version of package-lock.json`;
  }
  if (!existsSync(join(directory, 'node_modules', 'node', 'bin'))) return 'the pinned Node is missing';
  return undefined;
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

/** Returns 0, or the exit code of the installation that failed. */
export function ensureInstalled() {
  const reason = missingInstall();
  if (reason === undefined) return 0;
  console.error(`Installing dependencies (${reason}) …`);
  const code = run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], { shell: process.platform === 'win32' });
  if (code !== 0) console.error(`npm ci failed with exit code ${code}. Its message is above.`);
  return code;
}

if (isStarted(import.meta.url)) process.exitCode = ensureInstalled();
