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
  /** Null where there is nothing to refer to. */
  readonly refs_precision: number | null;
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

/** The cases, where they are here. */
export function caseNames(): readonly string[] {
  if (!existsSync(CASES)) return [];
  return readdirSync(CASES).filter((name) => existsSync(join(CASES, name, 'expected.json')));
}

/** `init` and `run` of each case, as a person types them, in a copy of its data below `work`. */
export function scoreCases(work: string): readonly CaseScore[] {
  const databases = join(work, 'databases');
  mkdirSync(databases);
  const ends = new Map(caseNames().map((name) => [name, loadCase(name, work, databases)]));
  const report = join(work, 'report.json');
  execFileSync('python3', [join(CASES, 'score.py'), '--all', CASES, databases, '--report', report]);
  const scores = JSON.parse(readFileSync(report, 'utf8')) as CaseScore[];
  return scores.map((each) => ({ ...each, ...ends.get(each.case) }));
}

function loadCase(name: string, work: string, databases: string): Pick<CaseScore, 'init' | 'run' | 'said'> {
  const { command } = commandsFor(name, work);
  const init = command('init', './data');
  const run = command('run', './data', '--to', join(databases, `${name}.db`));
  return { init: init.status, run: run.status, said: `${init.stdout}${init.stderr}${run.stdout}${run.stderr}` };
}

/** Everything once more after a run: how each command ended, and whether anything changed. */
export function comeBack(name: string, work: string): Readonly<Record<string, unknown>> & { readonly said: string } {
  const { command, cwd } = commandsFor(name, work);
  const config = (): string => readFileSync(join(cwd, 'migrate-json.config.yaml'), 'utf8');
  command('init', './data');
  const before = config();
  const done = {
    run: command('run', '--to', 'app.db'),
    verify: command('verify', '--to', 'app.db'),
    again: command('run', '--to', 'app.db', '--report', 'again.json'),
    check: command('init', '--check'),
    init: command('init'),
  };
  const tables: Readonly<Record<string, { inserted: number; updated: number }>> = JSON.parse(
    readFileSync(join(cwd, 'again.json'), 'utf8'),
  ).tables;
  const inserted = Object.values(tables).reduce((sum, each) => sum + each.inserted + each.updated, 0);
  const { init, ...others } = done;
  const codes = Object.fromEntries(Object.entries(others).map(([each, { status }]) => [each, status]));
  const said = Object.values(done).map(({ stdout, stderr }) => stdout + stderr);
  return { ...codes, isUnchanged: config() === before, inserted, said: said.join('') + init.stdout };
}

function commandsFor(name: string, work: string) {
  const cwd = join(work, name);
  mkdirSync(cwd, { mode: 0o700 });
  cpSync(join(CASES, name, 'data'), join(cwd, 'data'), { recursive: true });
  // What tests are told by the environment would be options that the program does not know.
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('MIGRATE_JSON_')));
  const command = (...args: string[]) => spawnSync(process.execPath, [BIN, ...args], { cwd, env, encoding: 'utf8' });
  return { command, cwd };
}
