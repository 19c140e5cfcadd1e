// `npm run test:container`: builds the image and uses it, as a user without rights and with a root file system that cannot be
// written to. Where no container engine answers, the steps of the Containerfile run in directories, and the same is tried there.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { pinnedNode, root } from './commands.js';
import { buildInDirectories } from './containerfile.js';
import { must } from './installed.js';
import { tryProgram } from './trial.js';

const IMAGE = 'localhost/migrate-json:check';
const containerfile = join(root, 'Containerfile');
const scratch = mkdtempSync(join(tmpdir(), 'migrate-json-container-'));

/** A directory that every user may write to: the one in the image has no name on this machine. */
function open(name) {
  const path = join(scratch, name);
  mkdirSync(path);
  chmodSync(path, 0o777);
  return path;
}

function tryImage(engine) {
  must(engine, ['build', '--file', containerfile, '--tag', IMAGE, root], { timeout: 600_000 });
  const place = open('place');
  const locked = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];
  const run = [engine, 'run', '--rm', ...locked, '--network', 'none', '--volume', `${place}:/work`, IMAGE];
  try {
    return `${engine} built the image: ${tryProgram(run, place)} steps passed`;
  } finally {
    spawnSync(engine, ['image', 'rm', IMAGE]);
  }
}

function tryDirectories() {
  const PATH = [dirname(pinnedNode()), process.env.PATH].join(delimiter);
  const building = { ...process.env, PATH };
  const { directory, env, settings } = buildInDirectories(containerfile, join(scratch, 'stages'), building);
  const [node, program] = JSON.parse(settings.ENTRYPOINT);
  const [uid, gid] = settings.USER.split(':').map(Number);
  if (node !== 'node' || !(uid > 0 && gid > 0))
    throw new Error('the image does not start Node as a user without rights');
  const before = footprint(directory);
  const [place, temporary] = [open('place'), open('temporary')];
  // Only root can become another user.
  const user = process.getuid?.() === 0 ? { uid, gid } : {};
  const options = { ...user, env: { ...env, HOME: '/', PATH: '/nonexistent', TMPDIR: temporary } };
  const steps = tryProgram([reachableNode(), join(directory, program)], place, options);
  if (footprint(directory) !== before) throw new Error('the program wrote into its own image');
  if (readdirSync(temporary).length > 0) throw new Error('temporary files were left behind');
  return `no container engine answers; in directories: ${steps} steps passed${user.uid ? ` as user ${uid}` : ''}`;
}

/** A user without rights may not be able to enter the directory of the repository. */
function reachableNode() {
  const copy = join(scratch, 'node');
  cpSync(pinnedNode(), copy);
  return copy;
}

/** Every file with its size and the time of its last change. */
function footprint(directory) {
  const entries = readdirSync(directory, { recursive: true }).map((name) => {
    const { size, mtimeMs, ctimeMs } = lstatSync(join(directory, name));
    return [name, size, mtimeMs, ctimeMs].join(' ');
  });
  return entries.sort().join('\n');
}

try {
  chmodSync(scratch, 0o755);
  const engine = ['docker', 'podman'].find((name) => spawnSync(name, ['info'], { timeout: 20_000 }).status === 0);
  console.log(engine ? tryImage(engine) : tryDirectories());
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
