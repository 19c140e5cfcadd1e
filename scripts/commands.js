// What the scripts share: where the repository is, which Node to use, how to start a program. Runs on Node 20 without dependencies.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const localBin = join(root, 'node_modules', '.bin');

/** The Node that the repository pins once it is installed, or the one that TEST_NODE names; before that, that of this script. */
export function pinnedNode() {
  if (process.env.TEST_NODE) return process.env.TEST_NODE;
  const pinned = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(pinned) ? pinned : process.execPath;
}

/** The environment of every program started here: the pinned tools come first. */
export function environment(extra = {}) {
  return { ...process.env, PATH: [localBin, process.env.PATH].join(delimiter), ...extra };
}

/** Runs a program in the repository with the terminal of this one and returns its exit code. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: environment(), ...options });
  if (done.error) {
    console.error(`${command} could not be started: ${done.error.message}`);
    return 127;
  }
  return done.status ?? 128;
}

/** Runs a JavaScript program on the pinned Node. */
export function runNode(args, options = {}) {
  return run(pinnedNode(), args, options);
}

/** True if the file with this `import.meta.url` is the program that was started, not imported by another. */
export function isStarted(url) {
  return process.argv[1] !== undefined && fileURLToPath(url) === join(process.argv[1]);
}
