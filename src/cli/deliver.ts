import { dirname, resolve } from 'node:path';
import type { MigrateError } from '../errors.ts';
import { makeDirectory, writeFileSafely } from '../files/safe-write.ts';
import type { Report } from '../report.ts';
import { reporterFor } from '../reporters/index.ts';
import { jsonReport } from '../reporters/json.ts';
import type { Options } from '../settings.ts';
import { summary } from './summary.ts';
import { paintFor, printError, writeResult } from './terminal.ts';

/** Writes the reports that were asked for, then the result to stdout; what ended the run early goes to stderr. */
export async function deliver(report: Report, options: Options): Promise<number> {
  for (const path of options.report) {
    const reporter = reporterFor(path);
    if (reporter === undefined) continue;
    await makeDirectory(dirname(resolve(path)));
    await writeFileSafely(resolve(path), reporter(report));
  }
  const failure: MigrateError | undefined = report.error;
  if (options.json) await writeResult(jsonReport(report));
  else if (failure === undefined || report.head.totals.files > 0)
    await writeResult(summary(report, paintFor(process.stdout, options.color)));
  if (failure) printError(failure, options);
  return report.head.exit_code;
}
