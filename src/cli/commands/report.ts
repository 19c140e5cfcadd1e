import { extname, resolve } from 'node:path';
import { openDatabase } from '../../databases/open.ts';
import { MigrateError } from '../../errors.ts';
import { writeFileSafely } from '../../files/safe-write.ts';
import { openScratch } from '../../files/scratch.ts';
import type { Report } from '../../report/report.ts';
import { reporterFor } from '../../reporters/index.ts';
import { pastReport } from '../../run/past-report.ts';
import type { Options } from '../../settings/settings.ts';
import { parseTarget } from '../../settings/target.ts';
import type { Action } from '../action.ts';
import { loadConfiguration } from '../configuration.ts';
import { prepareReports, writeReports } from '../deliver.ts';
import { boundMemory } from '../memory.ts';
import { summary } from '../summary.ts';
import { paintFor, writeDocument, writeResult } from '../terminal.ts';

const command: Action = async ([runId = ''], flags) => {
  boundMemory();
  const { options, environment } = await loadConfiguration(flags);
  const { output } = options;
  // What the config file names is for runs: their reports must not be written over.
  const files = flags['report'] === undefined ? [] : options.report;
  refuseOtherEndings(files, options);
  const { render, print } = rendererOf(options);
  const paths = output === undefined ? files : [...files, output];
  await prepareReports({ report: paths, metricsFile: undefined });
  const target = parseTarget(options.to ?? 'migrate-json.db', { ...options, environment });
  const database = await openDatabase(target, {
    ...options,
    declared: options.registry.tables,
    dryRun: false,
    readOnly: true,
  });
  const scratch = openScratch(options.tempDir);
  try {
    const report = await pastReport(database, scratch, runId);
    if (output !== undefined) await writeFileSafely(resolve(output), render(report));
    else if (files.length === 0 || options.format === undefined) await print(render(report));
    await writeReports(report, files);
    return 0;
  } finally {
    scratch.close();
    await database.close();
  }
};

/** `--report` says the format by its ending. */
function refuseOtherEndings(files: readonly string[], { format, output }: Options): void {
  const other = files.find((path) => format !== undefined && output === undefined && !path.endsWith(`.${format}`));
  if (other === undefined) return;
  throw new MigrateError('usage', `--format ${format} is not the format that the ending of ${other} says`, {
    hint: `Leave out --format, or write --output ${other} instead of --report: then --format decides.`,
  });
}

interface Rendering {
  readonly render: (report: Report) => Iterable<string>;
  readonly print: (pieces: Iterable<string>) => Promise<void>;
}

/** By --format, else by the ending of --output, else as the run itself printed it. */
function rendererOf({ format, output, json, color }: Options): Rendering {
  const ending = format ?? (json && output === undefined ? 'json' : undefined);
  const reporter = reporterFor(ending === undefined ? (output ?? '') : `.${ending}`);
  if (reporter) return { render: reporter, print: writeDocument };
  if (output === undefined) {
    return { render: (report) => summary(report, undefined, paintFor(process.stdout, color)), print: writeResult };
  }
  throw new MigrateError('usage', `the ending ${extname(output) || 'of the output'} names no format`, {
    hint: 'Name the format with --format, or let --output end in .html, .json, .xml, .csv or .md.',
  });
}

export default command;
