import { dirname, resolve } from 'node:path';
import { MigrateError } from '../errors.ts';
import { makeDirectory, writeFileSafely } from '../files/safe-write.ts';
import type { Report } from '../report/report.ts';
import { reporterFor } from '../reporters/index.ts';
import { jsonReport } from '../reporters/json.ts';
import type { Options } from '../settings.ts';
import type { Call } from './next-steps.ts';
import { summary } from './summary.ts';
import { paintFor, printError, writeResult } from './terminal.ts';

/** Makes the directories of the reports before anything is done: after the load it would be too late to complain. */
export async function prepareReports({ report }: Options): Promise<void> {
  for (const path of report) {
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
export async function deliver(report: Report, call: Call): Promise<number> {
  const { options } = call;
  const failure: MigrateError | undefined = report.error;
  if (options.json) await writeResult(jsonReport(report));
  else if (failure === undefined || report.head.totals.files > 0) {
    await writeResult(summary(report, call, paintFor(process.stdout, options.color)));
  }
  for (const path of options.report) {
    const reporter = reporterFor(path);
    if (reporter) await writeFileSafely(resolve(path), reporter(report));
  }
  if (failure) printError(failure, options);
  return report.head.exit_code;
}
