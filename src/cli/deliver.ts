import { dirname, resolve } from 'node:path';
import { MigrateError } from '../errors.ts';
import { makeDirectory, writeFileSafely } from '../files/safe-write.ts';
import type { Report } from '../report/report.ts';
import { reporterFor } from '../reporters/index.ts';
import { jsonReport } from '../reporters/json.ts';
import { metricsReport } from '../reporters/metrics.ts';
import { writtenFiles } from '../settings/run-outputs.ts';
import type { Options } from '../settings/settings.ts';
import { annotate, type Environment } from './annotate.ts';
import type { Call } from './repeated-call.ts';
import { summary } from './summary.ts';
import { paintFor, printError, writeDocument, writeResult } from './terminal.ts';

/** The node exporter runs as a user of its own, and the metrics hold nothing to hide. */
const READABLE = 0o644;

/** Makes the directories of the reports before anything is done: after the load it would be too late to complain. */
export async function prepareReports(options: Pick<Options, 'report' | 'metricsFile'>): Promise<void> {
  for (const path of writtenFiles(options)) {
    try {
      await makeDirectory(dirname(resolve(path)));
    } catch (error) {
      throw new MigrateError('invalid-option', `the report ${path} cannot be written there`, {
        cause: error,
        hint: 'Name a path in a directory that you may write to.',
      });
    }
  }
}

/** Writes the reports that were asked for, then the result to stdout; what ended the run early goes to stderr. */
export async function deliver(report: Report, call: Call, environment: Environment): Promise<number> {
  const { options } = call;
  const failure: MigrateError | undefined = report.error;
  if (options.json) await writeDocument(jsonReport(report));
  else if (failure === undefined || report.head.totals.files > 0) {
    await writeResult(summary(report, call, paintFor(process.stdout, options.color)));
  }
  await writeReports(report, options.report);
  if (options.metricsFile !== undefined)
    await writeFileSafely(resolve(options.metricsFile), metricsReport(report), READABLE);
  if (environment['GITHUB_ACTIONS'] === 'true') annotate(report, options.quiet, environment);
  if (failure) printError(failure, options);
  return report.head.exit_code;
}

/** Each in the format that its ending says. */
export async function writeReports(report: Report, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const reporter = reporterFor(path);
    if (reporter) await writeFileSafely(resolve(path), reporter(report));
  }
}
