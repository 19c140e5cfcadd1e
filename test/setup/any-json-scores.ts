import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Data of public applications, each with a person's judgement of what its tables should be: see its README. */
export const CASES = process.env['MIGRATE_JSON_TEST_ANY_JSON'] ?? join(import.meta.dirname, '../../../shared/any-json');

const BIN = join(import.meta.dirname, '../../bin/migrate-json.js');

/** What `score.py` says of a case, and how the commands ended. */
export interface CaseScore {
  readonly case: string;
  readonly score: number;
  readonly lossless: number;
  readonly details: unknown;
  readonly init: number | null;
  readonly run: number | null;
  readonly said: string;
}

/** Why the cases cannot be scored here. */
export function unscored(): string | undefined {
  if (!existsSync(join(CASES, 'score.py'))) return `${CASES} is not there`;
  return spawnSync('python3', ['--version']).status === 0 ? undefined : 'there is no python3';
}

/** `init` and `run` of each case, as a person types them, in a copy of its data below `work`. */
export function scoreCases(work: string): readonly CaseScore[] {
  const databases = join(work, 'databases');
  mkdirSync(databases);
  const names = readdirSync(CASES).filter((name) => existsSync(join(CASES, name, 'expected.json')));
  const ends = new Map(names.map((name) => [name, loadCase(name, work, databases)]));
  const report = join(work, 'report.json');
  execFileSync('python3', [join(CASES, 'score.py'), '--all', CASES, databases, '--report', report]);
  const scores = JSON.parse(readFileSync(report, 'utf8')) as CaseScore[];
  return scores.map((each) => ({ ...each, ...ends.get(each.case) }));
}

function loadCase(name: string, work: string, databases: string): Pick<CaseScore, 'init' | 'run' | 'said'> {
  const cwd = join(work, name);
  mkdirSync(cwd, { mode: 0o700 });
  cpSync(join(CASES, name, 'data'), join(cwd, 'data'), { recursive: true });
  // What tests are told by the environment would be options that the program does not know.
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('MIGRATE_JSON_')));
  const command = (...args: string[]) => spawnSync(process.execPath, [BIN, ...args], { cwd, env, encoding: 'utf8' });
  const init = command('init', './data');
  const run = command('run', './data', '--to', join(databases, `${name}.db`));
  return { init: init.status, run: run.status, said: `${init.stdout}${init.stderr}${run.stdout}${run.stderr}` };
}
