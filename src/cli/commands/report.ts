import { extname, resolve } from 'node:path';
import { openDatabase } from '../../databases/open.ts';
import { MigrateError } from '../../errors.ts';
import { writeFileSafely } from '../../files/safe-write.ts';
import { pastReport } from '../../past-report.ts';
import type { Report } from '../../report/report.ts';
import { reporterFor } from '../../reporters/index.ts';
import { openScratch } from '../../scratch.ts';
import type { Options } from '../../settings/settings.ts';
import { parseTarget } from '../../settings/target.ts';
import type { Action } from '../action.ts';
import { loadConfiguration } from '../configuration.ts';
import { prepareReports } from '../deliver.ts';
import { boundMemory } from '../memory.ts';
import { summary } from '../summary.ts';
import { paintFor, writeDocument, writeResult } from '../terminal.ts';

const command: Action = async ([runId = ''], flags) => {
  boundMemory();
  const { options, environment } = await loadConfiguration(flags);
  const { output } = options;
  const { render, print } = rendererOf(options);
  if (output !== undefined) await prepareReports({ report: [output], metricsFile: undefined });
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
    if (output === undefined) await print(render(report));
    else await writeFileSafely(resolve(output), render(report));
    return 0;
  } finally {
    scratch.close();
    await database.close();
  }
};

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
