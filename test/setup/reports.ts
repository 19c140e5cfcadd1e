import { expect } from 'vitest';
import type { Reject } from '../../src/reject.ts';
import type { FileEntry, ReportHead, Warning } from '../../src/report/report.ts';
import { jsonReport } from '../../src/reporters/json.ts';
import { migrate } from '../../src/run/migrate.ts';
import { runSettings } from '../../src/run/run-settings.ts';
import { kebab, OPTION_KEYS, OPTIONS, type OptionSpec } from '../../src/settings/options.ts';
import { type CliOptions, type CliResult, runCli } from './cli.ts';
import type { Place } from './places.ts';

/** The JSON report, as a script reads it from stdout. */
export interface JsonReport extends ReportHead {
  readonly warnings: readonly Warning[];
  readonly files: readonly (FileEntry & { readonly rejects: readonly Reject[] })[];
}

export interface Loaded extends CliResult {
  readonly report: JsonReport;
}

/** Options that concern the process rather than the load: its terminal, and what it leaves where it runs. */
const OF_THE_PROCESS = ['--report', '--verbose', '--debug', '--backup', '--archive'];

/**
 * `migrate-json run ROOT --json` into a place. Where nothing depends on the process it runs in this one, which is ten
 * times as fast; otherwise as a user would start it, and then the exit code of the process is that of the report.
 */
export async function load(
  root: string,
  place: Pick<Place, 'args'>,
  options: readonly string[] = [],
  cli: CliOptions = {},
): Promise<Loaded> {
  const isPlain = Object.keys(cli).length === 0 && !options.some((option) => OF_THE_PROCESS.includes(option));
  if (isPlain) return loadHere(root, [...place.args, ...options]);
  const result = await runCli(['run', root, ...place.args, '--json', ...options], cli);
  const report = parseReport(result);
  expect(report.exit_code, `exit code in the report and of the process; stderr: ${result.stderr}`).toBe(result.code);
  return { ...result, report };
}

async function loadHere(root: string, args: readonly string[]): Promise<Loaded> {
  const report = await migrate(runSettings({ root, ...settingsOf(args) }));
  const stdout = [...jsonReport(report)].join('');
  report.close();
  const { error } = report;
  const result = { code: report.head.exit_code, stdout, stderr: error ? `error: ${error.message}\n` : '' };
  return { ...result, report: parseReport(result) };
}

/** What the command line makes of options. */
function settingsOf(args: readonly string[]): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (let at = 0; at < args.length; at++) {
    const key = OPTION_KEYS.find((each) => `--${kebab(each)}` === args[at]);
    if (key === undefined) throw new TypeError(`no option ${args[at]}`);
    const { kind }: OptionSpec = OPTIONS[key];
    const value = kind === 'flag' ? true : args[++at];
    given[key] = kind === 'list' ? [...listOf(given[key]), value] : value;
  }
  return given;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function parseReport({ stdout, stderr, code }: CliResult): JsonReport {
  try {
    const report: JsonReport = JSON.parse(stdout);
    return report;
  } catch {
    throw new SyntaxError(`stdout is no JSON document (exit code ${code}):\n${stdout.slice(0, 2000)}\n${stderr}`);
  }
}

/** The counts that a person compares: rows by table as inserted/updated/unchanged/kept. */
export function rowsOf({ tables }: JsonReport): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tables).map(([name, { inserted, updated, unchanged, kept }]) => [
      name,
      [inserted, updated, unchanged, kept].join('/'),
    ]),
  );
}

/** Path, status and records of each file. */
export function statusesOf({ files }: JsonReport): Record<string, string> {
  return Object.fromEntries(
    files.map(({ path, status, records }) => [path, `${status} ${records.loaded}/${records.read}`]),
  );
}

/** Each reject as `path#record code`. */
export function rejectsOf({ files }: JsonReport): string[] {
  return files.flatMap(({ path, rejects }) =>
    rejects.map(({ record, code }) => `${path}${record === null ? '' : `#${record}`} ${code}`),
  );
}

/** Each warning as `path code`. */
export function warningsOf({ warnings }: JsonReport): string[] {
  return warnings.map(({ path, code }) => `${path} ${code}`).sort();
}

/** Everything in a report that a dry run has to forecast. */
export function forecastOf(report: JsonReport): unknown {
  const { totals, tables, datasets, exit_code, status, warnings, files } = report;
  const planned = files.map(({ archived_to: _moved, ...file }) => file);
  return { totals, tables, datasets, exit_code, status, warnings, files: planned };
}
