// What scripts need beside the repository: programs that must succeed, and other versions of Node.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Runs a program and returns its stdout. Throws with all that was printed where it does not end with 0. */
export function must(command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: 'utf8', timeout: 120_000, ...options });
  if (done.status === 0) return done.stdout;
  throw new Error(`${command} ${args.join(' ')} failed\n${done.error?.message ?? ''}${done.stdout}${done.stderr}`);
}

/** Installs a version of Node, such as `24` or `22.15`, into a new directory and returns its program. */
export function installNode(version, directory) {
  mkdirSync(directory, { recursive: true });
  // Its script fetches the package of this system.
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }));
  must('npm', ['install', '--no-audit', '--no-fund', `node@${version}`], { cwd: directory });
  return join(directory, 'node_modules', 'node', 'bin', 'node');
}
