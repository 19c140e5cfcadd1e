// What is tried with the program in each form that it is delivered in: a package, an executable, an image. The steps are
// those of a user who has nothing but that, and the data of the demo.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './commands.js';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** So many that the program checks them in threads. */
const METRICS = 80_000;

/** For age. Nobody has the private one. */
const PUBLIC_KEY = 'age1rrdd3h7wg4zzauyl4lkcvhxhtgga04ynyq3whwamzm6drjjczc8qdfjtfe';

/** Command lines in a directory with `data` and `many`, how each ends, and what it says on stdout or stderr. */
const STEPS = [
  { args: ['--version'], code: 0, says: version },
  { args: ['--help'], code: 0, says: 'Usage: migrate-json' },
  { args: ['scan', 'data'], code: 0, says: 'conversations' },
  // It has bad records on purpose.
  {
    args: ['run', 'data', '--to', 'app.db', '--report', 'report.json', '--report', 'report.html'],
    code: 1,
    says: '443',
  },
  { args: ['run', 'data', '--to', 'app.db'], code: 1, says: 'unchanged' },
  { args: ['verify', 'data', '--to', 'app.db'], code: 0, says: 'equal' },
  { args: ['report', '{run}', '--to', 'app.db', '--format', 'md'], code: 0, says: 'conflicting-duplicate' },
  {
    args: ['run', 'many', '--to', 'many.db', '--workers', '2', '--json'],
    code: 0,
    says: `"records_loaded": ${METRICS}`,
  },
  { args: ['validate', 'data', '--config', 'settings.mjs'], code: 1, says: 'invalid-time' },
  { args: ['run', 'data', '--to', 'copy.db', '--config', 'settings.yaml'], code: 1, says: '443' },
  { args: ['snapshot', 'create', '--to', 'app.db'], code: 0, says: 'migrate-json-snapshots' },
  // The driver of PostgreSQL is there, and says that nobody listens.
  { args: ['run', 'data', '--to', 'postgres://127.0.0.1:1/none'], code: 4, says: 'database-unavailable|ECONNREFUSED' },
];

function plantData(directory) {
  cpSync(join(root, 'fixtures', 'demo'), join(directory, 'data'), { recursive: true });
  writeFileSync(join(directory, 'settings.mjs'), 'export default { workers: 1 };\n');
  writeFileSync(join(directory, 'settings.yaml'), `backup: true\nencryptTo: [${PUBLIC_KEY}]\n`);
  mkdirSync(join(directory, 'many'));
  const began = Date.UTC(2025, 0, 1);
  const lines = Array.from({ length: METRICS }, (_, n) =>
    JSON.stringify({ timestamp: new Date(began + n * 1000).toISOString(), cpu_usage: n % 100, memory_usage: 50 }),
  );
  writeFileSync(join(directory, 'many', 'metrics.jsonl'), `${lines.join('\n')}\n`);
}

/**
 * Runs every step in the directory, which must be empty. `command` is what stands before the arguments, `options` are those of
 * the processes. Returns the number of steps that passed; throws at the first that did not.
 */
export function tryProgram(command, directory, options = {}) {
  const common = { encoding: 'utf8', timeout: 60_000 };
  plantData(directory);
  for (const { args, code, says } of STEPS) {
    const given = args.map((argument) => (argument === '{run}' ? runId(directory) : argument));
    const [program, ...before] = command;
    const done = spawnSync(program, [...before, ...given], { cwd: directory, ...common, ...options });
    const said = `${done.stdout}${done.stderr}`;
    if (done.error || done.status !== code || !new RegExp(says).test(said)) {
      const end = done.error?.message ?? `exit code ${done.status}, expected ${code} and "${says}"`;
      throw new Error(`migrate-json ${given.join(' ')}: ${end}\n${said.slice(0, 2000)}`);
    }
  }
  return STEPS.length;
}

function runId(directory) {
  return JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')).run_id;
}
