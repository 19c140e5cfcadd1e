import { expect } from 'vitest';
import type { Reject } from '../../src/reject.ts';
import type { FileEntry, ReportHead, Warning } from '../../src/report.ts';
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

/** `migrate-json run ROOT --json` into a place. The exit code of the process is that of the report. */
export async function load(
  root: string,
  place: Pick<Place, 'args'>,
  options: readonly string[] = [],
  cli: CliOptions = {},
): Promise<Loaded> {
  const result = await runCli(['run', root, ...place.args, '--json', ...options], cli);
  const report = parseReport(result);
  expect(report.exit_code, `exit code in the report and of the process; stderr: ${result.stderr}`).toBe(result.code);
  return { ...result, report };
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
